"""Whoever is woken by an alarm finds a section of its name in docs/operations.md."""

from pathlib import Path

import pytest

from service.monitoring.alarms import AlarmName

RUNBOOK = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize("name", list(AlarmName))
def test_an_alarm_has_its_section(name: AlarmName):
    assert f"\n### {name.value}\n" in RUNBOOK.read_text("utf-8")
