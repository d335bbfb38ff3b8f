"""Give each new insight its story: that of the first to tell the finding, in whatever words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from sqlalchemy import String, select
from sqlalchemy.orm import Session

from service.db.bulk import rows_as_table, write_rows
from service.insights.known_insights import Entering, Known, Near
from service.insights.models import Insight
from service.insights.story_models import StoryLink
from service.insights.term_index import newest_with_terms
from service.insights.threads import LEAST_LIKENESS, Threads, threads_of
from service.insights.understanding.retelling import judge_all, worth_judging
from service.insights.understanding.shared_terms import Terms, candidates_of, distinct_terms
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.text_model import Vectors

IMPORT_LOCK = 7150918  # PostgreSQL: stories are given and arranged by one at a time
_LINK_COLUMNS = ("insight_id", "other_id", "reason", "score", "by", "created_at")
_READ_WELL = "en"
_NEARLY_ALL = 0.7  # of the stems
_LEAST_LIKENESS = 0.28  # of static vectors; no retelling we know of is below


class StoryReason(StrEnum):
    """Why an insight belongs to the story of another."""

    EXACT = "exact"  # the same words; case, points and blanks aside
    RETOLD = "retold"  # the same finding in other words
    BY_HAND = "by_hand"  # a person said so


@dataclass(frozen=True, slots=True)
class Link:
    """What an insight was found to repeat."""

    other_id: int
    reason: StoryReason
    score: float


@dataclass(slots=True)
class Stories:
    """What became of a batch."""

    story_ids: dict[int, int] = field(default_factory=dict)  # by insight
    links: dict[int, Link] = field(default_factory=dict)  # of those that repeat another
    terms: dict[int, Terms] = field(default_factory=dict)
    threads: Threads = field(default_factory=Threads)


def stories_of(
    session: Session, entering: Sequence[Entering], vectors: Vectors, *, reader: Reader
) -> Stories:
    """Return the story and the thread of each insight, in the order they enter.

    Nothing is written.

    `vectors` are what the reader's model made of them, row by row.
    """
    known = Known(session, reader, entering, vectors)
    tellings = known.tellings([one.id for one in entering])
    found = Stories(
        terms={one.id: telling.terms for one, telling in zip(entering, tellings, strict=True)}
    )
    exact = first_tellings(session, hashes=[one.text_hash for one in entering])
    first_id = min(one.id for one in entering)
    stored = newest_with_terms(session, distinct_terms(found.terms.values()), before_id=first_id)
    candidates = candidates_of(found.terms, stored)
    alike = known.alike(candidates, least=min(_least_likeness(reader), LEAST_LIKENESS))
    known.fetch(exact.values())
    retold = _retold(
        [one for one in entering if exact.setdefault(one.text_hash, one.id) == one.id],
        alike,
        known,
        reader,
    )
    for one in entering:
        twin = exact[one.text_hash]
        if twin != one.id:
            found.links[one.id] = Link(twin, StoryReason.EXACT, 1.0)
        elif one.id in retold:
            found.links[one.id] = retold[one.id]
        joined = found.links.get(one.id)
        found.story_ids[one.id] = (
            one.id if joined is None else known.story_of(joined.other_id, found.story_ids)
        )
    repeats = {insight_id: link.other_id for insight_id, link in found.links.items()}
    found.threads = threads_of(entering, repeats, alike, known)
    return found


def write_links(session: Session, links: dict[int, Link], *, now: dt.datetime) -> None:
    """Keep why insights joined stories."""
    rows = [
        (insight_id, link.other_id, link.reason.value, link.score, None, now)
        for insight_id, link in links.items()
    ]
    write_rows(session, StoryLink, _LINK_COLUMNS, rows)


def first_tellings(session: Session, *, hashes: Sequence[str]) -> dict[str, int]:
    """Return the first insight that said each text."""
    wanted = rows_as_table(session, "wanted", {"hash": (String(), hashes)})
    statement = (
        select(Insight.text_hash, Insight.id)
        .join(wanted, wanted.c.hash == Insight.text_hash)
        .order_by(Insight.id.desc())  # the first to tell it comes last, and stays
    )
    return dict(session.execute(statement).all())


def _retold(
    entering: Sequence[Entering],
    alike: Mapping[int, Sequence[Near]],
    known: Known,
    reader: Reader,
) -> dict[int, Link]:
    """Return for those that tell a finding again the likeliest of whose finding it is."""
    least = _least_likeness(reader)
    pairs = [
        (one, near) for one in entering for near in alike.get(one.id, ()) if near.likeness >= least
    ]
    pairs = _worth_judging(pairs, known, reader)
    ours = known.tellings([one.id for one, _ in pairs])
    theirs = known.tellings([near.other for _, near in pairs])
    verdicts = judge_all(list(zip(ours, theirs, strict=True)), reader)
    found: dict[int, Link] = {}
    for (one, near), verdict, our, their in zip(pairs, verdicts, ours, theirs, strict=True):
        if not verdict.same:
            continue
        # the model knows little of other tongues: there only what is nearly the same is one story
        if not one.language.startswith(_READ_WELL) and not _nearly_all_shared(our, their):
            continue
        link = Link(near.other, StoryReason.RETOLD, verdict.score)
        found[one.id] = max(
            found.get(one.id, link), link, key=lambda one: (one.score, -one.other_id)
        )
    return {
        insight_id: replace(link, score=round(link.score, 4)) for insight_id, link in found.items()
    }


def _worth_judging(
    pairs: list[tuple[Entering, Near]], known: Known, reader: Reader
) -> list[tuple[Entering, Near]]:
    if not pairs:
        return []
    figures = [
        np.array([telling.figures for telling in known.tellings(ids)])
        for ids in ([one.id for one, _ in pairs], [near.other for _, near in pairs])
    ]
    likeness, shared = np.array([(near.likeness, near.shared) for _, near in pairs]).T
    worth = worth_judging(likeness, shared, (figures[0], figures[1]), reader)
    return [pairs[place] for place in np.flatnonzero(worth)]


def _nearly_all_shared(one: Telling, other: Telling) -> bool:
    ours, theirs = set(one.stems), set(other.stems)
    return len(ours & theirs) >= _NEARLY_ALL * max(len(ours), len(theirs), 1)


def _least_likeness(reader: Reader) -> float:
    return _LEAST_LIKENESS if reader.model.name.startswith("wordllama") else 0.0
