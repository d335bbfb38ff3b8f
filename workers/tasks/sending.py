"""The doorbell of sending."""

from service.jobs import Job
from workers.app import app
from workers.context import context


@app.task(name=Job.DELIVER.value)
def deliver() -> None:
    context().drain.run()
