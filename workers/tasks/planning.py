"""Beat's ticks: plan what is due, sweep what was left."""

from service.editions.plan import plan_due
from service.jobs import Job
from service.ledger.heartbeats import beat
from workers.app import app
from workers.context import context
from workers.sweeping import sweep_in_turn


@app.task(name=Job.PLAN.value)
def plan() -> None:
    here = context()
    with here.database.transaction() as session:
        beat(session, name="beat", kind="beat", details={})
    if plan_due(here.database, now=here.clock.now()).planned:
        here.doorbell.ring(Job.DELIVER)


@app.task(name=Job.FIRST.value)
def plan_first() -> None:
    here = context()
    plan_due(here.database, now=here.clock.now())  # no sign of beat's life: it was not beat
    here.doorbell.ring(Job.DELIVER)


@app.task(name=Job.SWEEP.value)
def sweep_up() -> None:
    sweep_in_turn(context())
