"""How long somebody who signs up waits while an edition goes out.

Run `python -m benchmarks.notices_under_load`: workers drain a large edition; meanwhile sign-ups
come at a steady pace, each owing one confirmation in its own transaction, as the site writes them.
What is measured ends when the hand-over is written down, a little after the mail was taken.
"""

import argparse
import datetime as dt
import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from benchmarks.drive_workers import run_workers
from benchmarks.fill_store import Amounts
from benchmarks.sinks import OWN, POSTFIX, running_sink, smtp_sink
from benchmarks.stores import POSTGRESQL, SQLITE, Store, filled_store
from service.db.database import Database
from service.editions.models import Brief
from service.ledger.notice_models import Notice, NoticeKind
from service.ledger.notices import Recipient, owe_notice
from service.ledger.state import DeliveryState

BRIEFS = 50_000
PROCESSES = 2
EVERY_SECONDS = 0.1
LONGEST_SECONDS = 900
GOOD_FOR = dt.timedelta(hours=1)
ALLOWED_SECONDS = 5.0


def main() -> None:
    """Measure, print one line of JSON, and fail when the mark is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notices_under_load")
    parser.add_argument("--briefs", type=int, default=BRIEFS)
    parser.add_argument("--store", choices=[SQLITE, POSTGRESQL], default=POSTGRESQL)
    wishes = parser.parse_args()
    found = measure_notices(wishes.store, briefs=wishes.briefs)
    print(json.dumps(found))
    if found["p95_seconds"] > ALLOWED_SECONDS or found["handed_over"] < found["signed_up"]:
        raise SystemExit(1)


def measure_notices(store_kind: str, *, briefs: int) -> dict[str, Any]:
    """Return the waits in seconds: median, 95th of a hundred, longest."""
    with (
        filled_store(store_kind, Amounts(people=briefs)) as store,
        running_sink(POSTFIX if smtp_sink() else OWN) as sink,
    ):
        run = run_workers(
            store,
            sink.port,
            processes=PROCESSES,
            stages=False,
            meanwhile=lambda: _sign_up_until_all_is_sent(store),
        )
        return {**_waits(store), "briefs": run["accepted"], "briefs_per_s": run["briefs_per_s"]}


def _sign_up_until_all_is_sent(store: Store) -> None:
    database = Database(store.url)
    until = time.monotonic() + LONGEST_SECONDS
    number = 0
    planned = store.home / "planned"  # a worker says so
    while time.monotonic() < until and (not planned.exists() or _is_anything_owed(database)):
        for _ in range(10):  # asking how far it is costs more than signing up
            number += 1
            _sign_up(database, number)
            time.sleep(EVERY_SECONDS)
    database.dispose()


def _is_anything_owed(database: Database) -> bool:
    with database.reading() as session:
        owed = select(Brief.id).where(Brief.state == DeliveryState.PLANNED.value).limit(1)
        return session.scalar(owed) is not None


def _sign_up(database: Database, number: int) -> None:
    now = dt.datetime.now(dt.UTC)
    address = f"newcomer{number}@mail.example"
    with database.transaction() as session:
        owe_notice(
            session,
            kind=NoticeKind.CONFIRM,
            recipient=Recipient(address=address, address_key=address, list_id=1),
            dedupe_key=f"bench-{number}",
            expires_at=now + GOOD_FOR,
            arguments={"subscription_id": number},
            now=now,
        )


def _waits(store: Store) -> dict[str, Any]:
    database = Database(store.url)
    with database.reading() as session:
        signed_up = session.scalar(select(func.count()).select_from(Notice)) or 0
        rows = session.execute(
            select(Notice.created_at, Notice.settled_at).where(
                Notice.state == DeliveryState.ACCEPTED.value
            )
        ).all()
    database.dispose()
    waits = sorted(
        (settled - created).total_seconds() for created, settled in rows if settled is not None
    )
    return {
        "signed_up": signed_up,
        "handed_over": len(waits),
        "median_seconds": _share(waits, 0.5),
        "p95_seconds": _share(waits, 0.95),
        "longest_seconds": _share(waits, 1.0),
    }


def _share(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0


if __name__ == "__main__":
    main()
