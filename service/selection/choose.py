"""Choose for a page of readers at once: read what is known of them, score, pick, explain."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList, QuietDay
from service.audience.queries import list_topic_ids
from service.insights.heritage import Heir, heritage_of
from service.selection.candidates import Candidates, load_candidates
from service.selection.chosen import QUIET_DAYS, Chosen, Wish, made_of
from service.selection.frozen import freeze_tick
from service.selection.numbers import distinct, places
from service.selection.outlook import hours_back
from service.selection.page import Page, Pairs
from service.selection.readership import (
    Interests,
    ages_of_stories,
    had_before,
    interests_of,
    podcast_stances_of,
    profiles_of,
    speaker_stances_of,
)
from service.selection.rule_versions import Version, rules_of
from service.selection.scoring import Doubles, Ints, taste_in_steps, weigh
from service.selection.tick import Draw, Tick, bits, seed_of
from service.selection.top_five import Flags


class Reader(NamedTuple):
    """Whom to choose for."""

    subscriber_id: int
    language: str
    is_personalised: bool = True
    picks: int | None = None  # None: as many as the list sends
    quiet_day: str = QuietDay.FEWER.value
    is_weekly: bool = False  # reads the best of the week
    days_since: int = 1  # days from their last brief to this one


@dataclass(frozen=True, slots=True)
class Readers:
    """A page of readers, of a few kinds: those of one differ in nothing but their number."""

    people: Ints  # (B,)
    kinds: Sequence[Reader]  # one of each
    kind: Ints  # (B,)

    @classmethod
    def of(cls, readers: Sequence[Reader]) -> Self:
        return cls.of_groups([((reader.subscriber_id,), reader) for reader in readers])

    @classmethod
    def of_groups(cls, groups: Sequence[tuple[Sequence[int], Reader]]) -> Self:
        """Return the readers of these groups: the numbers of each, and one of them."""
        return cls(
            people=np.array([one for people, _ in groups for one in people], dtype=np.int64),
            kinds=[reader for _, reader in groups],
            kind=np.repeat(np.arange(len(groups)), [len(people) for people, _ in groups]),
        )

    def ints(self, of_each: Callable[[Reader], int]) -> Ints:
        return np.array([of_each(reader) for reader in self.kinds], dtype=np.int64)[self.kind]

    @property
    def personalised(self) -> Flags:
        return self.ints(lambda reader: reader.is_personalised) > 0


def chooser_for(
    session: Session, newsletter: NewsletterList, *, now: dt.datetime, most: int | None = None
) -> "Chooser":
    """Return what chooses for a list at `now`: its candidates under the rules that hold.

    With `most`, out of no more than the newest so many.
    """
    version = rules_of(session, list_id=newsletter.id)
    if most is not None:
        fewer = {"most_candidates": min(most, version.rules.most_candidates), "most_of_week": 0}
        version = version._replace(rules=version.rules.model_copy(update=fewer))
    candidates = load_candidates(
        session,
        list_topic_ids=list_topic_ids(session, list_id=newsletter.id),
        now=now,
        rules=version.rules,
    )
    heritage = heritage_of(session, set(candidates.story_ids.tolist()))
    return Chooser(newsletter, candidates, version, heritage=heritage, now=now)


class Chooser:
    """Holds one tick's candidates and what is the same for every reader."""

    def __init__(
        self,
        newsletter: NewsletterList,
        candidates: Candidates,
        version: Version,
        *,
        now: dt.datetime,
        heritage: Sequence[Heir] = (),
    ) -> None:
        self.tick = Tick(candidates, version.rules)
        self.version = version.number
        self.as_of = now
        self._list = newsletter
        self._usual_picks = newsletter.picks
        self._heritage = heritage
        self._oldest_story, self._old_stories = ages_of_stories(candidates.story_ids, heritage)

    def seed(self, first: int) -> int:
        """Return the seed of the page of readers that begins with this subscriber."""
        return seed_of(self._list.id, self.as_of.isoformat(), first)

    def freeze(self) -> bytes:
        """Return the tick's candidates and rules, to be kept."""
        return freeze_tick(self.tick, list_name=self._list.name, language=self._list.language)

    def choose(
        self, session: Session, readers: Sequence[Reader] | Readers, *, seed: int | None = None
    ) -> Chosen:
        """Return what each of these readers gets; nothing for whom nothing is left."""
        tick = self.tick
        if not isinstance(readers, Readers):
            readers = Readers.of(readers)
        people = readers.people
        if seed is None:
            seed = self.seed(int(people[0]) if len(people) else 0)
        codes = sorted({reader.language for reader in readers.kinds})
        back = hours_back(
            readers.ints(lambda reader: reader.days_since),
            readers.ints(lambda reader: reader.is_weekly) > 0,
            tick.rules,
        )
        hours, looks = distinct(np.append(back, tick.rules.fresh_hours))
        draw = tick.draw(seed, hours.tolist())
        interests = interests_of(session, people, topic_ids=tick.candidates.topic_ids)
        weights = interests.weights
        if not (personalised := readers.personalised).all():  # they get only what they asked for
            weights = np.where(personalised[:, np.newaxis], weights, interests.stated)
        page = self._page(session, readers, interests, weights, codes, draw, looks[:-1], seed)
        wish = Wish(
            people=people,
            quiet=readers.ints(lambda reader: QUIET_DAYS.index(reader.quiet_day)).astype(np.uint8),
            asked=bits(interests.stated > 0),
            liked=bits(weights > interests.stated),
            languages=codes,
            list_name=self._list.name,
        )
        return made_of(tick, page, draw, wish, seed=seed)

    def _page(
        self,
        session: Session,
        readers: Readers,
        interests: Interests,
        weights: Doubles,
        codes: Sequence[str],
        draw: Draw,
        looks: Ints,
        seed: int,
    ) -> Page:
        tick = self.tick
        candidates, rules = tick.candidates, tick.rules
        people, personalised = readers.people, readers.personalised
        rows, vectors, likes = profiles_of(
            session, people[personalised], model=candidates.model, size=candidates.vectors.shape[1]
        )
        podcasts = podcast_stances_of(session, people)
        speakers = speaker_stances_of(session, people, speaker_keys=candidates.speaker_keys)
        had_rows, stories, insights = had_before(
            session,
            people,
            oldest_story=self._oldest_story,
            old_stories=self._old_stories,
            heritage=self._heritage,
        )
        out = [
            tick.spread(had_rows, stories, candidates.story_ids),
            _told_elsewhere(candidates, had_rows, stories, insights),
            tick.spread(*podcasts.muted, candidates.podcast_ids),
            tick.spread(*speakers.muted, candidates.speakers),
            tick.about(*interests.muted),
        ]
        usual = self._usual_picks
        picks = readers.ints(lambda reader: reader.picks or usual)
        return Page(
            wants=weigh(
                tick.ground,
                rules,
                taste=taste_in_steps(vectors),
                taste_rows=np.flatnonzero(personalised)[rows],
                likes=likes,
                interests=weights,
                most_standing=tick.most_standing(draw),
            ),
            outlooks=draw.outlooks,
            looks=looks,
            out=tick.pairs(out, len(people)),
            follows_podcast=self._follows(
                tick.spread(*podcasts.followed, candidates.podcast_ids),
                rules.followed_podcast,
                len(people),
            ),
            follows_speaker=self._follows(
                tick.spread(*speakers.followed, candidates.speakers),
                rules.followed_speaker,
                len(people),
            ),
            languages=readers.ints(lambda reader: codes.index(reader.language)),
            readable=tick.readable(codes, self._list.language),
            picks=picks,
            # who is not to be learned from has nothing to gain from a try, nor who has no topics
            explores=tick.explores(people, picks, seed) & personalised & (weights > 0).any(axis=1),
            own_topics=bits(weights > 0),
        )

    @staticmethod
    def _follows(pairs: tuple[Ints, Ints], value: float, people: int) -> Pairs:
        rows, positions = pairs
        return Pairs.of(rows, positions, people, np.full(len(rows), value, dtype=np.float32))


def _told_elsewhere(
    candidates: Candidates, rows: Ints, stories: Ints, insights: Ints
) -> tuple[Ints, Ints]:
    """Return who had which candidate when it belonged to another story than it does now."""
    at = places(candidates.insight_ids, insights)
    moved = (
        np.flatnonzero((at >= 0) & (candidates.story_ids[at] != stories))
        if len(candidates)
        else at[:0]
    )
    return rows[moved], at[moved]
