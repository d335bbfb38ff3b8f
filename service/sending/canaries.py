"""Canaries: the first briefs of an edition are rendered and read back before any is sent.

A fault of the template, or of what every brief holds, shows in all of them; then the edition is
paused before it burns a thousand. One bad row shows once, and stops nobody.
"""

import re
from collections import Counter
from collections.abc import Iterable
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import islice

from service.errors import PodbriefError, TemplateError
from service.log import log
from service.rendering.message import BriefMaker, OutgoingMessage
from service.rendering.values import Reader
from service.sending.compose import compose

CANARIES = 20
FAULTS_ALLOWED = 0.02  # of the canaries; one is a bad row
LARGEST_BYTES = 100_000  # Gmail cuts what is longer, and the unsubscribe link with it
_ONCE = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "MIME-Version")
_KINDS = {  # whole mails, and the parts of each
    "multipart/alternative": ["text/plain", "text/html"],
    "text/plain": ["text/plain"],
}
_LINK = re.compile(r"<(https?://[^>\s]+)>")


def try_canaries(
    renderer: BriefMaker, readers: Iterable[Reader], *, envelope_from: str, template: str
) -> None:
    """Render the first readers' messages; raise `TemplateError` when more than a bad row fails."""
    tried, faults = 0, []
    for reader in islice(readers, CANARIES):
        tried += 1
        fault = _fault_of(renderer, reader, envelope_from)
        if fault is not None:
            log.warning("canary_failed", brief_id=reader.brief_id, reason=fault)
            faults.append(fault)
    if len(faults) > max(1, FAULTS_ALLOWED * tried):
        raise TemplateError(
            f"{len(faults)} of the first {tried} briefs cannot be sent: {faults[0]}", file=template
        )


def _fault_of(renderer: BriefMaker, reader: Reader, envelope_from: str) -> str | None:
    try:
        return fault_in(compose(renderer, reader, reader.attempt, envelope_from))
    except PodbriefError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw is what a canary is for
        return f"{type(error).__name__}: {error}"


def fault_in(message: OutgoingMessage) -> str | None:
    """Read a message as a mail program does; return the first thing wrong with it."""
    wire = message.content.wire()
    if len(wire) > LARGEST_BYTES:
        return f"{len(wire):,} bytes, {LARGEST_BYTES:,} are allowed"
    try:
        read = BytesParser(EmailMessage, policy=policy.default).parsebytes(wire)
    except (MessageError, ValueError) as error:
        return f"it cannot be read: {error}"
    names = Counter(name.lower() for name, _ in read.raw_items())
    for name in _ONCE:
        if names[name.lower()] != 1:
            return f"the header {name} stands {names[name.lower()]} times"
    kind = read.get_content_type()
    if kind not in _KINDS:
        return f"it is {kind} instead of {' or '.join(_KINDS)}"
    link = _LINK.search(str(read["List-Unsubscribe"]))
    if link is None:
        return "List-Unsubscribe holds no link"
    return _fault_of_parts(read, kind, link[1])


def _fault_of_parts(read: EmailMessage, whole: str, unsubscribe: str) -> str | None:
    parts = [part for part in read.walk() if not part.is_multipart()]
    kinds = [part.get_content_type() for part in parts]
    if kinds != _KINDS[whole]:
        return f"its parts are {', '.join(kinds) or 'none'}"
    for kind, part in zip(kinds, parts, strict=True):
        text = part.get_content()
        if part.defects or not text.strip():
            return f"its {kind} part is empty or broken"
        if unsubscribe not in text:
            return f"its {kind} part has no unsubscribe link"
    return "it is broken" if read.defects else None
