"""Signed, purpose-bound tokens: short enough for 33 links in a mail, cheap enough for a million.

A token is `base64url(signature, key id, purpose, expiry, ids…)`; the signature is keyed BLAKE2b
with a digest of 128 bits (RFC 7693 section 2.9: a MAC by itself, and a sixth of the cost of HMAC).
The ids are variable-length integers, so a brief's token is about 40 characters. The purpose is
signed with the ids: a token made to view a brief cannot unsubscribe.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum

from service.errors import ExpiredTokenError, TokenError

SIGNATURE_BYTES = 16
_FOR_TOKENS = b"podbrief token"  # the same key signs nothing else in this way
_Mac = hashlib.blake2b
LONGEST_TOKEN = 200
_NO_EXPIRY = 0
_LOW_BITS = 0x7F
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_MORE = 0x80  # set on every byte of a varint but its last
_LAST = [bytes((low,)) for low in range(_MORE)]
_NOT_LAST = [bytes((low | _MORE,)) for low in range(_MORE)]


class Purpose(StrEnum):
    """What a token may be used for; a letter each, so that it costs one byte."""

    BRIEF = "b"  # ids: brief id, local date as ordinal; view in browser and the deeds on its picks
    CONFIRM = "c"  # ids: subscription id; yes, I asked for this list
    MANAGE = "m"  # ids: subscriber id, their link number; preferences and all that is theirs
    FEED = "f"  # ids: subscriber id, their feed number; the private feed of their briefs
    ADDRESS = "a"  # ids: address change id, 1 to agree or 0 to take back
    RHYTHM = "r"  # ids: subscription id; how often
    UNSUBSCRIBE = "u"  # ids: subscription id, brief id, local date as ordinal


class Signer:
    """Signs with the first key and reads with all of them, so that keys can be rotated."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or not all(keys):
            message = "a signer needs at least one key"
            raise ValueError(message)
        self._macs: dict[int, list[_Mac]] = {}  # a byte tells few keys apart: several may share it
        for key in keys:
            self._macs.setdefault(_key_id(key), []).append(_mac(key))
        self._first_id = _key_id(keys[0])
        self._first = _mac(keys[0])

    def sign(self, purpose: Purpose, *ids: int, expires_at: dt.datetime | None = None) -> str:
        """Return a token for the non-negative `ids`, good until `expires_at` or for ever."""
        return self.prepared(purpose, expires_at=expires_at).sign(*ids)

    def prepared(
        self, purpose: Purpose, *, expires_at: dt.datetime | None = None
    ) -> "PreparedSigner":
        """Return what signs many tokens that differ in nothing but their ids."""
        expiry = int(expires_at.timestamp()) if expires_at else _NO_EXPIRY
        head = bytes((self._first_id, ord(purpose))) + _varint(expiry)
        return PreparedSigner(self._first, head)

    def read(self, purpose: Purpose, token: str, *, now: dt.datetime) -> tuple[int, ...]:
        """Return the ids of a token made for `purpose`.

        Raises `TokenError` when it is not ours or not for this purpose, `ExpiredTokenError` when
        its time is over. Signatures are compared in constant time.
        """
        raw = _decode(token)
        signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not any(
            hmac.compare_digest(signature, _signature(mac, body))
            for mac in self._macs.get(body[0], ())
        ):
            raise TokenError("this link is not one of ours, or was cut short on its way")
        if body[1] != ord(purpose):
            raise TokenError("this link was made for something else")
        expiry, *ids = _varints(body[2:])
        if expiry != _NO_EXPIRY and now.timestamp() > expiry:
            raise ExpiredTokenError("this link was good for a time that is over")
        return tuple(ids)


class PreparedSigner:
    """Signs tokens of one purpose and expiry, as `Signer.sign` does, for less."""

    __slots__ = ("_begun", "_head")

    def __init__(self, mac: _Mac, head: bytes) -> None:
        self._head = head
        self._begun = mac.copy()
        self._begun.update(head)

    def sign(self, *ids: int) -> str:
        """Return a token for the non-negative `ids`."""
        return self.sign_octets(octets_of(*ids)).decode("ascii")

    def sign_octets(self, ids: bytes) -> bytes:
        """Return a token for ids that `octets_of` has written."""
        own = self._begun.copy()
        own.update(ids)
        raw = binascii.b2a_base64(own.digest() + self._head + ids, newline=False)
        return raw.translate(_URL_SAFE, b"=")


def octets_of(*ids: int) -> bytes:
    """Return non-negative ids as they stand in a token; joined, such octets are those of all."""
    return b"".join([_varint(number) for number in ids])


def _mac(key: bytes) -> _Mac:
    """Return the hash that has taken in `key` and nothing else, to be copied for each token."""
    if len(key) > hashlib.blake2b.MAX_KEY_SIZE:
        key = hashlib.blake2b(key).digest()
    return hashlib.blake2b(key=key, digest_size=SIGNATURE_BYTES, person=_FOR_TOKENS)


def _signature(mac: _Mac, body: bytes | bytearray) -> bytes:
    own = mac.copy()
    own.update(body)
    return own.digest()


def _key_id(key: bytes) -> int:
    return hashlib.sha256(b"key id" + key).digest()[0]


def _varint(number: int) -> bytes:
    last, rest = _LAST, _NOT_LAST  # most ids take three
    if number < 1 << 7:
        if number < 0:
            message = "an id in a token must be 0 or more"
            raise ValueError(message)
        return last[number]
    if number < 1 << 14:
        return rest[number & _LOW_BITS] + last[number >> 7]
    high = number >> 14
    return (
        rest[number & _LOW_BITS]
        + rest[number >> 7 & _LOW_BITS]
        + (last[high] if high < 1 << 7 else _varint(high))
    )


def _varints(raw: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in raw:
        number |= (byte & _LOW_BITS) << shift
        shift += 7
        if byte < _MORE:
            numbers.append(number)
            number, shift = 0, 0
    return numbers


def _decode(token: str) -> bytes:
    """Undo base64url strictly: exactly one spelling of each token is ours."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise TokenError("this link is not one of ours")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenError("this link is not one of ours, or was cut short on its way") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token:
        raise TokenError("this link is not one of ours")
    if len(raw) < SIGNATURE_BYTES + 3:
        raise TokenError("this link was cut short on its way")
    return raw
