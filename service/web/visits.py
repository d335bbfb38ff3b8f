"""Note who follows our signed links, without making anybody wait for it.

Every request for one is held in memory for as long as a burst may last and then written in bulk by
a thread of its own. A store that is away costs what was noted meanwhile, and nothing else.
"""

import datetime as dt
import hashlib
import hmac
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Annotated, cast

from fastapi import Depends, Request

from service.clock import Clock
from service.db.database import Database
from service.errors import PodbriefError, TokenError
from service.feedback.verdict import (
    BURST_LINKS,
    BURST_WITHIN,
    STRONG,
    Look,
    Network,
    told_by,
)
from service.feedback.visit_models import VisitKind
from service.feedback.visits import keep_visits
from service.log import log
from service.setting_groups import VisitsSettings
from service.tokens import Purpose, Signer
from service.web.client import IpNetwork, visitor_ip
from service.web.forms import Fields

MOST_HELD = 20_000  # looks; of a flood beyond it the oldest are forgotten
WRITTEN_AT_ONCE = 500
WRITE_EVERY_SECONDS = 2
_MOST_MAILS = 5_000  # whose last buttons are remembered
_LONGEST_AGENT = 200
_FOR_VISITORS = b"podbrief visitor"
_LONGEST_NUMBER = 18  # digits of an id
_PURPOSES = {
    "b": Purpose.BRIEF,
    "u": Purpose.UNSUBSCRIBE,
    "me": Purpose.MANAGE,
    "confirm": Purpose.CONFIRM,
    "rhythm": Purpose.RHYTHM,
    "address": Purpose.ADDRESS,
}
_OF_SUBSCRIPTIONS = (Purpose.UNSUBSCRIBE, Purpose.CONFIRM, Purpose.RHYTHM)
_NAMES = {
    Purpose.BRIEF: "brief",
    Purpose.UNSUBSCRIBE: "unsubscribe",
    Purpose.MANAGE: "preferences",
    Purpose.CONFIRM: "confirm",
    Purpose.RHYTHM: "rhythm",
    Purpose.ADDRESS: "address",
}


