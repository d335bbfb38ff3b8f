"""The tick of insights: read them, find what is related."""

from service.jobs import Job
from workers.app import app
from workers.context import context
from workers.understanding import understand_in_turn


@app.task(name=Job.UNDERSTAND.value)
def understand() -> None:
    understand_in_turn(context())
