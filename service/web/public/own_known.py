"""What we know of somebody, and why: facts, what they said, what was learned; all to correct."""

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from service.audience.forget import forget_learned
from service.audience.queries import consents_of, subscriptions_of
from service.languages import Language
from service.privacy.export import export_zip, file_name
from service.privacy.tastes import learned_of
from service.privacy.words import words_of
from service.web.forms import Fields
from service.web.numbers import row_id
from service.web.public.own import OWN, Reading, Writing, language_of_person
from service.web.public.preferences import Said

router = APIRouter(prefix=OWN)
MOST_WORDS = 50
TIMES = "\N{MULTIPLICATION SIGN}"


@router.api_route("/known", methods=["GET", "HEAD"])
def known(request: Request, own: Reading) -> Response:
    """Show all of it but the briefs, which have a page of their own."""
    with own.site.database.reading() as session:
        person = own.person(session)
        lang = language_of_person(request, person)
        return own.show(
            "own/known.html",
            person,
            lang=lang,
            tab="known",
            said=Said.of(request),
            learned=[
                (one, acts_in_words(lang, one.acts))
                for one in learned_of(session, subscriber_id=person.id)
            ],
            words=words_of(
                session, subscriber_id=person.id, saved=False, before_id=None, limit=MOST_WORDS
            ),
            deeds=_deeds(lang),
            consents=[
                (one.list, consents_of(session, subscription_id=one.id))
                for one in subscriptions_of(session, subscriber_id=person.id)
            ],
            acts=_consent_acts(lang),
        )


@router.post("/forget")
def forget(own: Writing, fields: Fields) -> Response:
    """Forget what was learned of one topic, or all of it."""
    topic_id = row_id(fields.get("topic", ""))
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        if topic_id is not None or fields.get("all"):
            forget_learned(session, person.id, topic_id, now=own.site.clock.now())
    return own.back("/known", anchor="learned", done="forgot" if topic_id else "forgot_all")


@router.post("/export")
def export(own: Writing) -> Response:
    """Send the ZIP while it is written; a POST, so that no scanner fetches it."""
    now = own.site.clock.now()
    with own.site.database.reading() as session:
        person = own.person(session)
    pieces = export_zip(
        own.site.database, subscriber_id=person.id, site=own.site.public_url, now=now
    )
    headers = {"Content-Disposition": f'attachment; filename="{file_name(now)}"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def acts_in_words(lang: Language, acts: dict[str, int]) -> str:
    """Return from what something was learned: each kind of act, and how often."""
    names = _deeds(lang)
    return lang.listed(
        [
            f"{lang.number(number)} {TIMES} {names.get(act, act)}"
            for act, number in sorted(acts.items())
        ]
    )


def _deeds(lang: Language) -> dict[str, str]:
    return {
        "up": lang.gettext("useful"),
        "down": lang.gettext("not for me"),
        "more": lang.gettext("more like this"),
        "save": lang.gettext("saved"),
        "click": lang.gettext("went to the source"),
        "mute": lang.gettext("muted the podcast or speaker"),
        "left": lang.gettext("left a list after it"),
    }


def _consent_acts(lang: Language) -> dict[str, str]:
    return {
        "asked": lang.gettext("asked for"),
        "given": lang.gettext("agreed to"),
        "withdrawn": lang.gettext("left"),
        "tracking_given": lang.gettext("allowed counting opens and clicks"),
        "tracking_withdrawn": lang.gettext("ended counting opens and clicks"),
    }
