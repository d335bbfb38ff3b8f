"""Keep what briefs were chosen by, count what was shown, and let go of what has been kept enough."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Integer, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db.base import BigId
from service.db.bulk import rows_as_table
from service.insights.models import Insight, InsightTally
from service.selection.chosen import Chosen
from service.selection.frozen import freeze_readers, freeze_tops
from service.selection.models import CandidateSet, ChoicePage


def keep_candidates(
    session: Session, *, list_id: int, data: bytes, as_of: dt.datetime, keep_until: dt.datetime
) -> int:
    """Store what a tick chooses from; return its number."""
    row = CandidateSet(list_id=list_id, as_of=as_of, data=data, keep_until=keep_until)
    session.add(row)
    session.flush()
    return row.id


def keep_page(
    session: Session,
    chosen: Chosen,
    *,
    candidate_set_id: int,
    rules_version: int,
    keep_until: dt.datetime,
) -> int:
    """Store what a page of readers was chosen by; return its number."""
    row = ChoicePage(
        rules_version=rules_version,
        seed=chosen.seed,
        candidate_set_id=candidate_set_id,
        readers=freeze_readers(chosen),
        tops=freeze_tops(chosen),
        keep_until=keep_until,
    )
    session.add(row)
    session.flush()
    return row.id


def count_shown(session: Session, shown: Mapping[int, int]) -> None:
    """Add to the number of briefs each insight was frozen into, in one statement."""
    if not shown:
        return
    ids = sorted(shown)  # in one order everywhere, so that no two planners wait for each other
    table = rows_as_table(
        session,
        "counted",
        {"insight_id": (BigId(), ids), "shown": (Integer(), [shown[number] for number in ids])},
    )
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(InsightTally) if is_postgresql else sqlite.insert(InsightTally)
    there = (
        select(table.c.insight_id, table.c.shown, 0, 0)
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


