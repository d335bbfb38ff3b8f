"""How far back readers look, and what that makes of the insights. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.selection.rules import Rules
from service.selection.scoring import Doubles, Floats, Ints

_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A tick's insights as they stand with everybody who looks equally far back."""

    hours: int
    windows: tuple[int, ...]  # how many insights are in each; the newest come first
    recency: Doubles  # (C,) the part of the score
    standing: Floats  # (C,) whole numbers: all that is the same for these readers
    novelties: Ints  # (N,) what may be tried, the most uncertain first


def hours_back(days_since: Ints, weekly: npt.NDArray[np.bool_], rules: Rules) -> Ints:
    """Return how many hours each reader looks back before anything older is thought of.

    `days_since` is how many days ago their last brief was. It was chosen at some minute of its day
    as this one is, so that a day more is looked at, or nothing would be between the two.
    """
    hours = np.where(days_since > 1, _DAY * (days_since + 1), rules.fresh_hours)
    hours[weekly] = rules.week_hours
    back: Ints = np.clip(hours, rules.fresh_hours, max(rules.fresh_hours, rules.week_hours))
    return back


def half_life(hours: int, rules: Rules) -> float:
    """Return in how many hours recency halves for whom looks this far back."""
    usual, week = rules.recency_half_life_hours, rules.week_half_life_hours
    longer = rules.week_hours - rules.fresh_hours
    if longer <= 0:
        return usual
    return usual + (week - usual) * min(1.0, (hours - rules.fresh_hours) / longer)


def recency_of(age_hours: Floats, hours: int, rules: Rules) -> Doubles:
    """Return the recency part of the score for who looks back this many hours."""
    halvings = age_hours.astype(np.float64) / half_life(hours, rules)
    recency: Doubles = rules.recency * np.exp2(-halvings)
    return recency


def windows_of(age_hours: Floats, hours: int, rules: Rules) -> tuple[int, ...]:
    """Return how many insights are in each window of who looks back this many hours at first."""
    later = {wide for wide in (rules.wider_hours, rules.widest_hours) if wide > hours}
    return tuple(int(np.count_nonzero(age_hours <= most)) for most in (hours, *sorted(later)))
