"""Sign-up: one field, and one answer whatever we know of the address."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from service.audience.consent_texts import consent_text
from service.audience.models import NewsletterList
from service.jobs import Job
from service.languages import Language, language
from service.web.forms import EveryField
from service.web.public.sign_up_form import FORMS, Form, public_list, read_form, take, work_for
from service.web.site import Here, Lang, Site

router = APIRouter()
PATH = "/l/{slug}/sign-up"


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(slug: str, here: Here, lang: Lang) -> Response:
    """Show the form on a page of its own, for links from elsewhere."""
    newsletter = public_list(here.database, slug)
    return _page(here, "sign_up.html", lang, newsletter, fault="", typed="")


@router.post(PATH)
def take_form(slug: str, request: Request, here: Here, lang: Lang, every: EveryField) -> Response:
    """Take the form: what is answered depends on what was typed, never on whom we know."""
    newsletter = public_list(here.database, slug)
    now = here.clock.now()
    fields = {name: values[-1] for name, values in every.items()}
    fields.setdefault("topics", ",".join(every.get("topic", ())))
    form = read_form(here, fields, what=slug, now=now)
    lang = language(form.language) if form.language else lang
    typed = fields.get("email", "")
    if form.is_trapped:
        return _answer(here, lang, newsletter, typed)
    if form.address is None:
        fault = lang.gettext("This does not look like an email address: ada@example.org would.")
        return _page(
            here, "sign_up.html", lang, newsletter, fault=fault, typed=typed[:300], code=422
        )
    if form.meant:
        return _carry_on(here, "sign_up_meant.html", lang, newsletter, form, fields)
    if form.lacks_proof and not fields.get("plain"):
        return _carry_on(here, "sign_up_proof.html", lang, newsletter, form, fields)
    take(here, request, newsletter, form, source=_source(fields), now=now)
    return _answer(here, lang, newsletter, form.address.email)


def _answer(site: Site, lang: Language, newsletter: NewsletterList, typed: str) -> Response:
    """Answer the same for everybody; workers are rung for after it has gone out."""
    page = _page(site, "sign_up_asked.html", lang, newsletter, typed=typed[:300])
    page.background = BackgroundTask(site.bell.ring, Job.DELIVER)
    return page


def _carry_on(
    site: Site,
    name: str,
    lang: Language,
    newsletter: NewsletterList,
    form: Form,
    fields: dict[str, str],
) -> Response:
    """Show a page between: it carries what was typed and asks one thing more."""
    return _page(
        site,
        name,
        lang,
        newsletter,
        typed=form.address.email if form.address else "",
        meant=form.meant,
        source=_source(fields),
        as_typed=fields.get("as_typed"),
        topics=",".join(form.topics),
        work=work_for(newsletter.slug, form.address),
        bits=site.settings.signup.proof_bits,
    )


def _page(
    site: Site,
    name: str,
    lang: Language,
    newsletter: NewsletterList,
    *,
    code: int = 200,
    **values: Any,
) -> Response:
    agreed = consent_text(lang) % {"list": newsletter.name}
    return site.pages.show(
        name,
        code=code,
        lang=lang,
        newsletter=newsletter,
        agreed=agreed,
        path=f"/l/{newsletter.slug}/sign-up",
        **values,
    )


def _source(fields: dict[str, str]) -> str:
    said = fields.get("form", "")
    return said if said in FORMS else FORMS[0]
