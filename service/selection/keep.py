"""Keep what briefs were chosen by, for a while; count what was shown."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Integer, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db.bulk import rows_as_table
from service.insights.models import Insight, InsightTally
from service.selection.choose import Chooser
from service.selection.chosen import Chosen
from service.selection.frozen import freeze_readers, freeze_tops
from service.selection.models import CandidateSet, ChoicePage
from service.selection.replay import without_reader, without_top


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTick:
    """Where the candidates of a tick are kept, until when, and which rules chose from them."""

    candidate_set_id: int
    rules_version: int
    keep_until: dt.datetime


def keep_tick(session: Session, chooser: Chooser, *, list_id: int, now: dt.datetime) -> KeptTick:
    """Store what a tick chooses from."""
    keep_until = now + dt.timedelta(days=chooser.tick.rules.replay_days)
    row = CandidateSet(
        list_id=list_id, as_of=chooser.as_of, data=chooser.freeze(), keep_until=keep_until
    )
    session.add(row)
    session.flush()
    return KeptTick(candidate_set_id=row.id, rules_version=chooser.version, keep_until=keep_until)


def keep_page(session: Session, chosen: Chosen, tick: KeptTick) -> int:
    """Store what a page of readers was chosen by; return its number."""
    row = ChoicePage(
        rules_version=tick.rules_version,
        seed=chosen.seed,
        candidate_set_id=tick.candidate_set_id,
        readers=freeze_readers(chosen),
        tops=freeze_tops(chosen),
        keep_until=tick.keep_until,
    )
    session.add(row)
    session.flush()
    return row.id


def count_shown(session: Session, shown: Mapping[int, int]) -> None:
    """Add to the number of briefs each insight was frozen into, in one statement."""
    if not shown:
        return
    ids = sorted(shown)  # in one order everywhere, so that no two planners wait for each other
    counts = [shown[number] for number in ids]
    table = rows_as_table(
        session,
        "counted",
        {
            "insight_id": (BigInteger(), ids),
            "shown": (Integer(), counts),
        },
    )
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(InsightTally) if is_postgresql else sqlite.insert(InsightTally)
    there = (
        select(table.c.insight_id, table.c.shown, literal(0), literal(0))
        .where(select(Insight.id).where(Insight.id == table.c.insight_id).exists())
        .order_by(table.c.insight_id)
    )
    statement = insert.from_select(["insight_id", "shown", "liked", "disliked"], there)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["insight_id"],
            set_={"shown": InsightTally.shown + statement.excluded.shown},
        )
    )


def forget_reader(session: Session, *, page_ids: Collection[int], subscriber_id: int) -> None:
    """Make everything these pages keep of one reader nought."""
    pages = session.scalars(
        select(ChoicePage).where(ChoicePage.id.in_(sorted(page_ids))).with_for_update()
    )
    for page in pages:
        if page.readers is not None:
            page.readers = without_reader(page.readers, subscriber_id=subscriber_id)
        page.tops = without_top(page.tops, subscriber_id=subscriber_id)
    session.flush()


def forget_old_choices(session: Session, *, now: dt.datetime) -> int:
    """Let go of what replay needs where it was kept for long enough; return how many pages."""
    session.execute(delete(CandidateSet).where(CandidateSet.keep_until <= now))
    done = session.execute(
        update(ChoicePage)
        .where(ChoicePage.keep_until <= now)
        .values(readers=None, keep_until=None)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
