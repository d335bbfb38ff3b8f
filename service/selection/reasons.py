"""Why an insight was picked: codes stored with the pick, sentences made from them at the edge."""

from enum import StrEnum


class ReasonCode(StrEnum):
    """The largest part of the score at the moment of choosing; stored, so that it stays true."""

    TOPIC = "topic"  # argument: the topic's name, one they follow
    FRESH = "fresh"  # no argument: new, and strong of its kind
    QUALITY = "quality"  # no argument: among the best of the window
    LIST_BEST = "list_best"  # argument: the list's name; none of their topics matched


_SENTENCES = {
    ReasonCode.TOPIC: "Because you follow {argument}",
    ReasonCode.FRESH: "New since your last brief",
    ReasonCode.QUALITY: "One of the strongest findings of the week",
    ReasonCode.LIST_BEST: "The best of {argument} today, outside the topics you follow",
}


def sentence(code: str, argument: str) -> str:
    """Return the why line of a pick, without a full stop."""
    return _SENTENCES[ReasonCode(code)].format(argument=argument)
