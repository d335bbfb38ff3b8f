"""The header of a brief: what an edition shares is made once, a person's few lines each time.

Which fields and why: RFC 5322 for the letter itself, RFC 2369 and 2919 for the list, RFC 8058 for
the one-click unsubscribe, RFC 3834 so that nobody's machine answers. No value that holds a line
break or another control character is ever written.
"""

import datetime as dt
import hashlib
import re
from functools import lru_cache
from urllib.parse import quote

import idna

from service.errors import HeaderInjectionError, InputError
from service.rendering.clip import LIST_NAME, clipped
from service.rendering.encoded_words import LONGEST_LINE, encode_phrase, encode_text, quoted
from service.rendering.fit import fit
from service.rendering.links import help_url, unsubscribe_url
from service.rendering.values import Masthead, Reader
from service.rendering.wording import DAYS, MONTHS

_BREAK = "\r\n "
_NEXT = f",{_BREAK}"
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]+@[^\s<>()\[\],;:\\\"@]+")
# Most names and addresses need none of the care below; a look is cheaper than the care.
_EASY_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_EASY_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_ONE_LINE = LONGEST_LINE - len('"" <>')
_NAME_THEN_ADDRESS = "{}{}<{}>"


def refuse_control(value: str, what: str) -> str:
    """Return `value`; raise `HeaderInjectionError` when it could end its header line (CWE-93)."""
    found = _UNWRITABLE.search(value)
    if found:
        raise HeaderInjectionError(f"{what} holds the control character {found[0]!r}")
    return value


