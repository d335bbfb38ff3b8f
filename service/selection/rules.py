"""What a list may set of how its briefs are chosen: every weight, cap, window and minimum. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.errors import InputError

Weight = Annotated[float, Field(ge=0, le=3, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Hours = Annotated[int, Field(ge=1, le=8_760)]
Cap = Annotated[int, Field(ge=1, le=7)]


class Rules(BaseModel):
    """The settings of one list; the defaults are what docs/choosing.md explains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # windows: the next is looked into only for readers whom the one before leaves short
    fresh_hours: Hours = 72
    wider_hours: Hours = 168
    widest_hours: Hours = 720
    week_hours: Hours = 168  # where who reads a weekly best begins; nobody begins further back
    most_candidates: Annotated[int, Field(ge=10, le=10_000)] = 2_000  # the newest, and ...
    most_of_week: Annotated[int, Field(ge=0, le=5_000)] = 500  # ... the best before them, so many

    # weights of the parts of a score
    taste: Weight = 1.0  # nearness to what they liked
    topics: Weight = 1.0  # topics they follow or took to
    topics_fade: Share = 0.7  # how much of that gives way as taste is known
    trust_after: Annotated[float, Field(ge=0.1, le=100)] = 3.0  # likes at which taste half counts
    topic_prior: Annotated[float, Field(ge=0.5, le=100)] = 5.0  # likes a common topic starts with
    interest_counts: Annotated[float, Field(ge=0.5, le=20)] = 3.0  # likes one asked-for topic is
    quality: Weight = 0.5
    recency: Weight = 0.6
    recency_half_life_hours: Annotated[float, Field(ge=1, le=720)] = 36.0
    week_half_life_hours: Annotated[float, Field(ge=1, le=8_760)] = 168.0  # over `week_hours`
    popularity: Weight = 0.35
    usual_likes: Annotated[float, Field(ge=0.1, le=1_000)] = 2.0  # the prior: so many likes ...
    usual_shown: Annotated[float, Field(ge=1, le=10_000)] = 40.0  # ... among so many briefs
    followed_podcast: Weight = 0.5
    followed_speaker: Weight = 0.3

    # diversity
    variety: Weight = 0.65  # taken off for full likeness to a pick above
    too_alike: Share = 0.83  # of this likeness to a pick above: not in the same brief
    per_podcast: Cap = 2
    per_episode: Cap = 1
    per_speaker: Cap = 2
    per_thread: Cap = 1  # where there is choice
    least_topics: Annotated[int, Field(ge=1, le=5)] = 3  # where the reader has as many

    # one pick in so many tries something new; 0: none does
    explore_every: Annotated[int, Field(ge=0, le=100)] = 5
    uncertainty: Weight = 1.0  # what not being known yet is worth to it

    # quiet days: fewer good ones than this, and the reader's own wish decides
    least_good: Annotated[int, Field(ge=1, le=7)] = 3
    good_quality: Share = 0.25
    good_hours: Hours = 168

    replay_days: Annotated[int, Field(ge=1, le=90)] = 14  # how long a brief can be chosen again

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.fresh_hours <= self.wider_hours <= self.widest_hours:
            message = "fresh_hours, wider_hours, widest_hours: each at least the one before"
            raise ValueError(message)
        if self.usual_likes >= self.usual_shown:
            message = "usual_likes: fewer than usual_shown"
            raise ValueError(message)
        return self

    @property
    def furthest_hours(self) -> int:
        """How far back anybody may look."""
        return max(self.widest_hours, self.week_hours)


def read_rules(values: Mapping[str, Any]) -> Rules:
    """Return the rules these values make, others as shipped; raises `InputError` naming each fault.

    Numbers may come as text, as a command line gives them.
    """
    try:
        return Rules.model_validate(dict(values))
    except ValidationError as error:
        raise InputError("; ".join(_fault(fault) for fault in error.errors())) from error


def _fault(fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{name}: there is no such rule: {', '.join(Rules.model_fields)}"
    said = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{name}: {said}, not {fault['input']!r}" if name else said
