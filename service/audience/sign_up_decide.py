"""What a request to join a list comes to, and what an address was perhaps meant to be. Pure."""

from enum import StrEnum

from service.audience.models import SubscriptionStatus

MOST_PENDING = 3  # lists an address may be waiting to confirm at once
_DISTANCE = 2  # letters wrong, missing, too many or swapped
_SHORT = 6  # of a name this short one wrong letter may well be another name

# Where most people have their mail; a name near one of these and not one itself is a slip.
COMMON_DOMAINS = (
    *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"),
    *("yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.es", "ymail.com", "icloud.com"),
    *("me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "fastmail.com", "hey.com"),
    *("gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de"),
    *("posteo.de", "mailbox.org", "orange.fr", "free.fr", "wanadoo.fr", "laposte.net", "sfr.fr"),
    *("hotmail.fr", "hotmail.es", "hotmail.co.uk", "hotmail.de", "outlook.de", "outlook.fr"),
    *("outlook.es", "telefonica.net", "libero.it", "btinternet.com", "comcast.net", "mail.com"),
)
_NEAR_BUT_THEIR_OWN = frozenset(
    {"mail.de", "mail.ch", "email.com", "email.de", "gmx.fr", "gmx.es", "gmx.org", "ya.ru", "me.de"}
    | {"mail.ru", "live.fr", "live.de", "live.nl", "live.be", "live.co.uk", "aol.de", "sky.com"}
    | {"hotmail.it", "hotmail.be", "hotmail.nl", "outlook.it", "outlook.be", "yahoo.it", "yahoo.ca"}
    | {"yahoo.in", "yahoo.co.in", "yahoo.co.jp", "yahoo.com.br", "yahoo.com.au", "one.com"}
    | {"proton.ch", "pm.me", "gmx.co.uk", "gmx.us", "mail.org", "mac.fr", "web.com", "free.com"}
)


class Answer(StrEnum):
    """What somebody who asks for a list is sent."""

    CONFIRM = "confirm"
    ALREADY = "already"
    NOTHING = "nothing"


def answer_to(status: str | None, *, is_suppressed: bool) -> Answer:
    """Decide for the state of a subscription; None is somebody who has none."""
    if is_suppressed:
        return Answer.NOTHING
    if status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED):
        return Answer.ALREADY
    return Answer.CONFIRM


def meant_address(email: str) -> str | None:
    """Return what an address was probably meant to be, when its domain looks like a slip.

    Decided from the address alone: the answer tells nobody whom we know.
    """
    local, _, domain = email.rpartition("@")
    domain = domain.lower()
    if domain in COMMON_DOMAINS or domain in _NEAR_BUT_THEIR_OWN:
        return None
    distances = [(_distance(domain, common), common) for common in COMMON_DOMAINS]
    nearest, meant = min(distances, key=lambda found: found[0])
    allowed = 1 if len(meant.partition(".")[0]) < _SHORT else _DISTANCE
    return f"{local}@{meant}" if nearest <= allowed else None


def _distance(one: str, other: str) -> int:
    """Count the letters to add, drop, change or swap with a neighbour (Damerau and Levenshtein)."""
    if abs(len(one) - len(other)) > _DISTANCE:
        return _DISTANCE + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
