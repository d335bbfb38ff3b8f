"""A card made ready: everything all readers of an edition see the same, encoded once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from service.languages import Language, msgid
from service.rendering.clip import (
    HEADLINE,
    LONGEST_SUBJECT,
    SOURCE,
    TEXT,
    Limit,
    clipped,
    cut_to,
    link,
)
from service.rendering.compile import CompiledTemplate
from service.rendering.headers import subject_line
from service.rendering.links import card_links, page_url
from service.rendering.pieces import Pieces
from service.rendering.plain_text import set_lines
from service.rendering.quoted_printable import encode_piece
from service.rendering.slots import CARD_MARKS, EMPTY
from service.rendering.values import Card, Manner, Masthead
from service.rendering.wording import IN_ENGLISH, moment_in_words

LISTEN = msgid("listen")  # stands for the time mark of an insight that has an address but no time
_TEASER = Limit(90, 300)
_FIRST_WORDS = Limit(110, 360)


@dataclass(slots=True)
class ReadyCard:
    """The bytes of one card, and what it gives to the head of a brief that carries it."""

    html: Pieces
    text: Pieces
    topic: str
    subject: str
    subject_field: bytes
    teaser: bytes  # its share of the preheader
    first_words: bytes  # the preheader of a brief that has no second card
    around: tuple[bytes, ...] = field(init=False)  # three pieces of each, where that is all

    def __post_init__(self) -> None:
        both = self.html.around + self.text.around
        self.around = both if self.html.around and self.text.around else ()


def make_ready(
    card: Card,
    template: CompiledTemplate,
    *,
    masthead: Masthead,
    edition: Mapping[str, str],
    lang: Language,
    manner: Manner,
) -> ReadyCard:
    """Fill and encode a card; `edition` has the slots it shares with all cards, as plain text."""
    values = card_values(card, lang)
    subject = cut_to(fill_line(template, {**edition, **values}), LONGEST_SUBJECT)
    sources = {"moment": values["moment_url"], "episode": values["episode_url"]}
    base, own = masthead.public_url, card.insight_id
    plain = {
        **edition,
        **values,
        **CARD_MARKS,
        "page_url": page_url(base, own) if masthead.has_pages else "",
        **card_links(base, own, sources, manner),
    }
    safe = {name: escape(value) for name, value in plain.items()}
    return ReadyCard(
        html=Pieces(blanked(template.html.card.fill(safe))),
        text=Pieces(set_lines(template.text.card.fill(plain))),
        topic=card.topics[0] if card.topics else "",
        subject=subject,
        subject_field=subject_line(subject),
        teaser=encode_piece(escape(clipped(values["headline"] or values["text"], _TEASER))),
        first_words=encode_piece(escape(clipped(values["text"], _FIRST_WORDS))),
    )


def card_values(card: Card, lang: Language = IN_ENGLISH) -> dict[str, str]:
    """Return a card's slots as plain text, cleaned and clipped; what is missing is empty."""
    episode_url = link(card.episode_url)
    own_url = link(card.url)
    return {
        "headline": clipped(card.headline, HEADLINE),
        "text": clipped(card.text, TEXT),
        "podcast": clipped(card.podcast, SOURCE),
        "episode": clipped(card.episode, SOURCE),
        "episode_url": episode_url,
        "speaker": clipped(card.speaker, SOURCE),
        "moment": moment_in_words(card.timecode, lang) or (lang.gettext(LISTEN) if own_url else ""),
        "moment_url": own_url or episode_url,
        "card_language": card.language,
    }


def fill_line(template: CompiledTemplate, values: Mapping[str, str]) -> str:
    """Return the subject of a brief that this card leads."""
    headline = values["headline"] or cut_to(values["text"], LONGEST_SUBJECT)
    filled = blanked(template.subject.fill({**values, "headline": headline}))
    return " ".join(filled.split())


def blanked(filled: str) -> str:
    """Take the signs of empty slots out again, where no line is to be judged by them."""
    return filled.replace(EMPTY, "")
