"""`edition run`: make every active subscription of a list due now, in its own local date."""

import datetime as dt

from service.audience.queries import list_by_slug
from service.db.database import Database
from service.editions.models import Run
from service.editions.plan import Demand, Progress, Tally, plan_list
from service.editions.schedule import schedule_new
from service.jobs import Doorbell, Job
from service.ledger.partitions import make_partitions


def run_edition(
    database: Database,
    *,
    list_slug: str,
    as_of: dt.datetime,
    now: dt.datetime,
    doorbell: Doorbell | None = None,
    progress: Progress | None = None,
) -> tuple[Run, Tally]:
    """Plan the list as if it were `as_of`, then ring for the workers.

    Whoever has a brief of their local date keeps it and gets no second. Raises `NotFoundError`.
    """
    with database.reading() as session:
        newsletter = list_by_slug(session, slug=list_slug)
    schedule_new(database, now=now)
    with database.transaction() as session:
        make_partitions(session, today=now.date())
        make_partitions(session, today=as_of.date())
        run = Run(list_id=newsletter.id, as_of=as_of, started_at=now)
        session.add(run)
    tally = Tally()
    demand = Demand(run_id=run.id, as_of=as_of)
    plan_list(database, newsletter, demand=demand, now=now, tally=tally, progress=progress)
    if doorbell is not None and tally.planned:
        doorbell.ring(Job.DELIVER)
    return run, tally
