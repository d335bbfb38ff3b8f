"""What made-up readers do with a brief: the service's own deeds, done for reasons of theirs."""

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from service.audience.models import Stance
from service.audience.stances import set_podcast_stance
from service.audience.taste import Act
from service.editions.models import Brief
from service.evaluation.world import World
from service.feedback.learn import learn
from service.feedback.models import Deed
from service.feedback.react import react
from service.feedback.verdict import Look
from service.feedback.visit_models import VisitKind
from service.feedback.visits import keep_visits
from service.insights.models import Insight

SEEN = 1 / 3  # of the readers let their clicks be seen; only those may be slowed down
SCANNED = 1 / 5  # have a scanner before their inbox
TIRED = 1 / 6
TIRED_FROM = (10, 20)  # days
_SAYS = 0.45  # of what somebody likes they say so
_SAYS_NO = 0.12  # of what is nothing to them
_NOTHING_TO_THEM = 0.03
_MUTES = 0.01
_SCANS_AFTER, _BETWEEN_LINKS = dt.timedelta(minutes=3), dt.timedelta(milliseconds=300)
_SOON = dt.timedelta(minutes=1)
_LINKS = ("source", "up", "save")
_GOOD = (Deed.UP, Deed.MORE, Deed.SAVE)
_OF_GOOD = (0.6, 0.15, 0.25)


@dataclass(slots=True)
class Behaviour:
    """Who does what; its dice are its own, so that two runs meet the same people."""

    chance: np.random.Generator
    may_be_seen: npt.NDArray[np.bool_]
    scanned: npt.NDArray[np.bool_]
    tired: npt.NDArray[np.bool_]
    tired_from: npt.NDArray[np.int64]
    done: set[tuple[int, int, str]] = field(default_factory=set)  # every act of a person

    @classmethod
    def of(cls, world: World, readers: int, *, days: int) -> Self:
        dice = world.chance.random((3, readers))
        tired = dice[2] < TIRED
        begins = world.chance.integers(*TIRED_FROM, size=readers)
        return cls(
            chance=np.random.default_rng(int(world.chance.integers(2**31))),
            may_be_seen=dice[0] < SEEN,
            scanned=dice[1] < SCANNED,
            tired=tired,
            tired_from=np.where(tired, begins, days),
        )

    def act(
        self,
        session: Session,
        brief: Brief,
        liking: npt.NDArray[np.float64],
        *,
        day: int,
        now: dt.datetime,
    ) -> int:
        """Do what this reader does today; return how many acts that was."""
        person = brief.subscriber_id
        dice = self.chance.random((len(liking), 4))
        if day >= self.tired_from[person - 1]:
            return 0
        acts = 0
        for (insight_id, *_), likely, (likes, says, which, mutes) in zip(
            brief.picks, liking, dice.tolist(), strict=True
        ):
            later = now + dt.timedelta(minutes=30 + acts)
            if likes < likely and says < _SAYS:
                deed = _GOOD[int(np.searchsorted(np.cumsum(_OF_GOOD), which))]
            elif likely < _NOTHING_TO_THEM and says < _SAYS_NO:
                deed = Deed.DOWN
                if mutes < _MUTES:
                    self._mute(session, person, insight_id, now=later)
            else:
                continue
            react(session, brief=brief, insight_id=insight_id, deed=deed, now=later)
            self.done.add((person, insight_id, deed.value))
            acts += 1
        return acts

    def scan(self, session: Session, brief: Brief, *, now: dt.datetime) -> int:
        """Open every link of the mail, as a gateway does that calls itself a browser and waits.

        Returns how many of these visits were kept.
        """
        if not self.scanned[brief.subscriber_id - 1]:
            return 0
        first = now + _SCANS_AFTER
        looks = [
            Look(
                happened_at=first + number * _BETWEEN_LINKS,
                kind=VisitKind.CLICK,
                target=target,
                method="GET",
                brief=(brief.local_date, brief.id),
                insight_id=pick[0],
                agent="Mozilla/5.0",
            )
            for number, (pick, target) in enumerate(itertools.product(brief.picks, _LINKS))
        ]
        return keep_visits(session, looks, soon=_SOON, now=first)

    def _mute(self, session: Session, person: int, insight_id: int, *, now: dt.datetime) -> None:
        podcast_id = session.get_one(Insight, insight_id).podcast_id
        if podcast_id is not None:
            set_podcast_stance(session, person, podcast_id, Stance.MUTE, now=now)
            learn(session, person, insight_id, Act.MUTE, now)
            self.done.add((person, insight_id, Act.MUTE.value))
