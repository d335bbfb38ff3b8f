"""Bring the lines of a file into the store: in batches, each its own transaction.

What a line means and where it goes is the caller's: see `import_insights` and
`import_subscribers`. A bad line is told and counted, and the rest goes in.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.db.database import Database
from service.errors import ConflictError, InputError
from service.insights.values import StoreTally
from service.sources.line_errors import ImportReport, LineError
from service.sources.line_file import Line, LineFile

LINES_PER_BATCH = 2000
_TRIES = 3

Parsed = TypeVar("Parsed")


class Kind(Protocol[Parsed]):
    """What is imported: how lines are read, and how a batch of them is stored."""

    def read(self, file: LineFile) -> Iterator[tuple[Line, Parsed | InputError | None]]:
        """Read from the beginning; None for a line that repeats an earlier one to the letter.

        A bad line gives its error, which reads `field: what is wrong`.

        Raises `InputError` for a fault of the file as such.
        """
        ...

    def store(self, session: Session, rows: Sequence[Parsed]) -> StoreTally:
        """Write a batch."""
        ...


class Listener(Protocol):
    """Whom an import tells how it goes."""

    def line_refused(self, error: LineError) -> None: ...

    def read_up_to(self, byte: int) -> None: ...


class Silence:
    """A listener for callers that look at the report only."""

    def line_refused(self, error: LineError) -> None:
        pass

    def read_up_to(self, byte: int) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportManner:
    """How strict, and whether in earnest."""

    strict: bool = False  # one bad line refuses the whole file
    dry_run: bool = False  # say what would happen, write nothing


def import_lines(
    file: LineFile,
    kind: Kind[Parsed],
    *,
    database: Database,
    manner: ImportManner,
    listener: Listener,
) -> ImportReport:
    """Store what `kind` makes of the lines of `file`.

    Batches that are in stay in when the store fails later: the same file can be imported again.
    """
    if manner.strict:
        report = ImportReport()
        for _ in _batches(file, kind, report, listener):
            pass
        if report.rejected:
            report.refused = True
            return report
    report = ImportReport()
    for batch in _batches(file, kind, report, listener):
        report.add(_store(database, kind, batch, dry_run=manner.dry_run))
    return report


def _batches(
    file: LineFile, kind: Kind[Parsed], report: ImportReport, listener: Listener
) -> Iterator[list[Parsed]]:
    batch: list[Parsed] = []
    for line, parsed in kind.read(file):
        if isinstance(parsed, InputError):
            error = LineError(file.name, line.number, str(parsed))
            report.reject(error)
            listener.line_refused(error)
        elif parsed is None:
            report.unchanged += 1
        else:
            batch.append(parsed)
        if len(batch) == LINES_PER_BATCH:
            listener.read_up_to(line.end)
            yield batch
            batch = []
    if batch:
        yield batch
    listener.read_up_to(file.size)


def _store(
    database: Database, kind: Kind[Parsed], batch: Sequence[Parsed], *, dry_run: bool
) -> StoreTally:
    """Write a batch; when somebody else added one of its rows meanwhile, look again."""
    for attempt in range(1, _TRIES + 1):
        try:
            with _rubbish_left_lying(), database.transaction() as session:
                tally = kind.store(session, batch)
                if dry_run:
                    session.rollback()
                return tally
        except IntegrityError as error:
            if attempt == _TRIES:
                raise ConflictError(
                    "somebody else writes the same rows at this moment: run the import again"
                ) from error
    raise AssertionError  # the last try returned or raised


@contextmanager
def _rubbish_left_lying() -> Iterator[None]:
    """Look for rings of dead objects between batches only.

    A batch makes a million small objects that live until its end; looking through them again and
    again took an eighth of an import.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
