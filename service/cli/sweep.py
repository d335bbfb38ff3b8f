"""`podbrief sweep`: recover, sweep and catch up here, for cron or by hand."""

import datetime as dt
import time
from typing import Annotated

import typer

from service.cli.context import context, print_json
from service.editions.plan import plan_due
from service.jobs import Doorbell, Job
from service.ledger.heartbeats import take_turn


def add_to(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("sweep")(sweep_here)


def sweep_here(
    once: Annotated[bool, typer.Option("--once", help="one round, then end: for cron")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON a round")] = False,
) -> None:
    """Settle what dead workers left, end what is too late, plan whoever was missed.

    Workers and beat do this by themselves; it does no harm beside them. Without --once it goes on
    until it is stopped.
    """
    while True:
        found = _round()
        if as_json:
            print_json(found)
        else:
            words = [
                f"{number:,} {name.replace('_', ' ')}" for name, number in found.items() if number
            ]
            context.console.print(", ".join(words) or "nothing to do")
        if once:
            return
        time.sleep(context.settings.timing.sweep_seconds)


def _round() -> dict[str, int]:
    from service.feedback.evidence import settle_by_events
    from service.feedback.look_after import look_after_readers
    from service.feedback.notice_evidence import settle_notices_by_events
    from service.feedback.visits import prune_visits
    from service.privacy.erase import Eraser
    from service.sending.recover import recover
    from service.sending.resolve import resolve_doubts
    from service.sending.sweep import sweep
    from service.sending.transports.build import build_transport

    settings, database, now = context.settings, context.database, context.clock.now()
    timing = settings.timing
    transport = build_transport(settings, share=1)
    try:
        replayed = recover(
            database,
            settings.home / "journals",
            now=now,
            steps=timing.retry_steps,
            transport=transport.name,
        )
        proven = settle_by_events(database, now=now)  # evidence goes before deadlines
        proven += settle_notices_by_events(database, now=now)
        found = sweep(database, now=now)
        kept_for = dt.timedelta(days=settings.visits.retention_days)
        pruned = prune_visits(database, before=now - kept_for)
        asked_after = dt.timedelta(seconds=timing.look_up_seconds)
        resolved = resolve_doubts(database, transport, now=now, after=asked_after)
    finally:
        transport.close()
    with database.transaction() as session:
        take_turn(session, deed="sweep", every_seconds=0)  # the others see that it was done
    readers = look_after_readers(database, now=now)
    erased = Eraser(settings.signing_keys()).erase_due(database, now=now)
    tally = plan_due(database, now=now)
    if tally.planned:
        Doorbell(settings).ring(Job.DELIVER)
    return {
        "journals_replayed": replayed,
        "settled_by_events": proven,
        **found,
        "doubts_resolved": resolved,
        **readers._asdict(),
        "people_erased": erased,
        "visits_pruned": pruned,
        "planned": tally.planned,
        "skipped": tally.skipped,
    }
