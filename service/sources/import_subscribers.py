"""Bring people from a CSV file onto a list."""

import csv
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from service.audience.erased import ErasureMarks
from service.audience.models import NewsletterList
from service.audience.queries import list_by_slug
from service.audience.subscribers import store_subscribers
from service.audience.values import NewSubscriber
from service.clock import Clock
from service.db.database import Database
from service.errors import InputError
from service.insights.values import StoreTally
from service.sources.import_lines import ImportManner, Listener, Silence, import_lines
from service.sources.line_errors import ImportReport
from service.sources.line_file import Line, LineFile
from service.sources.parse_subscriber import parse_subscriber, read_header


def import_subscribers(
    file: LineFile,
    *,
    list_slug: str,
    database: Database,
    clock: Clock,
    marks: ErasureMarks,
    manner: ImportManner | None = None,
    listener: Listener | None = None,
) -> ImportReport:
    """Put the people of `file` on a list; the same file again changes nothing.

    Raises `NotFoundError` for an unknown list, `InputError` for a header that cannot be read.
    """
    with database.reading() as session:
        to_list = list_by_slug(session, slug=list_slug)
    return import_lines(
        file,
        _Subscribers(to_list, clock, marks),
        database=database,
        manner=manner or ImportManner(),
        listener=listener or Silence(),
    )


class _Subscribers:
    """A header, then one person a line; a cell never spans lines, so a stray quote spoils one."""

    def __init__(self, to_list: NewsletterList, clock: Clock, marks: ErasureMarks) -> None:
        self._to_list = to_list
        self._marks = marks
        self._now = clock.now()  # one moment for the whole file: it came as one

    def read(self, file: LineFile) -> Iterator[tuple[Line, NewSubscriber | InputError]]:
        lines = file.lines()
        header = next(lines, None)
        if header is None:
            raise InputError(f"{file.name}: is empty: the first line must name the columns")
        columns = _header(file.name, header)
        first_seen: dict[str, int] = {}
        for line in lines:
            try:
                cells = _cells(line)
                if not any(cells):
                    continue  # a row of commas, as spreadsheets leave them
                person = parse_subscriber(cells, columns)
                first = first_seen.setdefault(person.address.key, line.number)
                if first != line.number:
                    raise InputError(f"email: the same address as line {first}")  # noqa: TRY301 - told like all others
                yield line, person
            except InputError as error:
                yield line, error

    def store(self, session: Session, rows: Sequence[NewSubscriber]) -> StoreTally:
        return store_subscribers(
            session, rows, to_list=self._to_list, marks=self._marks, now=self._now
        )


def _header(name: str, line: Line) -> list[str]:
    try:
        return read_header(_cells(line))
    except InputError as error:
        raise InputError(f"{name}:{line.number}: {error}") from error


def _cells(line: Line) -> list[str]:
    if line.fault is not None:
        raise InputError(line.fault)
    try:
        return next(csv.reader([line.text], strict=True), [])
    except csv.Error as error:
        raise InputError(f"line: {_reason(str(error))}") from error


def _reason(fault: str) -> str:
    if "end of data" in fault:
        return "a quote is not closed, or a cell holds a line break"
    if "new-line" in fault:
        return "a bare carriage return: save the file with line ends of LF or CRLF"
    return f"is not CSV: {fault}"
