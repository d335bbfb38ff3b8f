"""Read topics as people write them: a name or a slug, which is the same topic. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from service.errors import InputError
from service.insights.checked_text import one_line, shown

LONGEST_TOPIC = 80
MOST_TOPICS = 50


def topics_by_slug(names: Iterable[str], *, field: str = "topics") -> dict[str, str]:
    """Return slug to name, in the order given, each topic once.

    Raises `InputError` for a name without a letter or digit, one too long, or too many of them.
    """
    found: dict[str, str] = {}
    for given in names:
        name = one_line(given, field=field, longest=LONGEST_TOPIC)
        if not name:
            continue
        slug = topic_slug(name)
        if not slug:
            raise InputError(f"{field}: {shown(name)} has no letter or digit")
        if len(slug) > LONGEST_TOPIC:
            raise InputError(f"{field}: longer than {LONGEST_TOPIC} characters")
        found.setdefault(slug, _as_name(name, slug))
    if len(found) > MOST_TOPICS:
        raise InputError(f"{field}: more than {MOST_TOPICS}")
    return found


@lru_cache(maxsize=4_096)
def topic_slug(name: str) -> str:
    """Return the slug of a name: `Café & bar` is `cafe-bar`; letters beyond Latin stay."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", name)
        if unicodedata.category(character) != "Mn"
    )
    folded = bare if bare.isascii() else unicodedata.normalize("NFKC", name)
    kept = (
        character if unicodedata.category(character)[0] in "LNM" else "-"
        for character in folded.casefold()
    )
    return re.sub("-+", "-", "".join(kept)).strip("-")


def _as_name(given: str, slug: str) -> str:
    """Return how a new topic is shown: `machine-learning` becomes `Machine learning`."""
    if given != slug:
        return given
    words = slug.replace("-", " ")
    return words[0].upper() + words[1:]
