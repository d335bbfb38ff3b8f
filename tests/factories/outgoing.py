"""Messages to hand over, without a template or a store."""

from dataclasses import dataclass, field
from typing import Any

from service.rendering.message import MessageParts, OutgoingMessage

HEADERS = (
    ("Message-ID", "<d.1.1@example.org>"),
    ("Date", "Sat, 21 Nov 2026 07:00:00 +0000"),
    ("List-Unsubscribe", "<https://brief.example.org/u/token>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)


@dataclass
class FixedContent:
    """Content that was rendered before, in both forms."""

    octets: bytes = b"Message-ID: <d.1.1@example.org>\r\nSubject: Five\r\n\r\nHello\r\n"
    recipient: str = "Ana <ana@example.org>"
    headers: tuple[tuple[str, str], ...] = HEADERS
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def wire(self) -> bytes:
        self.asked.append("wire")
        if self.error is not None:
            raise self.error
        return self.octets

    def for_data(self) -> bytes:
        return self.wire()

    def parts(self) -> MessageParts:
        self.asked.append("parts")
        if self.error is not None:
            raise self.error
        return MessageParts(
            sender="Podbrief <brief@example.org>",
            recipient=self.recipient,
            reply_to="editor@example.org",
            subject="Five insights for you, Zoë",
            html="<p>Hello</p>",
            text="Hello",
            headers=self.headers,
        )


def message(delivery_id: int = 1, **changes: Any) -> OutgoingMessage:
    recipient = changes.pop("recipient", f"p{delivery_id}@example.org")
    fields: dict[str, Any] = {
        "delivery_id": delivery_id,
        "attempt": 1,
        "envelope_from": "brief@example.org",
        "recipient": recipient,
        "content": FixedContent(recipient=f"Ana <{recipient}>"),
    }
    return OutgoingMessage(**{**fields, **changes})


def messages(count: int) -> list[OutgoingMessage]:
    return [message(number) for number in range(1, count + 1)]


def long_content(octets: int) -> FixedContent:
    """Content of about so many octets, in lines of 76."""
    return FixedContent(b"Subject: long\r\n\r\n" + (b"x" * 74 + b"\r\n") * (octets // 76))
