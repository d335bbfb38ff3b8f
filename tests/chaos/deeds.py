"""What is done to a site: each deed kills by pid, and says how many doubts it may leave."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import redis

from service.jobs import broker_socket
from service.setting_groups import TimingSettings
from tests.chaos.processes import Seen
from tests.chaos.site import Site
from tests.chaos.timing import DIVISOR, divided

FROZEN_SECONDS = TimingSettings().wave_lease_seconds / DIVISOR * 1.15
NAP_SECONDS = float(divided()["PODBRIEF_WORKER_LEASE_SECONDS"]) * 1.8


@dataclass(slots=True)
class Attack:
    """The deeds of one run, and what they have come to."""

    site: Site
    chance: random.Random
    doubts_allowed: int = 0
    done: list[str] = field(default_factory=list)
    last_at: float = field(default_factory=time.monotonic)
    frozen: list[tuple[float, Seen]] = field(default_factory=list)
    beats: int = 1

    def do(self, kind: str) -> bool:
        """Do one deed; False when what it is aimed at does not run just now."""
        doubts = DEEDS[kind](self)
        if doubts is None:
            return False
        self.site.say("chaos", kind)
        self.doubts_allowed += doubts
        self.done.append(kind)
        self.last_at = time.monotonic()
        return True

    def thaw(self, *, all_of_them: bool = False) -> None:
        """Wake those that have been frozen for long enough."""
        now = time.monotonic()
        for until, child in list(self.frozen):
            if all_of_them or now >= until:
                self.frozen.remove((until, child))
                self.site.say("chaos", f"wake {child.pid}, which lives: {child.lives}")
                child.signal(signal.SIGCONT)
                self.last_at = now


def kill_child(attack: Attack) -> int | None:
    child = _victim(attack)
    if child is None or not child.signal(signal.SIGKILL):
        return None
    return attack.site.in_flight_each


def kill_main(attack: Attack) -> int | None:
    """End the worker's main process: its children are orphans, and end as they notice."""
    children = attack.site.worker_children()
    main = attack.site.main_of("worker")
    if main is None or not children or not main.signal(signal.SIGKILL):
        return None
    return len(children) * attack.site.in_flight_each


def kill_group(attack: Attack) -> int | None:
    children = attack.site.worker_children()
    main = attack.site.main_of("worker")
    if main is None or not children:
        return None
    for process in (main, *children):
        process.signal(signal.SIGKILL)
    return len(children) * attack.site.in_flight_each


def kill_beat(attack: Attack) -> int | None:
    beat = attack.site.main_of("beat")
    return 0 if beat is not None and beat.signal(signal.SIGKILL) else None


def start_another_beat(attack: Attack) -> int:
    attack.beats += 1
    attack.site.start_beat(f"beat{attack.beats}")
    return 0


def kill_broker(attack: Attack) -> int | None:
    broker = attack.site.main_of("valkey")
    return 0 if broker is not None and broker.signal(signal.SIGKILL) else None


def wipe_broker(attack: Attack) -> int | None:
    """Empty the broker, then kill it: what waited and what was under way is gone for good."""
    broker = attack.site.main_of("valkey")
    path = str(broker_socket(attack.site.home))
    try:
        with redis.Redis(unix_socket_path=path, socket_timeout=2) as client:
            client.flushall()
    except redis.RedisError:
        return None
    return 0 if broker is not None and broker.signal(signal.SIGKILL) else None


def crash_store(attack: Attack) -> int:
    """Stop the store at once, as a power cut would, and start it again."""
    attack.site.postgres.stop(immediate=True)
    attack.site.postgres.start()
    return 0


def freeze_child(attack: Attack, seconds: float = FROZEN_SECONDS) -> int | None:
    """Stop a child for longer than its wave is leased; it may be killed for it by its parent."""
    child = _victim(attack)
    if child is None or not child.signal(signal.SIGSTOP):
        return None
    attack.frozen.append((time.monotonic() + seconds, child))
    return attack.site.in_flight_each


DEEDS: dict[str, Callable[[Attack], int | None]] = {
    "child": kill_child,
    "main": kill_main,
    "group": kill_group,
    "beat": kill_beat,
    "second_beat": start_another_beat,
    "broker": kill_broker,
    "wipe": wipe_broker,
    "store": crash_store,
    "freeze": freeze_child,
    "nap": partial(freeze_child, seconds=NAP_SECONDS),  # longer than its batch is leased
}


def _victim(attack: Attack) -> Seen | None:
    """Choose a child that is awake, and among them one that has a batch in hand."""
    asleep = {child for _, child in attack.frozen}
    awake = [child for child in attack.site.worker_children() if child not in asleep]
    busy = attack.site.pids_at_work()
    at_work = [child for child in awake if child.pid in busy]
    return attack.chance.choice(at_work or awake) if awake else None
