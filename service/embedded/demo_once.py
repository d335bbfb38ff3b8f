"""`podbrief demo --once`: play the demo in a fresh folder, check what arrived, and end."""

import json

from rich.console import Console

from service.clock import SystemClock
from service.embedded.demo_home import demo_folder, empty, leave_real_things_alone, move_into
from service.embedded.demo_play import Demo, DemoStoppedError
from service.embedded.demo_view import demo_progress, equation_table, show_what_is_different
from service.embedded.inbox_check import InboxCheck, check_inbox
from service.embedded.installation import (
    Installation,
    Wishes,
    asked_to_stop,
    only_one,
    with_real_ports,
)
from service.embedded.part_logs import PartLogs

EXIT_STOPPED = 130


def run_demo_once(*, notes: Console) -> int:
    """Play, check, and print the reconciliation as the last line of standard output.

    Returns the exit status: 0 only when the equation holds, nothing is open, and the inbox has
    exactly the accepted mails, one a person. Raises `PodbriefError` when a part does not come up.
    """
    left_alone = leave_real_things_alone()
    home = demo_folder(once=True)
    with only_one(home):
        empty(home)
        settings, moved = with_real_ports(move_into(home), with_web=True, may_move=True)
        show_what_is_different(notes, left_alone=left_alone, moved=moved)
        with PartLogs(home / "logs") as logs:
            installation = Installation(settings, say=logs.say, wishes=Wishes())
            with asked_to_stop(installation.supervisor) as stop:
                try:
                    with demo_progress(notes) as progress:
                        demo = Demo(installation, clock=SystemClock(), stop=stop, progress=progress)
                        played = demo.play()
                    found = check_inbox(installation.database, home)
                except DemoStoppedError as stopped:
                    notes.print(str(stopped))
                    return EXIT_STOPPED
                finally:
                    installation.close()
    equation = played.equation
    notes.print(equation_table(equation))
    _explain(notes, found)
    result = equation.as_dict() | {
        "inbox": found.mails,
        "inbox_matches": found.matches,
        "first_seconds": played.first_seconds,
        "seconds": played.seconds,
    }
    print(json.dumps(result))  # noqa: T201 - the result itself
    return 0 if equation.holds and not equation.open and found.matches else 1


def _explain(notes: Console, found: InboxCheck) -> None:
    if not found.matches:
        notes.print(
            f"The inbox does not match: {len(found.missing)} accepted but not there, "
            f"{len(found.strange)} there but not accepted, {len(found.twice)} there twice.",
            style="bold red",
        )
