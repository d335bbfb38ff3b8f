"""What an evaluation works on: things to read, people, and what they did, in the order of time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

SHOWN = "shown"  # a line that says no more than that somebody saw a thing
TOPIC = "topic"  # a line that says which topic somebody asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to read, as a line of the items file gives it."""

    id: str
    at: dt.datetime
    topics: tuple[str, ...] = ()
    podcast: str | None = None
    speaker: str | None = None
    quality: float = 0.5
    story: str | None = None  # its own when not given
    text: str = ""
    vector: tuple[float, ...] | None = None  # else made of the text by the model in use


@dataclass(frozen=True, slots=True)
class Interaction:
    """What one reader did about one item, or a topic they asked for."""

    reader: str
    act: str  # an Act, SHOWN or TOPIC
    what: str  # the item's id, or the topic's name
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Items and interactions, both in the order of time."""

    name: str
    items: Sequence[Item]
    interactions: Sequence[Interaction]
    vectors: npt.NDArray[np.float32] = field(repr=False)  # (N, D), in the order of the items
    model: str  # who made the vectors
