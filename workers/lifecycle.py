"""What happens when a worker and its children start and stop."""

from typing import Any

from celery.signals import beat_init, worker_process_init, worker_process_shutdown, worker_ready

from service.jobs import QUEUES, TICKING
from workers.poller import Poller
from workers.stopping import watch_signals

_poller = Poller()


@beat_init.connect(weak=False)
def _beat_has_started(sender: Any, **_: Any) -> None:
    """Tick at once: the first interval would leave half a minute without a sign of life."""
    for job in TICKING:
        sender.app.send_task(job.value, queue=QUEUES[job], retry=False)


@worker_ready.connect(weak=False)
def _main_is_ready(**_: Any) -> None:
    watch_signals()


@worker_process_init.connect(weak=False)
def _child_has_started(**_: Any) -> None:
    _poller.start()


@worker_process_shutdown.connect(weak=False)
def _child_is_stopping(**_: Any) -> None:
    _poller.stop()
