"""Canaries: what is wrong with all briefs of an edition is met before the first is sent."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from service.clock import FixedClock
from service.config import TEMPLATES
from service.db.database import Database
from service.editions import control
from service.editions.models import Brief, Edition
from service.editions.plan import plan_due
from service.errors import TemplateError
from service.insights.models import Insight
from service.rendering.brief import BriefRenderer
from service.rendering.compile import compile_source, read_files
from service.rendering.preview import sample_brief
from service.sending.canaries import CANARIES, fault_in, try_canaries
from service.sending.compose import Built, compose
from service.sending.deliver import deliver_next_batch
from service.tokens import Signer
from tests.factories.sending import sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport

FILES = read_files(TEMPLATES / "email" / "daily_brief")
SAMPLE = sample_brief(FILES)
RENDERER = BriefRenderer(
    compile_source(FILES, name="daily_brief"), SAMPLE.masthead, SAMPLE.cards, Signer([b"k" * 32])
)
SENDER = "five@podbrief.example"


@pytest.fixture
def planned(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(30):
            make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    return database


def empty_picks(database: Database, *ids: int) -> None:
    with database.transaction() as session:
        session.execute(update(Brief).where(Brief.id.in_(ids)).values(picks=[]))


def test_a_brief_of_the_real_template_is_found_whole():
    assert fault_in(compose(RENDERER, SAMPLE.reader, 1, SENDER)) is None


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda wire: wire.replace(b"Subject:", b"X-Subject:", 1), "header Subject stands 0 times"),
        (lambda wire: b"From: a@b.example\r\n" + wire, "header From stands 2 times"),
        (lambda wire: wire.replace(b"multipart/alternative", b"multipart/mixed", 1), "instead of"),
        (lambda wire: wire.replace(b"text/html", b"text/plain", 1), "its parts are"),
        (lambda wire: wire.replace(b"/u/", b"/x/").replace(b"/x/", b"/u/", 1), "unsubscribe link"),
        (lambda wire: wire + b"x" * 100_000, "bytes, 100,000 are allowed"),
    ],
)
def test_what_a_mail_program_would_stumble_over_is_named(spoil, fault):
    message = compose(RENDERER, SAMPLE.reader, 1, SENDER)
    content = Built(spoil(message.content.wire()), message.content)
    assert fault in (fault_in(replace(message, content=content)) or "")


def test_one_bad_row_is_nobodys_business_but_its_own(planned, clock):
    empty_picks(planned, 3)
    transport = MemoryTransport()
    while deliver_next_batch(sender_of(planned, clock, transport)):
        pass

    assert states(planned) == {"accepted": 29, "failed": 1}


def test_more_than_a_bad_row_pauses_the_edition_before_anything_is_sent(planned, clock):
    empty_picks(planned, 3, 17)
    transport = MemoryTransport()
    sender = sender_of(planned, clock, transport)
    deliver_next_batch(sender)

    assert transport.taken == []
    assert states(planned) == {"planned": 30}
    with planned.reading() as session:
        edition = session.scalars(select(Edition)).one()
        assert edition.state == "paused"
        assert edition.template_digest is None  # tried again when it is resumed
        assert f"2 of the first {CANARIES} briefs" in (edition.problem or "")

    with planned.transaction() as session:
        ids = session.scalars(select(Insight.id).limit(5)).all()
        picks = [[insight_id, 1.0, "fresh", ""] for insight_id in ids]
        session.execute(update(Brief).where(Brief.id.in_([3, 17])).values(picks=picks))
        control.resume(session, edition_id=1, now=clock.now())
    clock.advance(dt.timedelta(seconds=1))
    deliver_next_batch(sender)
    assert states(planned) == {"accepted": 30}


def test_beyond_the_canaries_nothing_is_looked_at(planned, clock):
    empty_picks(planned, 25, 26, 27)
    deliver_next_batch(sender_of(planned, clock, MemoryTransport()))

    assert states(planned) == {"accepted": 27, "failed": 3}


def test_a_fault_nobody_foresaw_is_met_too():
    class Broken(BriefRenderer):
        def render(self, reader):
            raise KeyError(reader.brief_id)

    broken = Broken(
        compile_source(FILES, name="x"), SAMPLE.masthead, SAMPLE.cards, Signer([b"k" * 32])
    )
    with pytest.raises(TemplateError, match="3 of the first 3 briefs cannot be sent: KeyError"):
        try_canaries(broken, [SAMPLE.reader] * 3, envelope_from=SENDER, template="x")
