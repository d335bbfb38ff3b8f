"""What the store knows of a page of readers, read a column at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, LargeBinary, case, func, literal_column, select
from sqlalchemy.orm import Session

from service.audience.models import (
    Interest,
    PodcastStance,
    ReaderProfile,
    SpeakerStance,
    Stance,
)
from service.db.columns import is_one_of, read_columns
from service.insights.heritage import Heir
from service.ledger.models import Shown

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
_NOTHING_SAID = -1.0
_STORED = np.dtype("<f2")
_LARGEST_TABLE = 200_000
_PROBED = 64  # stories looked for one by one, at most
_WORTH_IT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Interests:
    """Topic weights of a page of readers: (B, T), as stated and as learned."""

    weights: Doubles  # what counts: stated, moved by what was learned
    stated: Doubles  # what they asked for alone; 0 where they asked for nothing
    muted: tuple[Ints, Ints]  # readers and topics they want nothing of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stances:
    """Podcasts or speakers followed and muted, as pairs of reader and number."""

    followed: tuple[Ints, Ints]
    muted: tuple[Ints, Ints]


def interests_of(session: Session, people: Ints, *, topic_ids: Sequence[int]) -> Interests:
    """Return what these subscribers want of these topics."""
    subscribers, topics, weights, stated = read_columns(
        session,
        select(
            Interest.subscriber_id,
            Interest.topic_id,
            Interest.weight,
            # a weight that nothing was learned for is one that was asked for
            func.coalesce(
                Interest.stated, case((Interest.learned == 0, Interest.weight), else_=_NOTHING_SAID)
            ),
        ).where(is_one_of(session, Interest.subscriber_id, people.tolist())),
    )
    rows, columns = places(people, subscribers), places(np.asarray(topic_ids), topics)
    known = columns >= 0
    rows, columns, weights, stated = (a[known] for a in (rows, columns, weights, stated))
    wanted, asked = np.zeros((2, len(people), len(topic_ids)))
    wanted[rows, columns] = weights
    asked[rows, columns] = np.maximum(stated, 0.0)
    never = stated == 0
    return Interests(weights=wanted, stated=asked, muted=(rows[never], columns[never]))


def profiles_of(
    session: Session, people: Ints, *, model: str, size: int
) -> tuple[Ints, npt.NDArray[np.float32], Doubles]:
    """Return whose taste is known by this model: rows of `people`, rising; vectors; likes."""
    wanted = (
        select(ReaderProfile.subscriber_id, ReaderProfile.likes, ReaderProfile.vector)
        .where(
            is_one_of(session, ReaderProfile.subscriber_id, people.tolist()),
            ReaderProfile.model == model,
            func.length(ReaderProfile.vector) == size * _STORED.itemsize,
        )
        .subquery()
    )
    if session.get_bind().dialect.name == "postgresql":
        ids, likes, octets = _profiles_at_once(session, wanted)
    else:
        rows = session.execute(select(wanted.c.subscriber_id, wanted.c.likes, wanted.c.vector))
        found = rows.all()
        ids = np.array([row[0] for row in found], dtype=np.int64)
        likes = np.array([row[1] for row in found], dtype=np.float64)
        octets = b"".join(row[2] for row in found)
    vectors = np.frombuffer(octets, dtype=_STORED).reshape(len(ids), size).astype(np.float32)
    rows_of = places(people, ids)
    order = np.argsort(rows_of)
    sound = order[np.isfinite(vectors[order]).all(axis=1) & (likes[order] > 0)]
    return rows_of[sound], vectors[sound], likes[sound]


def _profiles_at_once(session: Session, wanted: Any) -> tuple[Ints, Doubles, bytes]:
    """Let PostgreSQL send each column as one string of bytes."""
    nothing: ColumnElement[bytes] = literal_column("''::bytea")
    ids, likes, octets = session.execute(
        select(
            func.string_agg(func.int8send(wanted.c.subscriber_id), nothing, type_=LargeBinary),
            func.string_agg(func.float8send(wanted.c.likes), nothing, type_=LargeBinary),
            func.string_agg(wanted.c.vector, nothing, type_=LargeBinary),
        )
    ).one()
    return (
        np.frombuffer(ids or b"", dtype=">i8").astype(np.int64),
        np.frombuffer(likes or b"", dtype=">f8").astype(np.float64),
        octets or b"",
    )


def podcast_stances_of(session: Session, people: Ints) -> Stances:
    """Return which podcasts these subscribers follow and mute, by the podcasts' ids."""
    subscribers, podcasts, mutes = read_columns(
        session,
        select(
            PodcastStance.subscriber_id,
            PodcastStance.podcast_id,
            case((PodcastStance.stance == Stance.MUTE.value, 1), else_=0),
        ).where(is_one_of(session, PodcastStance.subscriber_id, people.tolist())),
    )
    return _stances(places(people, subscribers), podcasts, mutes == 1)


