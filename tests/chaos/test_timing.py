"""The waits we run with are in order, and the harness divides all of them alike."""

import pytest

from service.config import Settings, setting_names
from service.setting_groups import TimingSettings
from tests.chaos.timing import DIVISOR, FLOORS, divided

HELD_UP_BY_THEIR_LIMIT = {
    "PODBRIEF_DATABASE_CONNECT_SECONDS",
    "PODBRIEF_WORKER_LEASE_SECONDS",
    "PODBRIEF_WORKER_PLAN_SILENCE_SECONDS",
}


def test_a_drain_and_the_longest_wait_for_an_answer_end_before_a_task_is_told_to():
    timing = TimingSettings()

    assert timing.drain_seconds == 60
    assert timing.dot_seconds == 600
    assert timing.drain_seconds + timing.dot_seconds < timing.soft_limit_seconds
    assert timing.soft_limit_seconds == 840
    assert timing.soft_limit_seconds < timing.hard_limit_seconds == 900


def test_every_setting_in_seconds_is_divided(monkeypatch):
    environment = divided()

    assert set(environment) == {name for name in setting_names() if name.endswith("_SECONDS")}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    usual, shorter = Settings.model_construct(), Settings()
    assert shorter.timing.retry_steps == tuple(s / DIVISOR for s in usual.timing.retry_steps)
    for name in environment.keys() - FLOORS.keys() - HELD_UP_BY_THEIR_LIMIT:
        _, group, field = name.lower().split("_", 2)
        before, after = (
            getattr(getattr(usual, group), field),
            getattr(getattr(shorter, group), field),
        )
        if not isinstance(before, str):
            assert after == pytest.approx(before / DIVISOR, rel=1e-3), name


def test_divided_waits_keep_their_order(monkeypatch):
    for name, value in divided().items():
        monkeypatch.setenv(name, value)
    timing = Settings().timing

    assert timing.drain_seconds + timing.dot_seconds < timing.soft_limit_seconds
    assert timing.soft_limit_seconds < timing.hard_limit_seconds
    assert timing.hard_limit_seconds <= timing.wave_lease_seconds
