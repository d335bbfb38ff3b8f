"""One person's brief: ready cards in their order, joined with the few bytes that are theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from service.errors import NotFoundError
from service.languages import Language, language
from service.rendering.cards import ReadyCard, blanked, make_ready
from service.rendering.clip import LIST_NAME, MOST_CARDS, NOTICE, POSTAL_ADDRESS, clipped
from service.rendering.compile import CompiledTemplate, Part
from service.rendering.fit import fit, is_fit, join_fit
from service.rendering.headers import EditionHeaders, mailbox, part_head, shown_mailbox
from service.rendering.links import DaysTokens, edition_links
from service.rendering.message import Content, MessageParts
from service.rendering.phrases import Phrases
from service.rendering.pieces import Pieces
from service.rendering.plain_text import set_lines
from service.rendering.quoted_printable import decode, encode_piece, encode_token
from service.rendering.slots import BRIEF_MARKS, Node, fill
from service.rendering.values import Card, Manner, Masthead, Pick, Reader
from service.rendering.wording import NOTES, date_in_words, next_brief
from service.selection.reasons import ReasonCode
from service.tokens import Signer

_BETWEEN_TEASERS = encode_piece(" · ")
_NUMBERS = [encode_piece(str(number)) for number in range(MOST_CARDS + 1)]
_FROM_TOPIC = str(ReasonCode.TOPIC)

Chosen = Sequence[tuple[ReadyCard, Pick]]


class BriefRenderer:
    """Renders the briefs of one edition in one manner; keeps what they share as bytes."""

    def __init__(
        self,
        template: CompiledTemplate,
        masthead: Masthead,
        cards: Mapping[int, Card],
        signer: Signer,
        manner: Manner | None = None,
    ) -> None:
        self._template = template
        self._masthead = masthead
        self._cards = cards
        self._manner = manner or Manner(language=masthead.language)
        self._tokens = DaysTokens(signer, masthead.local_date)
        self._lang = language(self._manner.language)
        self._edition = edition_values(masthead, self._lang) | {
            "note": self._lang.gettext(note) if (note := NOTES.get(self._manner.note)) else ""
        }
        self._phrases = Phrases(template.indents, self._lang)
        self._ready: dict[int, ReadyCard] = {}
        self._headers = EditionHeaders(masthead)
        plain = {**self._edition, **BRIEF_MARKS, **edition_links(masthead.public_url, self._manner)}
        safe = {name: escape(value) for name, value in plain.items()}
        boundary = self._headers.boundary
        self._html_head, self._html_tail = (
            Pieces(blanked(fill(nodes, safe))) for nodes in _ends(template.html)
        )
        self._text_head, self._text_tail = (
            Pieces(set_lines(fill(nodes, plain))) for nodes in _ends(template.text)
        )
        self._before_text = self._headers.shared() + b"\r\n" + part_head(boundary, "plain")
        self._before_text_alone = self._headers.shared(text_only=True) + b"\r\n"
        self._before_html = fit(b"\r\n" + part_head(boundary, "html"))
        self._end = fit(f"\r\n--{boundary}--\r\n".encode("ascii"))
        self._shared_is_fit = is_fit(self._before_text)  # else the sender's address is not ASCII

    def render(self, reader: Reader) -> Content:
        """Return the brief, checked but not yet built.

        A pick whose card is not there is left out, and the others are numbered without a gap.
        Raises `NotFoundError` when no card is left, `HeaderInjectionError` or `InputError` when
        the name or address of the reader cannot stand in a header.
        """
        to = mailbox(reader.name, reader.email, column=4, what="the reader")
        return _Brief(self, reader, self._chosen(reader), to)

    def subject(self, reader: Reader) -> str:
        """Return the subject: the headline of the first pick."""
        return self._chosen(reader)[0][0].subject

    def message_id(self, reader: Reader) -> str:
        """Return the Message-ID: one for a brief, the same when it is tried again."""
        return self._headers.message_id(reader)

    def wire(self, reader: Reader, chosen: Chosen, to: str) -> bytes:
        """Build the whole message: everything here is a look-up or a join.

        All its pieces were found fit when they were encoded, but for the reader's own fields.
        """
        leave = self._tokens.unsubscribe(reader)
        html, text = self._bodies(reader, chosen, leave)
        personal = self._headers.personal(reader, to, leave)
        if reader.text_only:
            return b"".join([personal, chosen[0][0].subject_field, self._before_text_alone, *text])
        pieces = [
            personal,
            chosen[0][0].subject_field,
            self._before_text,
            *text,
            self._before_html,
            *html,
            self._end,
        ]
        if self._shared_is_fit and is_fit(personal):
            return join_fit(pieces)
        return b"".join(pieces)

    def parts(self, reader: Reader, chosen: Chosen) -> MessageParts:
        """Build the message in pieces; its texts are read back from the bytes of `wire`."""
        masthead = self._masthead
        leave = self._tokens.unsubscribe(reader)
        html, text = self._bodies(reader, chosen, leave)
        return MessageParts(
            sender=shown_mailbox(masthead.from_name, masthead.from_email),
            recipient=shown_mailbox(reader.name, reader.email),
            reply_to=masthead.reply_to,
            subject=chosen[0][0].subject,
            html="" if reader.text_only else decode(b"".join(html)),
            text=decode(b"".join(text)),
            headers=self._headers.listed(reader, leave),
        )

    def _bodies(
        self, reader: Reader, chosen: Chosen, leave: str
    ) -> tuple[list[bytes], list[bytes]]:
        """Return the pieces of the HTML and of the plain text, both in quoted-printable."""
        token = encode_token(self._tokens.brief(reader))
        manage = encode_token(self._tokens.manage(reader))
        unsubscribe = encode_token(leave)
        topics = tuple([topic for card, pick in chosen if (topic := _topic_of(card, pick))])
        day_html, day_text = self._phrases.day(topics, len(chosen))
        until = next_brief(reader.frequency, reader.local_date)
        end_html, end_text = self._phrases.farewell(len(chosen), reader.hour, until)
        # In the order of pieces.MARKS; the last two change from card to card.
        html = [token, unsubscribe, manage, day_html, _preheader(chosen), end_html, b"", b""]
        text = [token, unsubscribe, manage, day_text, b"", end_text, b"", b""]
        html_pieces = self._html_head.filled(html)
        text_pieces = self._text_head.filled(text)
        why = self._phrases.why
        for number, (card, (_, _, reason, argument)) in enumerate(chosen, start=1):
            html[-2] = text[-2] = _NUMBERS[number]
            html[-1], text[-1] = why(reason, argument)
            html_pieces += card.html.filled(html)
            text_pieces += card.text.filled(text)
        html_pieces += self._html_tail.filled(html)
        text_pieces += self._text_tail.filled(text)
        return html_pieces, text_pieces

    def _chosen(self, reader: Reader) -> Chosen:
        found = [(card, pick) for pick in reader.picks if (card := self._card(pick.insight_id))]
        if not found:
            raise NotFoundError(f"brief {reader.brief_id}: none of its insights is there any more")
        return found[:MOST_CARDS]

    def _card(self, insight_id: int) -> ReadyCard | None:
        ready = self._ready.get(insight_id)
        if ready is None and (card := self._cards.get(insight_id)):
            ready = self._ready[insight_id] = make_ready(
                card,
                self._template,
                masthead=self._masthead,
                edition=self._edition,
                lang=self._lang,
                manner=self._manner,
            )
        return ready


@dataclass(slots=True)
class _Brief:
    """The content of one brief's message, built when it is asked for."""

    renderer: BriefRenderer
    reader: Reader
    chosen: Chosen
    to: str

    def wire(self) -> bytes:
        return self.renderer.wire(self.reader, self.chosen, self.to)

    def parts(self) -> MessageParts:
        return self.renderer.parts(self.reader, self.chosen)


def edition_values(masthead: Masthead, lang: Language) -> dict[str, str]:
    """Return the slots all briefs of an edition share in one language, as plain text."""
    leftwards = lang.direction == "rtl"
    return {
        "list_name": clipped(masthead.list_name, LIST_NAME),
        "date": date_in_words(masthead.local_date, lang),
        "language": lang.code,
        "direction": lang.direction,
        "start": "right" if leftwards else "left",
        "end": "left" if leftwards else "right",
        "postal_address": clipped(masthead.postal_address, POSTAL_ADDRESS),
        "third_party_notice": clipped(masthead.third_party_notice, NOTICE),
    }


def _topic_of(card: ReadyCard, pick: Pick) -> str:
    """Return what a pick is about to this reader: the topic they follow before its first."""
    return (pick.argument if pick.reason == _FROM_TOPIC else "") or card.topic


def _preheader(chosen: Chosen) -> bytes:
    """Return what an inbox shows after the subject: the second and third headline."""
    if len(chosen) == 1:
        return chosen[0][0].first_words
    return _BETWEEN_TEASERS.join([card.teaser for card, _ in chosen[1:3]])


def _ends(part: Part) -> tuple[Sequence[Node], Sequence[Node]]:
    return part.head, part.tail
