"""Give each new insight its story: that of the first to tell the finding, in whatever words."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from service.db.bulk import rows_as_table, write_rows
from service.insights.known_insights import Entering, Known, Likeness
from service.insights.models import Insight
from service.insights.story_models import StoryLink
from service.insights.term_index import newest_with_terms
from service.insights.threads import LEAST_LIKENESS, Threads, threads_of
from service.insights.understanding.retelling import Verdict, judge
from service.insights.understanding.shared_terms import Postings, Terms, distinct_terms
from service.insights.understanding.telling import Reader, Telling, index_terms
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
    found = Stories(terms={one.id: index_terms(one.told) for one in entering})
    exact = first_tellings(session, hashes=[one.text_hash for one in entering])
    first_id = min(one.id for one in entering)
    postings = Postings(
        newest_with_terms(session, distinct_terms(found.terms.values()), before_id=first_id)
    )
    candidates = _candidates(entering, found.terms, postings)
    known = Known(session, reader, entering, vectors)
    likeness = known.likeness(candidates)
    least = min(_least_likeness(reader), LEAST_LIKENESS)
    alike = {
        insight_id: [(other, near) for other, near in others if near >= least]
        for insight_id, others in likeness.items()
    }
    twins = exact.values()
    known.fetch({other for others in alike.values() for other, _ in others}.union(twins))
    for one in entering:
        twin = exact.setdefault(one.text_hash, one.id)
        if twin != one.id:
            found.links[one.id] = Link(twin, StoryReason.EXACT, 1.0)
        elif (link := _best(one, alike.get(one.id, ()), known, reader)) is not None:
            found.links[one.id] = link
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


def _candidates(
    entering: Sequence[Entering], terms: dict[int, Terms], postings: Postings
) -> dict[int, list[int]]:
    found = {}
    for one in entering:
        found[one.id] = postings.candidates(terms[one.id])
        postings.enter(one.id, terms[one.id])
    return found


def _best(one: Entering, others: Likeness, known: Known, reader: Reader) -> Link | None:
    """Return the likeliest of those whose finding `one` tells again."""
    least = _least_likeness(reader)
    alike = [other for other, near in others if near >= least and known.speaks_as(other, one)]
    if not alike:
        return None
    ours, *theirs = known.tellings([one.id, *alike])
    verdicts = [judge(ours, telling, reader) for telling in theirs]
    if not one.language.startswith(_READ_WELL):
        # the model knows little of other tongues: there only what is nearly the same is one story
        verdicts = [
            verdict if _nearly_all_shared(ours, telling) else Verdict(0.0)
            for verdict, telling in zip(verdicts, theirs, strict=True)
        ]
    same = [
        (verdict.score, -other)
        for verdict, other in zip(verdicts, alike, strict=True)
        if verdict.same
    ]
    if not same:
        return None
    score, other = max(same)
    return Link(-other, StoryReason.RETOLD, round(score, 4))


def _nearly_all_shared(one: Telling, other: Telling) -> bool:
    ours, theirs = set(one.stems), set(other.stems)
    return len(ours & theirs) >= _NEARLY_ALL * max(len(ours), len(theirs), 1)


def _least_likeness(reader: Reader) -> float:
    return _LEAST_LIKENESS if reader.model.name.startswith("wordllama") else 0.0
