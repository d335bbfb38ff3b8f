"""Play the demo once: sample content in, today's edition due, every brief to its end."""

import datetime as dt
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.progress import Progress, TaskID

from service.accounts.sign_in import create_link
from service.accounts.staff import create_staff
from service.audience.erased import ErasureMarks
from service.audience.lists import create_list
from service.audience.queries import all_slugs
from service.clock import Clock
from service.config import Settings
from service.db.database import Database
from service.editions.equation import Equation, equation_of_run
from service.editions.plan import Tally
from service.editions.run import run_edition
from service.embedded import sample
from service.embedded.demo_home import read_mark, write_mark
from service.embedded.installation import Installation
from service.errors import ConflictError, PodbriefError
from service.jobs import Doorbell, Job
from service.sources.import_insights import import_insights
from service.sources.import_subscribers import import_subscribers
from service.sources.line_errors import ImportReport
from service.sources.line_file import open_lines

SERIES_LASTS = dt.timedelta(days=2)  # then what was said is no news any more
LINK_GOOD_FOR = dt.timedelta(hours=24)  # a visitor may come back to the terminal after lunch
LOOK_SECONDS = 0.1
RING_AGAIN_SECONDS = 5.0  # a doorbell may be lost
LONGEST_SECONDS = 300.0


class DemoStoppedError(PodbriefError):
    """Somebody asked the demo to stop before it was through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the demo came to."""

    run_id: int
    equation: Equation
    already_served: int
    sign_in_address: str
    first_seconds: float | None  # from the command to the first brief in the inbox
    seconds: float  # … and to the last one's end


class Demo:
    """One playing of the demo on a state folder."""

    def __init__(
        self, installation: Installation, *, clock: Clock, stop: threading.Event, progress: Progress
    ) -> None:
        self._installation = installation
        self._settings: Settings = installation.settings
        self._database: Database = installation.database
        self._clock = clock
        self._stop = stop
        self._progress = progress
        self._begun = time.monotonic()
        self._first: float | None = None

    def play(self) -> Played:
        """Bring everything up, load, plan and send.

        Raises `DemoStoppedError` when it was asked to stop, `PodbriefError` when a part failed.
        """
        starting = self._step("starting store, broker and inbox")
        self._go_on(going=self._installation.open_store(self._stop))
        self._installation.start_work()  # comes up while the content is read
        self._done(starting)
        self._load_content()
        working = self._step("starting worker, scheduler and site")
        self._go_on(going=self._installation.supervisor.wait_until_ready(self._stop))
        self._done(working)
        run_id, tally = self._plan()
        equation = self._wait_for_the_last(run_id)
        return Played(
            run_id=run_id,
            equation=equation,
            already_served=tally.already_served,
            sign_in_address=self._way_in(),
            first_seconds=self._first,
            seconds=self._since_the_beginning(),
        )

    def _load_content(self) -> None:
        file = self._settings.home / "sample" / "insights.jsonl"
        now = self._clock.now()
        series = self._series(now)
        number = sample.write_insights(file, series=series, now=now)
        reading = self._step("reading the insights")
        with open_lines(str(file)) as lines:
            report = import_insights(lines, database=self._database, clock=self._clock)
        _refuse_faults(report)
        self._done(reading, f"{number:,}")
        with self._database.transaction() as session:
            if sample.LIST_SLUG not in all_slugs(session):
                create_list(session, slug=sample.LIST_SLUG, settings=sample.LIST_SETTINGS, now=now)
        inviting = self._step("adding the subscribers")
        with open_lines(str(sample.sample_folder() / "subscribers.csv")) as lines:
            report = import_subscribers(
                lines,
                list_slug=sample.LIST_SLUG,
                database=self._database,
                clock=self._clock,
                marks=ErasureMarks(self._settings.signing_keys()),
            )
        _refuse_faults(report)
        people = report.added + report.updated + report.unchanged
        self._done(inviting, f"{people:,}")

    def _series(self, now: dt.datetime) -> dt.date:
        home: Path = self._settings.home
        noted = read_mark(home)
        said = noted.get("series")
        if said and now.date() - dt.date.fromisoformat(said) < SERIES_LASTS:
            return dt.date.fromisoformat(said)
        write_mark(home, noted | {"series": now.date().isoformat()})
        return now.date()

    def _plan(self) -> tuple[int, Tally]:
        choosing = self._step("choosing five for each")

        def chosen(tally: Tally) -> None:
            self._progress.update(choosing, count=f"{tally.planned:,}")

        now = self._clock.now()
        run, tally = run_edition(
            self._database,
            list_slug=sample.LIST_SLUG,
            as_of=now,
            now=now,
            doorbell=Doorbell(self._settings),
            progress=chosen,
        )
        self._done(choosing, f"{tally.planned:,}")
        return run.id, tally

    def _wait_for_the_last(self, run_id: int) -> Equation:
        sending = self._step("sending")
        doorbell = Doorbell(self._settings)
        look = partial(self._equation, run_id)
        rung_at = started_at = time.monotonic()
        while (equation := look()).open:
            self._show_sent(sending, equation)
            self._go_on(going=not self._stop.wait(LOOK_SECONDS))
            self._installation.supervisor.look()
            now = time.monotonic()
            if now - rung_at > RING_AGAIN_SECONDS:
                doorbell.ring(Job.DELIVER)
                rung_at = now
            if now - started_at > LONGEST_SECONDS:
                raise PodbriefError(
                    f"{equation.open} briefs are still open after {LONGEST_SECONDS:.0f} s: "
                    f"see {self._settings.home / 'logs'}"
                )
        self._show_sent(sending, equation)
        self._done(sending, f"{equation.ended:,} of {equation.planned:,}")
        return equation

    def _show_sent(self, sending: TaskID, equation: Equation) -> None:
        self._progress.update(
            sending,
            total=equation.planned or None,
            completed=equation.ended,
            count=f"{equation.ended:,} of {equation.planned:,}",
        )
        if equation.accepted and self._first is None:
            self._first = self._since_the_beginning()

    def _since_the_beginning(self) -> float:
        return round(time.monotonic() - self._begun, 1)

    def _equation(self, run_id: int) -> Equation:
        with self._database.reading() as session:
            return equation_of_run(session, run_id=run_id)

    def _way_in(self) -> str:
        now = self._clock.now()
        try:
            with self._database.transaction() as session:
                create_staff(session, email=sample.STAFF_EMAIL, name="Demo admin", now=now)
        except ConflictError:
            pass  # an earlier demo's
        with self._database.transaction() as session:
            secret = create_link(session, email=sample.STAFF_EMAIL, now=now, good_for=LINK_GOOD_FOR)
        return f"{self._settings.public_url}/signin/{secret}"

    def _step(self, what: str) -> TaskID:
        return self._progress.add_task(what, total=None, count="")

    def _done(self, step: TaskID, count: str = "") -> None:
        self._progress.update(step, total=1, completed=1, count=count)

    def _go_on(self, *, going: bool) -> None:
        if not going:
            raise DemoStoppedError("the demo was stopped before it was through")


def _refuse_faults(report: ImportReport) -> None:
    if report.rejected:
        raise PodbriefError(f"the sample content is not right: {report.errors[0]}")
