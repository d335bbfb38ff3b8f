"""What somebody saved, and what they said of insights, each with a button that takes it back."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.errors import NotFoundError
from service.feedback.models import Deed
from service.insights.page_paths import insight_path
from service.privacy.words import take_back, words_of
from service.rendering.cards import card_values
from service.web.forms import Fields
from service.web.numbers import row_id
from service.web.public.own import OWN, Reading, Writing, language_of_person
from service.web.public.preferences import Said

router = APIRouter(prefix=OWN)
A_PAGE = 20


@router.api_route("/saved", methods=["GET", "HEAD"])
def saved(request: Request, own: Reading) -> Response:
    with own.site.database.reading() as session:
        person = own.person(session)
        found = words_of(
            session,
            subscriber_id=person.id,
            saved=True,
            before_id=row_id(request.query_params.get("before", "")),
            limit=A_PAGE + 1,
        )
        shown = found[:A_PAGE]
        return own.show(
            "own/saved.html",
            person,
            lang=language_of_person(request, person),
            tab="saved",
            said=Said.of(request),
            words=[
                (
                    one,
                    card_values(one.card),
                    insight_path(one.card.insight_id, one.card.headline, one.card.text),
                )
                for one in shown
            ],
            older=shown[-1].id if len(found) > A_PAGE else None,
            feed_number=person.feed_number,
        )


@router.post("/words/{insight_id}")
def unsay(insight_id: str, own: Writing, fields: Fields) -> Response:
    """Take a word back: a saved insight, a thumb, "more like this"."""
    number = row_id(insight_id)
    said = fields.get("deed", "")
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        if number is None or said not in set(Deed):
            raise NotFoundError("there is no such word of yours")
        take_back(
            session,
            subscriber_id=person.id,
            insight_id=number,
            deed=Deed(said),
            now=own.site.clock.now(),
        )
    if said == Deed.SAVE:
        return own.back("/saved", done="unsaved")
    return own.back("/known", anchor="words", done="unsaid")
