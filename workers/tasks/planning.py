"""Beat's ticks: plan what is due, sweep what was left."""

from service.editions.plan import plan_due
from service.jobs import Job
from service.ledger.heartbeats import beat
from workers.app import app
from workers.context import context
from workers.sweeping import sweep_in_turn
from workers.timekeeping import is_on_time


@app.task(name=Job.PLAN.value)
def plan() -> None:
    here = context()
    with here.database.transaction() as session:
        beat(session, name="beat", kind="beat", details={})
    if is_on_time(here) and plan_due(here.database, now=here.clock.now()).planned:
        here.doorbell.ring(Job.DELIVER)


@app.task(name=Job.FIRST.value)
def plan_first() -> None:
    here = context()
    if not is_on_time(here):
        return
    plan_due(here.database, now=here.clock.now())  # no sign of beat's life: it was not beat
    here.doorbell.ring(Job.DELIVER)


@app.task(name=Job.SWEEP.value)
def sweep_up() -> None:
    here = context()
    if is_on_time(here):
        sweep_in_turn(here)
