"""Where the page of an insight, a topic and a podcast is: paths that say what they lead to. Pure.

/i/{id}-{slug}   an insight: the number finds it, the words are for people
/p/{id}-{slug}   a podcast, likewise
/t/{slug}        a topic
"""

from urllib.parse import quote

from service.insights.topic_names import topic_slug

LONGEST_SLUG = 60  # characters
_LARGEST_ID = 2**63 - 1


def insight_path(insight_id: int, headline: str | None, text: str) -> str:
    """Return the path of an insight's page, named by its headline, or by its first words."""
    return _named("/i", insight_id, headline or text[: 2 * LONGEST_SLUG])


def podcast_path(podcast_id: int, name: str) -> str:
    return _named("/p", podcast_id, name)


def topic_path(slug: str) -> str:
    return f"/t/{quote(slug)}"


def id_in(name: str) -> int | None:
    """Return the number a name such as `12-bees-count` begins with, or None."""
    digits, _, _ = name.partition("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(_LARGEST_ID)):
        return None
    number = int(digits)
    return number if 0 < number <= _LARGEST_ID else None


def _named(folder: str, number: int, words: str) -> str:
    slug = _cut_at_word(topic_slug(words))
    return f"{folder}/{number}-{quote(slug)}" if slug else f"{folder}/{number}"


def _cut_at_word(slug: str) -> str:
    if len(slug) <= LONGEST_SLUG:
        return slug
    head, hyphen, broken = slug[: LONGEST_SLUG + 1].rpartition("-")
    # a script without blanks has no word to cut at
    return head if hyphen and len(broken) < LONGEST_SLUG // 2 else slug[:LONGEST_SLUG].strip("-")
