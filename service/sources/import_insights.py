"""Bring insights from a file of JSON Lines into the store."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from service.clock import Clock
from service.db.database import Database
from service.errors import InputError
from service.insights.store import store_insights
from service.insights.understanding.text_model import TextModel
from service.insights.values import NewInsight, StoreTally
from service.sources.agreement import Agreement
from service.sources.import_lines import ImportManner, Listener, Silence, import_lines
from service.sources.line_errors import ImportReport
from service.sources.line_file import Line, LineFile
from service.sources.parse_insight import parse_insight


def import_insights(
    file: LineFile,
    *,
    database: Database,
    clock: Clock,
    manner: ImportManner | None = None,
    listener: Listener | None = None,
    model: TextModel | None = None,
) -> ImportReport:
    """Store the insights of `file`, read by `model`; the same file again changes nothing."""
    return import_lines(
        file,
        _Insights(clock, model),
        database=database,
        manner=manner or ImportManner(),
        listener=listener or Silence(),
    )


class _Insights:
    """One insight a line."""

    def __init__(self, clock: Clock, model: TextModel | None) -> None:
        self._now = clock.now()  # one moment for the whole file: it came as one
        self._model = model

    def read(self, file: LineFile) -> Iterator[tuple[Line, NewInsight | InputError | None]]:
        agreement = Agreement()
        for line in file.lines():
            yield line, InputError(line.fault) if line.fault else _read(line, agreement)

    def store(self, session: Session, rows: Sequence[NewInsight]) -> StoreTally:
        return store_insights(session, rows, now=self._now, model=self._model)


def _read(line: Line, agreement: Agreement) -> NewInsight | InputError | None:
    try:
        insight = parse_insight(line.text)
        return insight if agreement.is_new(insight, line.number) else None
    except InputError as error:
        return error
