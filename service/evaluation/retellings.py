"""How well stories and threads are told apart, and related insights found, on written texts.

The texts go through the service's own store: what comes of them is what a reader would meet.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from service.db.database import Database
from service.errors import InputError
from service.evaluation.generate import BEGINNING
from service.evaluation.grouping import Agreement, b_cubed, of_pairs, pairwise
from service.evaluation.metrics import Estimate, estimate
from service.evaluation.trial import temporary_store
from service.insights.models import Insight
from service.insights.related import related
from service.insights.store import store_insights
from service.insights.text_hash import text_hash
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_model import TextModel
from service.insights.values import NewInsight

RETOLD, OTHER, TRAP = "retold", "other", "trap"
SHOWN = 10
_LARGEST_FILE = 16 * 1024**2


class WrittenPair(NamedTuple):
    """Two texts, and whether they tell one finding or two about one subject."""

    kind: str  # RETOLD, OTHER, or TRAP: two findings that even share their figures
    one: str
    other: str


class Retellings(NamedTuple):
    """What one file of pairs came to."""

    retold: int
    others: int
    pairs: Agreement  # retold against others, so pairwise F1
    traps_joined: str
    related_first: Estimate  # the partner of an "other" pair is the nearest shown: precision
    related_in_ten: Estimate  # it is among the ten: recall


class Events(NamedTuple):
    """What one file of findings about events came to."""

    events: int
    findings: int
    b_cubed: Agreement
    pairwise: Agreement


def read_pairs(path: Path) -> list[WrittenPair]:
    """Return the pairs of a file: a paragraph each, of a kind and two texts; # begins a remark."""
    found = []
    for number, paragraph in enumerate(_text_of(path).split("\n\n"), start=1):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        if len(lines) != len(WrittenPair._fields) or lines[0] not in {RETOLD, OTHER, TRAP}:
            raise InputError(
                f"{path.name}: paragraph {number}: needs three lines: {RETOLD}, {OTHER} or {TRAP}, "
                "then two texts"
            )
        found.append(WrittenPair(*lines))
    if not found:
        raise InputError(f"{path.name}: holds no pair")
    return found


def read_events(path: Path) -> list[list[str]]:
    """Return the findings of each event: a paragraph an event, a line a finding.

    The findings of the last paragraph belong to no event, so each is by itself.
    """
    paragraphs = [
        lines
        for paragraph in _text_of(path).split("\n\n")
        if (lines := [line for line in paragraph.splitlines() if line and line[0] != "#"])
    ]
    if not paragraphs:
        raise InputError(f"{path.name}: holds no finding")
    *events, of_none = paragraphs
    return [*events, *([line] for line in of_none)]


def tell_apart(pairs: Sequence[WrittenPair], *, model: TextModel | None = None) -> Retellings:
    """Store all texts, in an order of chance, and look which became one story."""
    model = model or load_text_model()
    texts = [text for pair in pairs for text in (pair.one, pair.other)]
    with temporary_store() as database:
        _store(database, texts, model)
        with database.reading() as session:
            rows = session.execute(select(Insight.key, Insight.id, Insight.story_id)).all()
            stories = {int(row.key): row.story_id for row in rows}
            ids = {int(row.key): row.id for row in rows}
            first, in_ten = [], []
            for place, pair in enumerate(pairs):
                if pair.kind != OTHER:
                    continue
                for one, other in ((2 * place, 2 * place + 1), (2 * place + 1, 2 * place)):
                    near = related(session, ids[one], model=model, limit=SHOWN)
                    shown = [found.insight_id for found in near]
                    first.append(float(shown[:1] == [ids[other]]))
                    in_ten.append(float(ids[other] in shown))
    same = [stories[2 * place] == stories[2 * place + 1] for place in range(len(pairs))]
    judged = [(said, pair.kind) for said, pair in zip(same, pairs, strict=True)]
    traps = [said for said, kind in judged if kind == TRAP]
    return Retellings(
        retold=sum(pair.kind == RETOLD for pair in pairs),
        others=sum(pair.kind == OTHER for pair in pairs),
        pairs=of_pairs(
            [said for said, kind in judged if kind != TRAP],
            [kind == RETOLD for _, kind in judged if kind != TRAP],
        ),
        traps_joined=f"{sum(traps)} of {len(traps)}",
        related_first=estimate(np.array(first)),
        related_in_ten=estimate(np.array(in_ten)),
    )


def group(events: Sequence[Sequence[str]], *, model: TextModel | None = None) -> Events:
    """Store all findings, in an order of chance, and look which became one thread."""
    texts = [text for findings in events for text in findings]
    true = [number for number, findings in enumerate(events) for _ in findings]
    with temporary_store() as database:
        _store(database, texts, model or load_text_model())
        with database.reading() as session:
            rows = session.execute(select(Insight.key, Insight.id, Insight.thread_id)).all()
    threads = {
        int(key): insight_id if thread is None else thread for key, insight_id, thread in rows
    }
    found = [threads[place] for place in range(len(texts))]
    return Events(
        events=sum(len(findings) > 1 for findings in events),
        findings=len(texts),
        b_cubed=b_cubed(found, true),
        pairwise=pairwise(found, true),
    )


def _store(database: Database, texts: Sequence[str], model: TextModel) -> None:
    """Let the texts enter one by one; the key of each is its place."""
    for place in np.random.default_rng(2).permutation(len(texts)).tolist():
        insight = NewInsight(
            key=str(place),
            text=texts[place],
            text_hash=text_hash(texts[place]),
            podcast=f"podcast {place}",
            published_at=BEGINNING,
        )
        with database.transaction() as session:
            store_insights(session, [insight], now=BEGINNING, model=model)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{path.name}: larger than {_LARGEST_FILE // 1024**2} MB")
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: is not UTF-8 text") from error