def speaker_stances_of(session: Session, people: Ints, *, speaker_keys: Sequence[str]) -> Stances:
    """Return which of these speakers they follow and mute, by the speakers' places."""
    found = session.execute(
        select(SpeakerStance.subscriber_id, SpeakerStance.speaker_key, SpeakerStance.stance).where(
            is_one_of(session, SpeakerStance.subscriber_id, people.tolist())
        )
    )
    place = {key: number for number, key in enumerate(speaker_keys)}
    rows = [(who, place[key], stance == Stance.MUTE) for who, key, stance in found if key in place]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    return _stances(places(people, table[:, 0]), table[:, 1], table[:, 2] == 1)


def had_before(
    session: Session,
    people: Ints,
    *,
    oldest_story: int,
    old_stories: Sequence[int] = (),
    heritage: Sequence[Heir] = (),
) -> tuple[Ints, Ints, Ints]:
    """Return what these subscribers had, from any list: readers, stories and insights.

    Stories before `oldest_story` are left out, but for `old_stories`. This is one walk of the key:
    probing each reader for each story costs ten times as much. What was had of a story merged into
    another, or of one that was taken apart, is said of its heir as well.
    """
    mine = select(Shown.subscriber_id, Shown.story_id, Shown.insight_id).where(
        is_one_of(session, Shown.subscriber_id, people.tolist())
    )
    found = read_columns(session, mine.where(Shown.story_id >= oldest_story))
    if old_stories:
        old = is_one_of(session, Shown.story_id, sorted(old_stories))
        more = read_columns(session, mine.where(old, Shown.story_id < oldest_story))
        found = [np.concatenate(pair) for pair in zip(found, more, strict=True)]
    readers, stories, insights = places(people, found[0]), found[1], found[2]
    for heir in heritage:
        had = stories == heir.from_story_id
        if heir.insight_id is not None:
            had &= insights == heir.insight_id
        readers = np.concatenate([readers, readers[had]])
        insights = np.concatenate([insights, insights[had]])
        stories = np.concatenate([stories, np.full(np.count_nonzero(had), heir.story_id)])
    return readers, stories, insights


def ages_of_stories(story_ids: Ints, heritage: Sequence[Heir]) -> tuple[int, list[int]]:
    """Return the story from which on all are looked for, and those before it, one by one.

    A finding told again belongs to a story that may be months old. Looking from there on would read
    months of every reader's history for the sake of one.
    """
    if not len(story_ids):
        return 0, []
    known = np.unique(np.append(story_ids, [heir.from_story_id for heir in heritage]))
    known = known.astype(np.int64)
    few = min(len(known) // 4, _PROBED)
    steps = np.diff(known[: few + 1])
    # the first may be left behind if that shortens the walk by a good part
    if not few or int(steps.max()) * _WORTH_IT < int(known[-1] - known[few]):
        return int(known[0]), []
    first = int(steps.argmax()) + 1
    return int(known[first]), known[:first].tolist()


def places(keys: Ints, wanted: Ints) -> Ints:
    """Return where each of `wanted` stands among `keys`; -1 is nowhere."""
    if not len(keys):
        return np.full(len(wanted), -1)
    first, last = int(keys.min()), int(keys.max())
    if last - first < _LARGEST_TABLE:  # numbers that lie close are looked up, not searched for
        table = np.full(last - first + 2, -1)
        table[keys - first] = np.arange(len(keys))
        inside = (wanted >= first) & (wanted <= last)
        return table[np.where(inside, wanted - first, last - first + 1)]
    order = np.argsort(keys)
    found = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    at: Ints = np.where(keys[found] == wanted, found, -1)
    return at


def _stances(rows: Ints, numbers: Ints, mutes: npt.NDArray[np.bool_]) -> Stances:
    return Stances(followed=(rows[~mutes], numbers[~mutes]), muted=(rows[mutes], numbers[mutes]))
