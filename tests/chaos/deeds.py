"""What is done to a site: each deed says how many doubts it may leave, and how it is undone."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis

from service.jobs import broker_socket
from service.setting_groups import TimingSettings
from tests.chaos.ask_store import (
    accepted_of,
    batch_in_hand,
    is_in_safe_mode,
    pids_at_work,
    planned,
    say_it_was_restored,
    settled,
)
from tests.chaos.pending import Pending, after, until_awake
from tests.chaos.processes import Seen
from tests.chaos.site import Site
from tests.chaos.timing import DIVISOR, divided
from tests.factories.half_open_proxy import COMMIT

FROZEN_SECONDS = TimingSettings().wave_lease_seconds / DIVISOR * 1.15
SILENT_SECONDS = float(divided()["PODBRIEF_DATABASE_ANSWER_SECONDS"]) * 1.5
WITHOUT_ROOM_SECONDS = 3.0
SHIFTED_SECONDS = 3.0
SHIFTS = (-3600.0, -90.0, 90.0, 3600.0)  # a production clock may be 30 s off
JOURNAL_FAILED, CLOCK_WRONG = " journal_failed ", " clock_wrong "  # what workers say
ROOM_BYTES = 60  # not even a journal's first line
UNNOTICED_SECONDS = 10.0  # then the operator says so all the same, and too late
ENOUGH_UNTOLD = 10  # of a wave of some eighty
ENOUGH_LEFT = 40  # briefs of a batch: some waves


@dataclass(slots=True)
class Attack:
    """The deeds of one run, and what they have come to."""

    site: Site
    chance: random.Random
    doubts_allowed: int = 0
    done: list[str] = field(default_factory=list)
    last_at: float = field(default_factory=time.monotonic)
    pending: list[Pending] = field(default_factory=list)
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

    def undo(self, *, all_of_them: bool = False) -> None:
        """Undo what has lasted for long enough."""
        for pending in list(self.pending):
            if all_of_them or pending.is_time():
                self.pending.remove(pending)
                pending.undo()
                self.site.say("chaos", f"{pending.what} is over")
                self.last_at = time.monotonic()

    def is_pending(self, what: str) -> bool:
        return any(pending.what == what for pending in self.pending)


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


def kill_group_in_mid_wave(attack: Attack) -> int | None:
    """End main process and children while more was taken than the store has been told."""
    told = settled(attack.site.database)
    return kill_group(attack) if attack.site.taken() >= told + ENOUGH_UNTOLD else None


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


def freeze_child(attack: Attack) -> int | None:
    """Stop a child for longer than its wave is leased; it may be killed for it by its parent."""
    child = _victim(attack)
    if child is None or not child.signal(signal.SIGSTOP):
        return None
    attack.pending.append(until_awake(child, "freeze", after(FROZEN_SECONDS)))
    return attack.site.in_flight_each


def nap(attack: Attack) -> int | None:
    """Stop a child that has much of its batch left, until another has sent of that batch."""
    held = batch_in_hand(attack.site.database, at_least=ENOUGH_LEFT)
    if held is None:
        return None
    children = [c for c in attack.site.worker_children() if c.pid == held.pid]
    if not children or not children[0].signal(signal.SIGSTOP):
        return None
    if batch_in_hand(attack.site.database, at_least=ENOUGH_LEFT, owner=held.owner) != held:
        children[0].signal(signal.SIGCONT)  # it had just finished
        return None
    enough = accepted_of(attack.site.database, held) + ENOUGH_LEFT // 2
    attack.pending.append(
        until_awake(children[0], "nap", lambda: accepted_of(attack.site.database, held) >= enough)
    )
    return attack.site.in_flight_each


def fall_silent(attack: Attack) -> int | None:
    """Lose all that store and workers tell each other, over the connections of this moment."""
    return _silence(attack, "deaf", attack.site.proxy.fall_silent)


def lose_answers(attack: Attack) -> int | None:
    """Let questions through, and no answer."""
    silent = attack.site.proxy.fall_silent
    return _silence(attack, "mute", lambda: silent(answers_only=True))


def lose_a_commit(attack: Attack) -> int | None:
    """Let the store do a commit, and nobody hear of it."""
    proxy = attack.site.proxy
    before = proxy.lost_answers

    def arm() -> int:
        proxy.lose_the_answer_to(COMMIT)
        return 1

    return _silence(attack, "unheard", arm, lambda: proxy.lost_answers > before)


def cut_off(attack: Attack) -> int | None:
    """Let nothing through to the store, and refuse nobody."""
    return _silence(attack, "cut_off", attack.site.proxy.cut_off)


def fill_the_disc(attack: Attack) -> int | None:
    """Leave the worker no room to write: whatever a file of it would grow by is refused."""
    children = attack.site.worker_children()
    if not children or attack.is_pending("full_disc"):
        return None
    site, before = attack.site, attack.site.times_said(JOURNAL_FAILED)
    site.leave_room(ROOM_BYTES)
    over, at_most = after(WITHOUT_ROOM_SECONDS), after(5 * WITHOUT_ROOM_SECONDS)

    def was_noticed() -> bool:
        return over() and (site.times_said(JOURNAL_FAILED) > before or at_most())

    attack.pending.append(Pending("full_disc", was_noticed, lambda: site.leave_room(None)))
    # who dies now cannot have written what it heard
    return len(children) * attack.site.in_flight_each


def shift_the_clock(attack: Attack) -> int | None:
    """Put the clock of a child wrong, by a minute or an hour, ahead or back."""
    child = _victim(attack)
    if child is None or attack.is_pending("clock"):
        return None
    shift = attack.site.shift_clock
    shift(child.pid, attack.chance.choice(SHIFTS))
    attack.pending.append(Pending("clock", after(SHIFTED_SECONDS), lambda: shift(child.pid, 0.0)))
    return 0


def copy_the_files(attack: Attack) -> int:
    """Copy all files of the store, as they lie there after a power cut."""
    attack.site.copy_store()
    return 0


def swap_the_files(attack: Attack) -> int | None:
    """Start the store over the older files; an operator goes on once the workers have noticed."""
    site = attack.site
    if not site.put_copy_back():
        return None
    journals, steps = site.home / "journals", site.settings.timing.retry_steps
    at_most = after(UNNOTICED_SECONDS)
    attack.pending.append(
        Pending(
            "swap",
            lambda: at_most() or is_in_safe_mode(site.database),
            lambda: say_it_was_restored(site.database, journals, steps=steps),
        )
    )
    return planned(site.database)  # whoever was due then may have been sent since


KILLS_NOBODY = {"deaf", "mute", "unheard", "cut_off", "full_disc", "clock", "copy", "swap"}
DEEDS: dict[str, Callable[[Attack], int | None]] = {
    "child": kill_child,
    "main": kill_main,
    "group": kill_group,
    "mid_wave": kill_group_in_mid_wave,
    "beat": kill_beat,
    "second_beat": start_another_beat,
    "broker": kill_broker,
    "wipe": wipe_broker,
    "store": crash_store,
    "freeze": freeze_child,
    "nap": nap,
    "deaf": fall_silent,
    "mute": lose_answers,
    "unheard": lose_a_commit,
    "cut_off": cut_off,
    "full_disc": fill_the_disc,
    "clock": shift_the_clock,
    "copy": copy_the_files,
    "swap": swap_the_files,
}


def _silence(
    attack: Attack,
    what: str,
    begin: Callable[[], int],
    has_happened: Callable[[], bool] = lambda: True,
) -> int | None:
    if attack.is_pending("silence") or not begin():
        return None  # there is nobody on the line
    attack.site.say("chaos", f"{what}: the line to the store is silent")
    over = after(SILENT_SECONDS)
    attack.pending.append(
        Pending("silence", lambda: over() and has_happened(), attack.site.proxy.mend)
    )
    return 0  # nobody has died


def _victim(attack: Attack) -> Seen | None:
    """Choose a child that is awake, and among them one that has a batch in hand."""
    asleep = {pending.victim for pending in attack.pending}
    awake = [child for child in attack.site.worker_children() if child not in asleep]
    busy = pids_at_work(attack.site.database)
    at_work = [child for child in awake if child.pid in busy]
    return attack.chance.choice(at_work or awake) if awake else None
