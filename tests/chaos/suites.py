"""The suites: how much is sent, what is done to it meanwhile."""

from tests.chaos.run_suite import Suite
from tests.chaos.site import Weather

SHORT_DEEDS = (
    *("freeze", "child", "child", "main", "group", "beat", "second_beat", "wipe", "store"),
    *("unheard", "deaf", "full_disc", "clock"),
)
FULL_DEEDS = (
    *("freeze", "child", "child", "child", "child", "child", "child"),
    *("main", "main", "group", "group", "beat", "beat", "second_beat"),
    *("broker", "broker", "wipe", "store", "store", "store"),
    *("deaf", "mute", "unheard", "unheard", "cut_off"),
    *("full_disc", "full_disc", "clock", "clock"),
)


def short(seed: int) -> Suite:
    """2,000 briefs with slow last replies, so that something is in flight at each kill."""
    weather = Weather(seed=seed, fault_rate=0.02, latency=0.03, connections=16)
    return Suite(name="short", briefs=2_000, weather=weather, deeds=SHORT_DEEDS)


def full(seed: int) -> Suite:
    """50,000 briefs, 20 kills and nine other deeds of all kinds, 2 % network faults."""
    return Suite(
        name="full",
        briefs=50_000,
        weather=Weather(seed=seed, fault_rate=0.02),
        deeds=FULL_DEEDS,
        most_doubts_of_kills=0.001,
    )


def restore(seed: int) -> Suite:
    """2,000 briefs, and the store's files are swapped for an older copy: most stay in doubt."""
    return Suite(
        name="restore",
        briefs=2_000,
        weather=Weather(seed=seed, fault_rate=0.02, latency=0.03, connections=16),
        deeds=("copy", "child", "swap", "child"),
        in_order=True,
    )


def no_broker(seed: int, *, with_broker: bool = False) -> Suite:
    """10,000 briefs while nothing answers at the broker's address; or, to compare, with one."""
    name = "with_broker" if with_broker else "no_broker"
    return Suite(name=name, briefs=10_000, weather=Weather(seed=seed, with_broker=with_broker))
