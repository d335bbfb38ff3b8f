"""Sign a finished message with DKIM (RFC 6376): rsa-sha256, relaxed/relaxed.

Our bodies hold no tab, no run of blanks, no blank at the end of a line and no empty line at their
end (service.rendering.quoted_printable), so their relaxed form is the bytes themselves. Looking
through a body for that costs as much as its hash: the first few of each sender are looked through,
and a sender with one that is otherwise has all of them made relaxed.

There is no `t=` and no `x=`: the Date field is signed, and a brief that is tried again must be the
same bytes. Every field in `SIGNED` is named once more than it occurs, so that nobody can add a
second one on the way (RFC 6376 section 8.15).
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from service.log import log

SIGNED: Final = (
    "From",
    "Subject",
    "Date",
    "To",
    "Reply-To",
    "Message-ID",
    "List-Unsubscribe",  # RFC 8058: both must be signed, or mail programs offer no button
    "List-Unsubscribe-Post",
    "List-Id",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
)
_ONCE_MORE: Final = [name for name in SIGNED for _ in range(2)]
_NAMES: Final = [name.lower().encode("ascii") for name in SIGNED]

_FOLD = b"\r\n "
_LINE = 72
_BLANKS = re.compile(rb"[ \t]+")
_UNFOLD = re.compile(rb"\r\n(?=[ \t])")
_BLANK_AT_END = re.compile(rb"[ \t]+(?=\r\n|$)")
_MOST_SENDERS = 100
_LOOKED_THROUGH = 20  # bodies of each sender
_FIELDS_KEPT = 2048  # an edition's shared ones among the personal ones


@dataclass(slots=True)
class _Sender:
    """What we know of a From field: an edition has one."""

    is_ours: bool
    looked_through: int = 0
    needs_relaxing: bool = False


class DkimSigner:
    """Signs for one domain and those under it, with a key that is loaded once."""

    def __init__(self, domain: str, selector: str, key: RSAPrivateKey) -> None:
        self._domain = domain.lower().encode("ascii")
        self._key = key
        listed = _wrapped(":".join(_ONCE_MORE).encode("ascii"), at=b":")
        self._begins = (
            b"v=1; a=rsa-sha256; c=relaxed/relaxed;" + _FOLD
            + b"d=" + self._domain + b"; s=" + selector.lower().encode("ascii") + b";" + _FOLD
            + b"h=" + listed + b";" + _FOLD
            + b"bh="
        )  # fmt: skip
        self._begins_relaxed = b"dkim-signature:" + _relaxed_value(self._begins)
        self._padding = PKCS1v15()
        self._hash = Prehashed(hashes.SHA256())
        self._senders: dict[bytes, _Sender] = {}

    def sign(self, wire: bytes) -> bytes:
        """Return the message with its signature in front, or as it is when From is not ours."""
        return self.signature(wire) + wire

    def signature(self, wire: bytes) -> bytes:
        """Return the field to stand in front of the message; nothing when From is not ours."""
        head, _, body = wire.partition(b"\r\n\r\n")
        fields = _fields(head)
        sender = self._sender(fields.get(b"from", [b""])[-1])
        if not sender.is_ours:
            return b""
        digest = base64.b64encode(hashlib.sha256(_hashed_body(body, sender)).digest())
        to_sign = hashlib.sha256(_signed_fields(fields))
        to_sign.update(self._begins_relaxed + digest + b"; b=")
        signature = base64.b64encode(self._key.sign(to_sign.digest(), self._padding, self._hash))
        folded = _FOLD.join(
            signature[start : start + _LINE] for start in range(0, len(signature), _LINE)
        )
        return b"".join(
            (b"DKIM-Signature: ", self._begins, digest, b";", _FOLD, b"b=", folded, b"\r\n")
        )

    def _sender(self, field: bytes) -> _Sender:
        """Return what is known of a From field; only one of our domain is worth a signature."""
        sender = self._senders.get(field)
        if sender is None:
            domain = field.rpartition(b"@")[2].rstrip(b"> ").lower()
            is_ours = domain == self._domain or domain.endswith(b"." + self._domain)
            if len(self._senders) >= _MOST_SENDERS:
                self._senders.clear()
            sender = self._senders[field] = _Sender(is_ours)
        return sender


def relaxed_body(body: bytes) -> bytes:
    """Return the relaxed form of a body (section 3.4.4)."""
    relaxed = _BLANKS.sub(b" ", _BLANK_AT_END.sub(b"", body))
    while relaxed.endswith(b"\r\n"):
        relaxed = relaxed[:-2]
    return relaxed + b"\r\n" if relaxed else b""


def _hashed_body(body: bytes, sender: _Sender) -> bytes:
    if sender.looked_through < _LOOKED_THROUGH or sender.needs_relaxing:
        sender.looked_through += 1
        relaxed = relaxed_body(body)
        if relaxed != body and not sender.needs_relaxing:
            sender.needs_relaxing = True
            log.warning("bodies_made_relaxed", reason="blanks in them that DKIM leaves out")
        return relaxed
    return body


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    """Return the relaxed values of the fields we sign, by name, in their order."""
    found: dict[bytes, list[bytes]] = {}
    for line in _UNFOLD.sub(b"", head).split(b"\r\n"):
        name, value = _relaxed_field(line)
        if name in _NAMES:
            found.setdefault(name, []).append(value)
    return found


@lru_cache(maxsize=_FIELDS_KEPT)
def _relaxed_field(line: bytes) -> tuple[bytes, bytes]:
    """Return name and value of an unfolded field (section 3.4.2)."""
    name, _, value = line.partition(b":")
    return name.rstrip(b" \t").lower(), _relaxed_value(value)


def _signed_fields(fields: dict[bytes, list[bytes]]) -> bytes:
    """Return what `h=` names: each field from the bottom up; one that is not there is nothing."""
    return b"".join(
        name + b":" + value + b"\r\n"
        for name in _NAMES
        for value in reversed(fields.get(name, [])[-2:])
    )


def _relaxed_value(value: bytes) -> bytes:
    return _BLANKS.sub(b" ", _UNFOLD.sub(b"", value)).strip(b" ")


def _wrapped(text: bytes, *, at: bytes) -> bytes:
    """Break a list between its members, into lines that nobody wraps for us."""
    lines = [b""]
    for member in text.split(at):
        if len(lines[-1]) + len(member) > _LINE:
            lines.append(b"")
        lines[-1] += member + at
    return _FOLD.join(lines).removesuffix(at)