def wire_address(address: str, what: str) -> str:
    """Return an address with its domain in ASCII; the local part stays as it is.

    Raises `HeaderInjectionError` for control characters, `InputError` when it is not an address.
    """
    if not _ADDRESS.fullmatch(refuse_control(address, what)):
        raise InputError(f"{what} is not an address: {address!r}")
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """Return a domain as DNS knows it (RFC 5891)."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise InputError(f"{domain!r} is not a domain name: {error}") from error


def mailbox(name: str, address: str, *, column: int, what: str) -> str:
    """Return a name and address for a header line, folded when it is long."""
    short = column + len(name) + len(address) < _ONE_LINE
    if not _EASY_ADDRESS.fullmatch(address):
        address = wire_address(address, f"the address of {what}")
    elif short and _EASY_NAME.fullmatch(name):
        return f'"{name}" <{address}>'
    if not refuse_control(name, f"the name of {what}").strip():
        return address
    phrase = encode_phrase(" ".join(name.split()), column=column)
    long = column + len(phrase) + len(address) + 3 > LONGEST_LINE
    return _NAME_THEN_ADDRESS.format(phrase, _BREAK if long else " ", address)


def shown_mailbox(name: str, address: str) -> str:
    """Return a name and address in Unicode, for providers that encode it themselves."""
    return f"{quoted(' '.join(name.split()))} <{address}>" if name.strip() else address


def subject_line(subject: str) -> bytes:
    """Return the whole Subject field."""
    text = encode_text(refuse_control(subject, "the subject"), column=len("Subject: "))
    return fit(f"Subject: {text}\r\n".encode("ascii"))


@lru_cache(maxsize=4096)
def mail_date(moment: dt.datetime) -> str:
    """Return a moment as RFC 5322 writes it; whatever the locale, in English."""
    utc = moment.astimezone(dt.UTC)
    day, month = DAYS[utc.weekday()][:3], MONTHS[utc.month - 1][:3]
    return f"{day}, {utc.day:02d} {month} {utc.year} {utc:%H:%M:%S} +0000"


def part_head(boundary: str, kind: str) -> bytes:
    """Return what stands before the body of one part of a message."""
    head = (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return fit(head.encode("ascii"))


class EditionHeaders:
    """The header fields of one edition."""

    def __init__(self, masthead: Masthead) -> None:
        self._masthead = masthead
        _, _, domain = wire_address(masthead.from_email, "the sender's address").rpartition("@")
        self._domain = ascii_domain(domain)
        self._day = _compact(masthead.local_date)
        refuse_control(masthead.list_slug, "the list's slug")
        refuse_control(masthead.list_name, "the list's name")
        refuse_control(masthead.public_url, "the public URL")
        if masthead.unsubscribe_mailto:
            wire_address(masthead.unsubscribe_mailto, "the unsubscribe address")
        self.boundary = f"=_brief_{self._day}_{_short_hash(masthead.list_slug)}"
        self._shared = self._shared_fields()
        self._around_tokens = self.unsubscribe_field("\0", between=_NEXT).split("\0")

    def shared(self, *, text_only: bool = False) -> bytes:
        """Return the fields, From to the last, that all briefs of the edition have."""
        masthead = self._masthead
        sender = mailbox(masthead.from_name, masthead.from_email, column=6, what="the sender")
        fields = {"From": sender}
        if masthead.reply_to:
            fields["Reply-To"] = wire_address(masthead.reply_to, "the reply address")
        name = encode_phrase(clipped(masthead.list_name, LIST_NAME), column=9)
        fields["List-Id"] = f"{name}{_BREAK}<{self._list_id()}>"
        fields |= self._shared
        fields["MIME-Version"] = "1.0"
        if text_only:
            fields["Content-Type"] = "text/plain; charset=utf-8"
            fields["Content-Transfer-Encoding"] = "quoted-printable"
        else:
            fields["Content-Type"] = f'multipart/alternative;{_BREAK}boundary="{self.boundary}"'
        return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode("utf-8")

    def personal(self, reader: Reader, to: str, token: str) -> bytes:
        """Return the fields that differ from brief to brief, but for the subject."""
        return (
            f"Date: {mail_date(reader.date_header)}\r\n"
            f"To: {to}\r\n"
            f"Message-ID: {self.message_id(reader)}\r\n"
            f"List-Unsubscribe: {token.join(self._around_tokens)}\r\n"
        ).encode()

    def message_id(self, reader: Reader) -> str:
        """Return the Message-ID: one for a brief, the same when it is tried again."""
        return f"<b.{reader.brief_id}.{_compact(reader.local_date)}@{self._domain}>"

    def unsubscribe_field(self, token: str, *, between: str = ", ") -> str:
        """Return List-Unsubscribe: the address first, the mailbox only where somebody reads it."""
        field = f"<{unsubscribe_url(self._masthead.public_url, token)}>"
        if self._masthead.unsubscribe_mailto:
            address = quote(self._masthead.unsubscribe_mailto, safe="@+.-_")
            field += f"{between}<mailto:{address}?subject=unsubscribe%20{token}>"
        return field

    def listed(self, reader: Reader, token: str) -> tuple[tuple[str, str], ...]:
        """Return the fields that a provider does not make itself, in Unicode and unfolded."""
        name = quoted(clipped(self._masthead.list_name, LIST_NAME))
        return (
            ("Message-ID", self.message_id(reader)),
            ("Date", mail_date(reader.date_header)),
            ("List-Id", f"{name} <{self._list_id()}>"),
            ("List-Unsubscribe", self.unsubscribe_field(token)),
            *self._shared.items(),
        )

    def _shared_fields(self) -> dict[str, str]:
        masthead = self._masthead
        fields: dict[str, str] = {}
        if masthead.public_url.startswith("https://"):
            fields["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        sender_id = re.sub(r"[^a-z0-9]", "", self._domain.lower())[:15].ljust(5, "0")
        return fields | {
            "List-Help": f"<{help_url(masthead.public_url)}>",
            "Feedback-ID": f"{masthead.list_slug}:{self._day}:brief:{sender_id}",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
            "X-Auto-Response-Suppress": "All",
        }

    def _list_id(self) -> str:
        return f"{self._masthead.list_slug}.{self._domain}"


@lru_cache(maxsize=64)
def _compact(date: dt.date) -> str:
    return f"{date:%Y%m%d}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:10]
