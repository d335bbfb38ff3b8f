"""One notice: a short service mail with one link, the same bytes whenever it is rendered.

It is no list mail: no List-Id, no unsubscribe, no Precedence. Auto-Submitted keeps machines from
answering (RFC 3834).
"""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from service.languages import Language, language
from service.rendering.cards import blanked
from service.rendering.clip import LIST_NAME, LONGEST_SUBJECT, clipped, cut_to
from service.rendering.compile import CompiledTemplate, compile_notice
from service.rendering.headers import (
    ascii_domain,
    mail_date,
    mailbox,
    part_head,
    refuse_control,
    shown_mailbox,
    subject_line,
    wire_address,
)
from service.rendering.message import Content, MessageParts
from service.rendering.plain_text import set_lines
from service.rendering.quoted_printable import encode_piece
from service.rendering.slots import fill
from service.rendering.values import Letter
from service.rendering.wording import span_in_words

FOLDER_PREFIX = "notice_"
_NO_ANSWER = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))


@dataclass(slots=True)
class NoticeRenderer:
    """Renders notices; each kind's template is compiled once and kept."""

    templates: Path  # the folder of email templates
    _compiled: dict[tuple[str, str], CompiledTemplate] = field(default_factory=dict)

    def render(self, letter: Letter) -> Content:
        """Return the notice, built.

        Raises `TemplateError` for a broken template, `HeaderInjectionError` or `InputError` when
        a name or address cannot stand in a header.
        """
        lang = language(letter.language)
        key = (letter.kind, lang.code)
        if key not in self._compiled:
            folder = self.templates / f"{FOLDER_PREFIX}{letter.kind}"
            self._compiled[key] = compile_notice(folder, lang)
        template = self._compiled[key]
        plain = _values(letter, lang)
        safe = {name: escape(value) for name, value in plain.items()}
        subject = " ".join(blanked(template.subject.fill(plain)).split())
        return _Notice(
            letter,
            subject=cut_to(subject, LONGEST_SUBJECT),
            html=blanked(fill(template.html.head, safe)),
            text=set_lines(fill(template.text.head, plain)),
        )


def message_id(letter: Letter) -> str:
    """Return the Message-ID: one for a notice, the same when it is sent again."""
    _, _, domain = wire_address(letter.from_email, "the sender's address").rpartition("@")
    return f"<n.{letter.notice_id}.{letter.created_at:%Y%m%d}@{ascii_domain(domain)}>"


@dataclass(frozen=True, slots=True)
class _Notice:
    """The content of one notice's message."""

    letter: Letter
    subject: str
    html: str
    text: str

    def wire(self) -> bytes:
        letter = self.letter
        boundary = f"=_notice_{letter.notice_id}"
        sender = mailbox(letter.from_name, letter.from_email, column=6, what="the sender")
        recipient = mailbox("", letter.recipient, column=4, what="the recipient")
        fields = (
            ("Date", mail_date(letter.created_at)),
            ("From", sender),
            ("To", recipient),
            ("Message-ID", message_id(letter)),
            *_NO_ANSWER,
            ("MIME-Version", "1.0"),
            ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
        )
        head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
        return b"".join(
            (
                *(head, subject_line(self.subject), b"\r\n"),
                *(part_head(boundary, "plain"), encode_piece(self.text)),
                *(b"\r\n", part_head(boundary, "html"), encode_piece(self.html)),
                f"\r\n--{boundary}--\r\n".encode("ascii"),
            )
        )

    def for_data(self) -> bytes:
        return self.wire()

    def parts(self) -> MessageParts:
        letter = self.letter
        headers = (("Message-ID", message_id(letter)), ("Date", mail_date(letter.created_at)))
        return MessageParts(
            sender=shown_mailbox(letter.from_name, letter.from_email),
            recipient=letter.recipient,
            reply_to=None,
            subject=self.subject,
            html=self.html,
            text=self.text,
            headers=(*headers, *_NO_ANSWER),
        )


def _values(letter: Letter, lang: Language) -> dict[str, str]:
    return {
        "sender_name": clipped(letter.from_name, LIST_NAME),
        "list_name": clipped(letter.list_name, LIST_NAME),
        "site": letter.site,
        "link_url": refuse_control(letter.link_url, "the link"),
        "good_for": span_in_words(letter.expires_at - letter.created_at, lang),
        "hour": "" if letter.hour is None else lang.hour(letter.hour),
        "zone": clipped(letter.zone, LIST_NAME),
        "at_once": "yes" if letter.at_once else "",
        "language": lang.code,
        "direction": lang.direction,
    }
