"""The door to the preferences for those without a link at hand: it is mailed to them."""

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from service.audience.preferences_link import mail_preferences_link
from service.audience.sign_up_limits import refuse_spent
from service.jobs import Job
from service.web.client import visitor_ip
from service.web.forms import Fields
from service.web.public.sign_up_form import cost_of, read_form, work_for
from service.web.site import Here, Lang

router = APIRouter()
PATH = "/preferences"


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(here: Here, lang: Lang) -> Response:
    """Ask for the address."""
    return here.pages.show("preferences_link.html", lang=lang, fault="", typed="", path=PATH)


@router.post(PATH)
def mail_link(request: Request, here: Here, lang: Lang, fields: Fields) -> Response:
    """Mail the link to whoever has this address; answer everybody the same."""
    now = here.clock.now()
    form = read_form(here, fields | {"as_typed": "yes"}, what="preferences", now=now)
    typed = fields.get("email", "")[:300]
    if form.address is None and not form.is_trapped:
        fault = lang.gettext("This does not look like an email address: ada@example.org would.")
        return here.pages.show(
            "preferences_link.html", code=422, lang=lang, fault=fault, typed=typed, path=PATH
        )
    if form.lacks_proof and not form.is_trapped and not fields.get("plain"):
        return here.pages.show(
            "sign_up_proof.html",
            lang=lang,
            typed=typed,
            source="page",
            as_typed="yes",
            topics="",
            path=PATH,
            work=work_for("preferences", form.address),
            bits=here.settings.signup.proof_bits,
        )
    if form.address is not None and not form.is_trapped:
        ip, cost = visitor_ip(request, here.trusted_proxies), cost_of(form)
        with here.database.reading() as session:
            refuse_spent(session, here.gate, ip=ip, cost=cost, now=now)
        with here.database.transaction() as session:
            mail_preferences_link(
                session, here.gate, address=form.address, ip=ip, cost=cost, now=now
            )
    page = here.pages.show("preferences_link_asked.html", lang=lang, typed=typed)
    page.background = BackgroundTask(here.bell.ring, Job.DELIVER)
    return page
