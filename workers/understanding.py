"""Insights are read and related when it is time: whoever comes first, a few seconds at most."""

from service.insights.catch_up import catch_up
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_model import ModelChoice
from service.ledger.heartbeats import take_turn
from workers.context import WorkerContext

SECONDS_A_TURN = 5.0  # of every half minute: sending comes first


def understand_in_turn(here: WorkerContext) -> bool:
    """Catch up when no process has done so for a while; return whether it was our turn."""
    every = here.settings.timing.sweep_seconds
    with here.database.transaction() as session:
        is_ours = take_turn(session, deed="understand", every_seconds=every)
    if is_ours:
        text = here.settings.text
        catch_up(
            here.database,
            model=load_text_model(ModelChoice(text.model), folder=text.folder),
            now=here.clock.now(),
            within_seconds=SECONDS_A_TURN,
        )
    return is_ours
