"""One person's brief: ready cards in their order, joined with the few bytes that are theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from service.errors import NotFoundError
from service.languages import Language, language
from service.rendering.cards import ReadyCard, blanked, make_ready
from service.rendering.clip import LIST_NAME, MOST_CARDS, NOTICE, POSTAL_ADDRESS, clipped
from service.rendering.compile import CompiledTemplate, Part
from service.rendering.fit import FitForData, fit, is_fit, join_fit
from service.rendering.headers import EditionHeaders, mailbox, part_head, shown_mailbox
from service.rendering.links import DaysTokens, edition_links
from service.rendering.message import Content, MessageParts
from service.rendering.phrases import Phrases
from service.rendering.pieces import TOKEN_MARK, Pieces
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

    def wire(self, reader: Reader, chosen: Chosen, to: str) -> bytes | FitForData:
        """Build the whole message: everything here is a look-up or a join.

        All its pieces were found fit when they were encoded, but for the reader's own fields.
        """
        token, manage, leave = self._tokens.of(reader)
        html, text = self._bodies(reader, chosen, manage, leave)
        personal = self._headers.personal(reader, to, leave.decode("ascii"))
        pieces = [personal, chosen[0][0].subject_field]
        if reader.text_only:
            pieces += [self._before_text_alone, *text]
        else:
            pieces += [self._before_text, *text, self._before_html, *html, self._end]
            if self._shared_is_fit and is_fit(personal):
                return join_fit(pieces, mark=TOKEN_MARK, value=encode_token(token))
        return b"".join(pieces).replace(TOKEN_MARK, encode_token(token))

    def parts(self, reader: Reader, chosen: Chosen) -> MessageParts:
        """Build the message in pieces; its texts are read back from the bytes of `wire`."""
        masthead = self._masthead
        token, manage, leave = self._tokens.of(reader)
        html, text = (
            decode(b"".join(pieces).replace(TOKEN_MARK, encode_token(token)))
            for pieces in self._bodies(reader, chosen, manage, leave)
        )
        return MessageParts(
            sender=shown_mailbox(masthead.from_name, masthead.from_email),
            recipient=shown_mailbox(reader.name, reader.email),
            reply_to=masthead.reply_to,
            subject=chosen[0][0].subject,
            html="" if reader.text_only else html,
            text=text,
            headers=self._headers.listed(reader, leave.decode("ascii")),
        )

    def _bodies(
        self, reader: Reader, chosen: Chosen, manage: bytes, leave: bytes
    ) -> tuple[list[bytes], list[bytes]]:
        """Return the pieces of the HTML and of the plain text, both in quoted-printable.

        `TOKEN_MARK` is still to be replaced in them.
        """
        own, out = encode_token(manage), encode_token(leave)
        topics = tuple(
            [
                topic
                for card, (_, _, reason, argument) in chosen
                if (topic := (argument if reason == _FROM_TOPIC else "") or card.topic)
            ]
        )  # what a pick is about to this reader: the topic they follow before its first
        count = len(chosen)
        day_html, day_text = self._phrases.day(topics, count)
        until = next_brief(reader.frequency, reader.local_date)
        end_html, end_text = self._phrases.farewell(count, reader.hour, until)
        # In the order of pieces.MARKS; the last two change from card to card.
        html = [out, own, day_html, _preheader(chosen), end_html, b"", b""]
        text = [out, own, day_text, b"", end_text, b"", b""]
        html_pieces, text_pieces = self._html_head.filled(html), self._text_head.filled(text)
        whys = self._phrases.whys
        for number, (card, (_, _, reason, argument)) in enumerate(chosen, start=1):
            why_html, why_text = whys[reason, argument]
            if card.around:
                shown = _NUMBERS[number]
                before, between, after, t_before, t_between, t_after = card.around
                html_pieces += before, shown, between, why_html, after
                text_pieces += t_before, shown, t_between, why_text, t_after
            else:
                html[-2:] = _NUMBERS[number], why_html
                text[-2:] = _NUMBERS[number], why_text
                html_pieces += card.html.filled(html)
                text_pieces += card.text.filled(text)
        html_pieces += self._html_tail.filled(html)
        text_pieces += self._text_tail.filled(text)
        return html_pieces, text_pieces

    def _chosen(self, reader: Reader) -> Chosen:
        ready = self._ready
        found = [
            (card, pick)
            for pick in reader.picks
            if (card := ready.get(pick[0]) or self._card(pick[0]))
        ]
        if not found:
            raise NotFoundError(f"brief {reader.brief_id}: none of its insights is there any more")
        return found[:MOST_CARDS]

    def _card(self, insight_id: int) -> ReadyCard | None:
        card = self._cards.get(insight_id)
        if card is None:
            return None
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
        built = self.for_data()
        return built.octets if isinstance(built, FitForData) else built

    def for_data(self) -> bytes | FitForData:
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


def _preheader(chosen: Chosen) -> bytes:
    """Return what an inbox shows after the subject: the second and third headline."""
    if len(chosen) == 1:
        return chosen[0][0].first_words
    return _BETWEEN_TEASERS.join([card.teaser for card, _ in chosen[1:3]])


def _ends(part: Part) -> tuple[Sequence[Node], Sequence[Node]]:
    return part.head, part.tail
