"""`podbrief up`: everything in one terminal, until Ctrl-C."""

from rich.console import Console

from service.config import Settings
from service.embedded.installation import (
    Installation,
    Wishes,
    asked_to_stop,
    only_one,
    with_real_ports,
)
from service.embedded.screen import Screen
from service.embedded.supervisor import OWN_NAME

LOOK_SECONDS = 0.5


def up(settings: Settings, *, console: Console, wishes: Wishes) -> None:
    """Run all parts of `settings` until we are asked to stop.

    Raises `ConfigurationError` when settings or ports do not fit, `ConflictError` when it runs
    already, `PodbriefError` when a part does not come up.
    """
    _ = settings.public_url  # asked here, so that a missing one is said before anything starts
    with only_one(settings.home):
        settings, _moved = with_real_ports(settings, with_web=wishes.with_web)
        places = _places(settings, with_web=wishes.with_web)
        with Screen(console) as screen:
            installation = Installation(settings, say=screen.say, wishes=wishes)
            with asked_to_stop(installation.supervisor) as stop:
                try:
                    if installation.start(stop):
                        screen.say(OWN_NAME, f"ready: {'  '.join(places)}  (Ctrl-C stops)")
                    while not stop.wait(LOOK_SECONDS):
                        screen.show(installation.supervisor.look(), places)
                    screen.show_no_status()
                    screen.say(OWN_NAME, "stopping; a second Ctrl-C waits for nothing")
                finally:
                    installation.close()
            screen.say(OWN_NAME, "stopped")


def _places(settings: Settings, *, with_web: bool) -> list[str]:
    places = []
    if with_web:
        places.append(f"site http://{settings.web.host}:{settings.web.port}")
    if settings.uses_catcher:
        places.append(f"inbox http://{settings.catcher.host}:{settings.catcher.inbox_port}")
    return places
