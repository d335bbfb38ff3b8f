"""Stories told more than once: why they were joined, and putting that right by hand."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.errors import InputError
from service.insights.arrange_stories import merge_stories, split_story
from service.insights.told_stories import story_of, told_stories, told_story
from service.log import log
from service.web.admin.session import Actor, Viewer
from service.web.admin.show import show
from service.web.forms import EveryField
from service.web.numbers import row_id
from service.web.site import Here

router = APIRouter()
PAGE_LENGTH = 30
SEE_OTHER = 303


@router.api_route("/admin/stories", methods=["GET", "HEAD"])
def stories(request: Request, here: Here, viewer: Viewer) -> Response:
    """Show them a page at a time, or the one story an insight belongs to."""
    asked = row_id(request.query_params.get("insight", "").strip())
    before = row_id(request.query_params.get("before", ""))
    with here.database.reading() as session:
        if asked is not None:
            found = [told_story(session, story_id=story_of(session, insight_id=asked))]
        else:
            found = told_stories(session, limit=PAGE_LENGTH + 1, before=before)
    shown = found[:PAGE_LENGTH]
    last = (
        max((one.insight_id for one in shown[-1].tellings if one.reason), default=0) if shown else 0
    )
    return show(
        here,
        viewer,
        "stories.html",
        place="Stories",
        stories=shown,
        asked=asked,
        is_first=before is None,
        next_before=last if len(found) > PAGE_LENGTH else None,
    )


@router.post("/admin/stories/{number}/split")
def split(number: str, here: Here, actor: Actor, fields: EveryField) -> Response:
    """Take the insights that were ticked out of the story."""
    ticked = [row_id(value) for value in fields.get("insight", [])]
    insights = [insight for insight in ticked if insight is not None]
    if not insights:
        raise InputError("insights: tick those that tell something else, then split again")
    with here.database.transaction() as session:
        if story_of(session, insight_id=insights[0]) != row_id(number):
            raise InputError("insights: the story has changed since; look at it again")
        story, new = split_story(session, insights, by=_name(actor), now=here.clock.now())
    log.info("story_split", story_id=story, new_story_id=new, staff_id=actor.staff.id)
    return _back(here, insights[0])


@router.post("/admin/stories/{number}/merge")
def merge(number: str, here: Here, actor: Actor, fields: EveryField) -> Response:
    """Make this story and that of another insight one."""
    other = row_id((fields.get("other") or [""])[0].strip())
    story = row_id(number)
    if other is None or story is None:
        raise InputError("insight: type the number of an insight of the other story")
    with here.database.transaction() as session:
        others = story_of(session, insight_id=other)
        kept = merge_stories(session, story, others, by=_name(actor), now=here.clock.now())
    log.info("stories_merged", story_id=kept, staff_id=actor.staff.id)
    return _back(here, other)


def _name(actor: Actor) -> str:
    return (actor.staff.name or actor.staff.email)[:80]


def _back(here: Here, insight_id: int) -> Response:
    return RedirectResponse(
        f"{here.base}/admin/stories?insight={insight_id}", status_code=SEE_OTHER
    )
