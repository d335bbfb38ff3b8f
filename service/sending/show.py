"""Show a brief again, exactly as it was frozen: for the browser link, previews and support."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service.audience.footer_notes import footer_notes
from service.audience.models import Subscriber
from service.editions.models import Brief, Edition
from service.errors import NotFoundError
from service.ledger.state import DeliveryState
from service.rendering.message import Content
from service.sending.prepare import RendererShelf
from service.sending.read_batch import reader_of


def brief_content(
    session: Session,
    shelf: RendererShelf,
    *,
    brief_id: int,
    local_date: dt.date,
    as_page: bool = False,
) -> Content:
    """Return the message of a brief, rendered from its frozen picks and template version.

    `as_page` has its HTML even for those who want nothing but text in their mail.

    Raises `NotFoundError` when there is none, or when nothing was planned that day.
    """
    row = session.execute(
        select(Brief, Subscriber, Edition)
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .join(Edition, Edition.id == Brief.edition_id)
        .where(Brief.local_date == local_date, Brief.id == brief_id)
        .options(joinedload(Edition.list))
    ).first()
    if row is None or row.Brief.state == DeliveryState.SKIPPED.value:
        raise NotFoundError("this brief is not kept any more")
    brief, subscriber, edition = row
    notes = footer_notes(session, {brief.subscription_id: local_date})
    reader = reader_of(brief, subscriber, note=notes.get(brief.subscription_id, ""))
    if as_page:
        reader.text_only = False
    renderer = shelf.renderer(session, edition, {pick.insight_id for pick in reader.picks})
    return renderer.render(reader)


def brief_html(
    session: Session, shelf: RendererShelf, *, brief_id: int, local_date: dt.date
) -> str:
    """Return the HTML of a brief, as its mail has it."""
    content = brief_content(session, shelf, brief_id=brief_id, local_date=local_date, as_page=True)
    return content.parts().html
