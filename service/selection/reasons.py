"""Why an insight was picked: codes stored with the pick, sentences made from them at the edge."""

from collections.abc import Callable
from enum import StrEnum

from service.languages import msgid


class ReasonCode(StrEnum):
    """The largest part of the score at the moment of choosing; stored, so that it stays true."""

    TOPIC = "topic"  # argument: the topic's name, one they follow
    LIKED = "liked"  # no argument: near what they took to
    LIKED_TOPIC = "liked_topic"  # argument: the topic's name, one they took to and never named
    PODCAST = "podcast"  # argument: the podcast's name, one they follow
    SPEAKER = "speaker"  # argument: the speaker's name, one they follow
    POPULAR = "popular"  # no argument: other readers took to it more than usual
    EXPLORE = "explore"  # argument: the topic's name, one they have shown no interest in so far
    FRESH = "fresh"  # no argument: new, and strong of its kind
    QUALITY = "quality"  # no argument: among the best of the window
    MISSED = "missed"  # no argument: older, for somebody who wants to see what they missed
    LIST_BEST = "list_best"  # argument: the list's name; none of their topics matched


_SENTENCES = {
    ReasonCode.TOPIC: msgid("Because you follow {argument}"),
    ReasonCode.LIKED: msgid("Close to what you liked before"),
    ReasonCode.LIKED_TOPIC: msgid("Because you liked others on {argument}"),
    ReasonCode.PODCAST: msgid("From {argument}, a podcast you follow"),
    ReasonCode.SPEAKER: msgid("Said by {argument}, whom you follow"),
    ReasonCode.POPULAR: msgid("Popular with other readers"),
    ReasonCode.EXPLORE: msgid("Something new for you: {argument}"),
    ReasonCode.FRESH: msgid("New since your last brief"),
    ReasonCode.QUALITY: msgid("One of the strongest findings of the week"),
    ReasonCode.MISSED: msgid("Among the best of what you missed"),
    ReasonCode.LIST_BEST: msgid("The best of {argument} today, outside the topics you follow"),
}
ABOUT_A_TOPIC = frozenset({ReasonCode.TOPIC, ReasonCode.LIKED_TOPIC, ReasonCode.EXPLORE})
NEEDS_ARGUMENT = ABOUT_A_TOPIC | {ReasonCode.PODCAST, ReasonCode.SPEAKER, ReasonCode.LIST_BEST}


def sentence(code: str, argument: str, *, gettext: Callable[[str], str] = str) -> str:
    """Return the why line of a pick, without a full stop, in the language `gettext` looks up."""
    return gettext(_SENTENCES[ReasonCode(code)]).format(argument=argument)
