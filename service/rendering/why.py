"""The why line of a pick: true to the stored reason, or nothing."""

from service.languages import Language
from service.rendering.clip import WHY, clipped
from service.rendering.wording import IN_ENGLISH, within_a_sentence
from service.selection.reasons import ABOUT_A_TOPIC, NEEDS_ARGUMENT, ReasonCode, sentence

_KNOWN = frozenset(ReasonCode)


def why_line(code: str, argument: str, lang: Language = IN_ENGLISH) -> str:
    """Return the sentence for a stored reason.

    A code that a newer worker stored, or one whose argument is missing, says nothing rather than
    something that may not be true.
    """
    if code not in _KNOWN or (code in NEEDS_ARGUMENT and not argument):
        return ""
    if code in ABOUT_A_TOPIC:
        argument = within_a_sentence(argument, lang)
    return clipped(sentence(code, argument, gettext=lang.gettext), WHY)
