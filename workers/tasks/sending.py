"""The doorbell of sending."""

from service.jobs import Job
from workers.app import app
from workers.context import context
from workers.timekeeping import is_on_time


@app.task(name=Job.DELIVER.value)
def deliver() -> None:
    here = context()
    if is_on_time(here):
        here.drain.run()
