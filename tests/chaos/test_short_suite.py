"""A real installation is beaten for half a minute: nobody is lost, nobody is sent to twice."""

import pytest

from tests.chaos.regressions import keep
from tests.chaos.run_suite import run_suite, say
from tests.chaos.site import durable_postgres
from tests.chaos.suites import short

SEED = 1


@pytest.mark.timeout(200)
def test_through_kills_a_wipe_and_a_crash_nobody_is_lost_and_nobody_sent_to_twice(tmp_path):
    with durable_postgres() as postgres:
        report = run_suite(short(SEED), postgres)

    say(report.as_dict())
    if not report.passed:
        keep("short", SEED)
    assert report.findings.faults == []
    assert report.findings.lost == report.findings.duplicates == 0
    assert report.findings.equation_holds
    assert sorted(report.attack.done) == sorted(short(SEED).deeds)
    for happened in ("lines_silenced", "commits_unheard", "journals_failed"):
        assert report.figures[happened] >= 1, happened
