"""What the store knows of a page of readers, read a column at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Integer, String, bindparam, case, func, select
from sqlalchemy.orm import Session

from service.audience.models import (
    Interest,
    PodcastStance,
    ReaderProfile,
    SpeakerStance,
    Stance,
)
from service.db.columns import ColumnsRead, is_among
from service.insights.heritage import Heir
from service.ledger.models import Shown
from service.selection.numbers import places

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
_NOTHING_SAID = -1.0
_STORED = np.dtype("<f2")
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
    subscribers, topics, weights, stated = _INTERESTS.run(session, people=people.tolist())
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
    ids, likes, octets = _PROFILES.run(
        session, people=people.tolist(), of_model=model, octets=size * _STORED.itemsize
    )
    vectors = octets.view(_STORED).reshape(len(ids), size).astype(np.float32)
    rows_of = places(people, ids)
    order = np.argsort(rows_of)
    sound = order[np.isfinite(vectors[order]).all(axis=1) & (likes[order] > 0)]
    return rows_of[sound], vectors[sound], likes[sound]


def podcast_stances_of(session: Session, people: Ints) -> Stances:
    """Return which podcasts these subscribers follow and mute, by the podcasts' ids."""
    subscribers, podcasts, mutes = _PODCAST_STANCES.run(session, people=people.tolist())
    return _stances(places(people, subscribers), podcasts, mutes == 1)


def speaker_stances_of(session: Session, people: Ints, *, speaker_keys: Sequence[str]) -> Stances:
    """Return which of these speakers they follow and mute, by the speakers' places."""
    found = session.connection().execute(_SPEAKER_STANCES, {"people": people.tolist()}).all()
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
    bound = {"people": people.tolist(), "oldest": oldest_story}
    found = _HAD_SINCE.run(session, **bound)
    if old_stories:
        more = _HAD_OF_OLD.run(session, **bound, stories=sorted(old_stories))
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


# each is built once: composing one costs more than the rows of a page do
_INTERESTS = ColumnsRead(
    select(
        Interest.subscriber_id,
        Interest.topic_id,
        Interest.weight,
        # a weight that nothing was learned for is one that was asked for
        func.coalesce(
            Interest.stated, case((Interest.learned == 0, Interest.weight), else_=_NOTHING_SAID)
        ),
    ).where(is_among(Interest.subscriber_id, "people"))
)
_PROFILES = ColumnsRead(
    select(ReaderProfile.subscriber_id, ReaderProfile.likes, ReaderProfile.vector).where(
        is_among(ReaderProfile.subscriber_id, "people"),
        ReaderProfile.model == bindparam("of_model", type_=String()),
        func.length(ReaderProfile.vector) == bindparam("octets", type_=Integer()),
    )
)
_PODCAST_STANCES = ColumnsRead(
    select(
        PodcastStance.subscriber_id,
        PodcastStance.podcast_id,
        case((PodcastStance.stance == Stance.MUTE.value, 1), else_=0),
    ).where(is_among(PodcastStance.subscriber_id, "people"))
)
_SPEAKER_STANCES = select(
    SpeakerStance.subscriber_id, SpeakerStance.speaker_key, SpeakerStance.stance
).where(is_among(SpeakerStance.subscriber_id, "people"))
_HAD = select(Shown.subscriber_id, Shown.story_id, Shown.insight_id).where(
    is_among(Shown.subscriber_id, "people")
)
_oldest = bindparam("oldest", type_=BigInteger())
_HAD_SINCE = ColumnsRead(_HAD.where(Shown.story_id >= _oldest))
_HAD_OF_OLD = ColumnsRead(_HAD.where(is_among(Shown.story_id, "stories"), Shown.story_id < _oldest))


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


def _stances(rows: Ints, numbers: Ints, mutes: npt.NDArray[np.bool_]) -> Stances:
    return Stances(followed=(rows[~mutes], numbers[~mutes]), muted=(rows[mutes], numbers[mutes]))
