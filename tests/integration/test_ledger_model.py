"""The ledger under everything two senders may do and suffer: nobody is ever sent to twice."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from service.sending import journal
from tests.chaos import bugs
from tests.factories.ledger_model import Ledger
from tests.factories.mortal import LossyDatabase


@pytest.fixture
def ledger(database_url, monkeypatch):
    """The state machine over one store, which each example empties first."""
    monkeypatch.setattr(journal, "boot_id", journal.boot_id)  # put back at the end
    store = LossyDatabase(database_url)
    yield type("LedgerHere", (Ledger,), {"database": store})
    store.dispose()


def run(ledger, **more) -> None:
    quick = settings(
        max_examples=30,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(ledger, settings=settings(quick, **more))


def test_whatever_happens_nobody_is_sent_to_twice_and_everybody_is_accounted_for(ledger):
    run(ledger)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("bug", [bugs.send_before_commit, bugs.resend_in_doubt, bugs.no_fence])
def test_the_model_finds_a_planted_bug(ledger, bug, monkeypatch):
    bug(monkeypatch.setattr)
    with pytest.raises(AssertionError):
        run(ledger, max_examples=300, phases=[Phase.generate])