@dataclass(slots=True, kw_only=True)
class VisitDesk:
    """What was seen and is yet to be written; safe to use from many threads."""

    database: Database
    clock: Clock
    signer: Signer
    settings: VisitsSettings
    key: bytes
    ranges: tuple[Network, ...] = ()
    proxies: Sequence[IpNetwork] = ()  # whose word on where a visitor comes from counts
    _held: deque[Look] = field(default_factory=lambda: deque(maxlen=MOST_HELD))
    _pressed: OrderedDict[object, deque[Look]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _ending: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def note(self, look: Look) -> bool:
        """Remember a look; return whether it may be the last of a burst of buttons."""
        with self._lock:
            self._held.append(look)
            if look.method != "POST" or look.brief is None:
                return False
            pressed = self._pressed.setdefault(look.brief, deque(maxlen=BURST_LINKS))
            self._pressed.move_to_end(look.brief)
            while len(self._pressed) > _MOST_MAILS:
                self._pressed.popitem(last=False)
            pressed.append(look)
            recent = [one for one in pressed if look.happened_at - one.happened_at <= BURST_WITHIN]
            return len({one.link for one in recent}) >= BURST_LINKS

    def visitor(self, address: str, day: dt.date) -> str | None:
        """Return what stands for a visitor's address on one day, and tells nothing of it."""
        if not self.settings.keep_network or not address:
            return None
        text = f"{day.isoformat()} {address}".encode()
        return hmac.new(self.key, _FOR_VISITORS + text, hashlib.sha256).hexdigest()[:32]

    def write(self, *, everything: bool = False) -> int:
        """Write what is old enough to be judged; return how many visits that made."""
        now = self.clock.now()
        made = 0
        while looks := self._ripe(None if everything else now - BURST_WITHIN):
            try:
                with self.database.transaction() as session:
                    soon = dt.timedelta(seconds=self.settings.soon_seconds)
                    made += keep_visits(session, looks, soon=soon, now=now)
            except PodbriefError as error:
                log.warning("visits_lost", count=len(looks), reason=str(error))
        return made

    def start(self) -> None:
        """Write every few seconds from now on."""
        self._thread = Thread(target=self._run, name="visits", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        self.write(everything=True)

    def _run(self) -> None:
        while not self._ending.wait(WRITE_EVERY_SECONDS):
            self.write()

    def _ripe(self, before: dt.datetime | None) -> list[Look]:
        with self._lock:
            ripe: list[Look] = []
            while self._held and len(ripe) < WRITTEN_AT_ONCE:
                if before is not None and self._held[0].happened_at > before:
                    break
                ripe.append(self._held.popleft())
            return ripe


async def note_visit(request: Request) -> bool:
    """Note a request for a signed link; return whether a button's deed may be done at once.

    Runs on the event loop: it costs a look at the token, and no other thread. A link that is none
    of ours is not noted, and its page says what is wrong with it.
    """
    desk = cast("VisitDesk", request.app.state.site.visits)
    look = look_of(request, desk)
    if look is None:
        return True
    return not desk.note(look) and not look.evidence & STRONG


def by_hand(fields: Fields, is_plain: Annotated[bool, Depends(note_visit)]) -> bool:
    """Whether to do what a button asks for: somebody pressed it, or has pressed it once more."""
    return is_plain or fields.get("sure") == "yes"


ByHand = Annotated[bool, Depends(by_hand)]


def look_of(request: Request, desk: VisitDesk) -> Look | None:
    """Read a request for a signed link; None when it is for none of ours."""
    token = request.path_params.get("token")
    prefix, _, rest = _within(request).partition("/")
    purpose = _PURPOSES.get(prefix)
    if not token or purpose is None:
        return None
    now = desk.clock.now()
    method = request.method
    try:
        ids = desk.signer.read(purpose, token, now=now)
    except TokenError:
        return None
    target = rest.rpartition("/")[2] if rest.count("/") else ""
    address = str(visitor_ip(request, desk.proxies) or "")
    agent = request.headers.get("user-agent", "")
    return Look(
        happened_at=now,
        kind=_kind(method, purpose, target),
        target=(target or _NAMES[purpose])[:20],
        method=method[:8],
        brief=_brief(purpose, ids),
        subscription_id=ids[0] if purpose in _OF_SUBSCRIPTIONS else None,
        subscriber_id=ids[0] if purpose is Purpose.MANAGE else None,
        insight_id=_number(request.path_params.get("insight_id")),
        agent=agent[:_LONGEST_AGENT],
        visitor=desk.visitor(address, now.date()),
        evidence=told_by(
            method=method,
            agent=agent,
            purpose=request.headers.get("sec-purpose", "") + request.headers.get("purpose", ""),
            address=address,
            ranges=desk.ranges,
        ),
    )


def _within(request: Request) -> str:
    """Return the path without the folder our pages lie under."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", "")).lstrip("/")


def _kind(method: str, purpose: Purpose, target: str) -> VisitKind:
    if target == "open.gif":
        return VisitKind.OPEN
    if method != "POST":
        return VisitKind.CLICK
    is_leaving = purpose is Purpose.UNSUBSCRIBE and not target
    return VisitKind.UNSUBSCRIBE if is_leaving else VisitKind.FORM


def _brief(purpose: Purpose, ids: tuple[int, ...]) -> tuple[dt.date, int] | None:
    try:
        if purpose is Purpose.BRIEF:
            return dt.date.fromordinal(ids[1]), ids[0]
        if purpose is Purpose.UNSUBSCRIBE:
            return dt.date.fromordinal(ids[2]), ids[1]
    except (IndexError, ValueError, OverflowError):
        return None
    return None


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_NUMBER:
        return None
    return int(text)
