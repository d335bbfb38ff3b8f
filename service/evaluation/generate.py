"""Make data to evaluate on: a month of a made-up world, in the format any file may have."""

import datetime as dt

import numpy as np

from service.audience.taste import Act
from service.evaluation.data import SHOWN, TOPIC, Data, Interaction, Item
from service.evaluation.world import TOPICS, World, at

BEGINNING = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
DAYS, HELD_OUT_DAYS = 30, 3
_ACTS = (Act.UP, Act.MORE, Act.SAVE)
_OF_ACTS = (0.6, 0.15, 0.25)
_TURNED_DOWN = 0.08  # of what is shown and not liked
_SEEN_OF_HELD_OUT = 0.5


def generate(*, readers: int = 400, items_a_day: int = 320, seed: int = 1) -> Data:
    """Return a month: readers see some things a day and like some of them.

    A few like many things, many like few, so that new readers are among them. Of the last days
    each sees half, chosen by chance and not by anybody's ranking: what is measured there is
    what they like, not what they were shown.
    """
    world = World(seed)
    chance = world.chance
    things = world.tell(items_a_day * DAYS, hours=24.0 * DAYS)
    tastes = world.readers(readers)
    asked = world.asked_for(tastes)
    old = int(np.searchsorted(things.hours, 24.0 * (DAYS - HELD_OUT_DAYS)))
    items = [
        Item(
            id=f"i{place}",
            at=at(BEGINNING, hours),
            topics=tuple(map(topic_name, np.flatnonzero(things.topics[place]).tolist())),
            podcast=f"podcast {things.podcasts[place]}",
            quality=round(float(things.quality[place]), 3),
            story=f"i{things.stories[place]}",
        )
        for place, hours in enumerate(things.hours.tolist())
    ]
    found = [
        Interaction(f"r{row}", TOPIC, topic_name(topic), BEGINNING)
        for row, topic in np.argwhere(asked).tolist()
    ]
    liking = world.liking(tastes, things)
    seen_a_month = np.minimum(chance.lognormal(mean=6.0, sigma=1.0, size=readers), old / 3)
    for row in range(readers):
        before = chance.choice(old, size=int(seen_a_month[row]), replace=False)
        late = np.flatnonzero(chance.random(len(items) - old) < _SEEN_OF_HELD_OUT) + old
        for place in np.sort(np.concatenate([before, late])).tolist():
            when = at(items[place].at, float(chance.random()) * 6)
            found.append(Interaction(f"r{row}", SHOWN, items[place].id, when))
            if chance.random() < liking[row, place]:
                act = _ACTS[int(chance.choice(len(_ACTS), p=_OF_ACTS))]
                found.append(Interaction(f"r{row}", act.value, items[place].id, when))
            elif chance.random() < _TURNED_DOWN:
                found.append(Interaction(f"r{row}", Act.DOWN.value, items[place].id, when))
    found.sort(key=lambda one: one.at)
    return Data(
        name=f"generated, seed {seed}",
        items=items,
        interactions=found,
        vectors=things.vectors,
        model="generated",
    )


def topic_name(number: int) -> str:
    """Return what a made-up topic is called."""
    return f"topic {number + 1:02d} of {TOPICS}"
