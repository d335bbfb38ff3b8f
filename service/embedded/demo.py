"""`podbrief demo`: from nothing to 200 personal briefs in an inbox, then everything to look at."""

from rich.console import Console

from service.clock import SystemClock
from service.embedded.demo_home import demo_folder, leave_real_things_alone, move_into
from service.embedded.demo_play import Demo, DemoStoppedError
from service.embedded.demo_view import demo_progress, show_outcome, show_what_is_different
from service.embedded.installation import (
    Installation,
    Wishes,
    asked_to_stop,
    only_one,
    with_real_ports,
)
from service.embedded.part_logs import PartLogs

LOOK_SECONDS = 0.5


def run_demo(*, console: Console) -> None:
    """Play the demo, say where to look, and keep everything running until Ctrl-C.

    Raises `PodbriefError` when a part does not come up.
    """
    left_alone = leave_real_things_alone()
    home = demo_folder(once=False)
    with only_one(home):
        settings, moved = with_real_ports(move_into(home), with_web=True, may_move=True)
        show_what_is_different(console, left_alone=left_alone, moved=moved)
        with PartLogs(home / "logs") as logs:
            installation = Installation(settings, say=logs.say, wishes=Wishes())
            with asked_to_stop(installation.supervisor) as stop:
                try:
                    with demo_progress(console) as progress:
                        demo = Demo(installation, clock=SystemClock(), stop=stop, progress=progress)
                        played = demo.play()
                    show_outcome(console, played=played, settings=settings)
                    while not stop.wait(LOOK_SECONDS):
                        installation.supervisor.look()
                except DemoStoppedError as stopped:
                    console.print(str(stopped))
                finally:
                    console.print("stopping", style="dim")
                    installation.close()
