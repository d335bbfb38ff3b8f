"""The finished message: any mail program reads back exactly what was meant."""

import datetime as dt
import re
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import NotFoundError
from service.rendering.clip import MOST_CARDS
from service.rendering.message import Content
from service.rendering.values import Card, Pick
from tests.factories.rendering import card, masthead, reader, rendered, renderer

WORDS = st.text(max_size=300)
ODD_WORDS = st.one_of(
    WORDS,
    st.sampled_from(
        [
            "",
            ".",
            "..\n.leading dots\n.",
            "From the start\nFrom again",
            "a  b\tc   d ",
            "{{text}} {{#cards}}",
            "\x10\x11\x12\x13\x14\x15\x16\x17",
            "=_brief_20261122",
            "x" * 3000,
            "\N{ARABIC LETTER ALEF}" * 900,
            "👩‍👩‍👧‍👦" * 200,
            "=3D=2E=\r\n.",
            "\ud800 half a pair",
        ]
    ),
)
CARDS = st.builds(
    card,
    insight_id=st.integers(1, 2**40),
    headline=ODD_WORDS,
    text=ODD_WORDS,
    podcast=st.none() | ODD_WORDS,
    episode=st.none() | ODD_WORDS,
    speaker=st.none() | ODD_WORDS,
    episode_url=st.none() | WORDS | st.just("https://pod.example/1?a=1&b=2"),
    url=st.none() | st.just("https://pod.example/1#t=3"),
    timecode=st.none() | st.integers(-5, 10**6),
    topics=st.lists(ODD_WORDS, max_size=3),
)
BRIEFS = st.lists(CARDS, min_size=1, max_size=7, unique_by=lambda each: each.insight_id)


def parsed(content: Content) -> EmailMessage:
    return message_from_bytes(content.wire(), policy=default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def brief_of(cards: list[Card], **changes: Any) -> Content:
    return rendered(*cards, **changes)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cards=BRIEFS, hour=st.integers(0, 23))
def test_a_mail_program_reads_the_parts_we_meant(cards: list[Card], hour: int):
    content = brief_of(cards, hour=hour)
    message = parsed(content)
    parts = content.parts()
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert body(message, "plain") == parts.text
    assert body(message, "html") == parts.html
    assert message["Subject"] == parts.subject
    assert len(parts.subject) <= 70
    assert not message.defects
    assert not [part.defects for part in message.walk() if part.defects]
    assert max(Counter(name.lower() for name in message.keys()).values()) == 1  # noqa: SIM118


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cards=BRIEFS, name=st.text('Zoë 李.="\\_', max_size=80))
def test_the_bytes_need_no_mending_on_their_way(cards: list[Card], name: str):
    wire = brief_of(cards, name=name).wire()
    wire.decode("ascii")
    assert wire.endswith(b"\r\n")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert b"\n" not in wire.replace(b"\r\n", b"")
    head, _, rest = wire.partition(b"\r\n\r\n")
    for line in rest.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"  " not in line
        assert b"\t" not in line
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cards=BRIEFS)
def test_the_same_brief_is_the_same_bytes(cards: list[Card]):
    assert brief_of(cards).wire() == brief_of(cards, attempt=3).wire()


@pytest.mark.parametrize("character", ["x", "<", "&", "'", "é", "汉", "👩‍🚀", "x ", "& "])
def test_gmail_never_cuts_the_html(character: str):
    long = character * 6000
    url = "https://pod.example/" + "&" * 136
    cards = [
        card(
            10**12 + number,
            headline=long,
            text=long,
            podcast=long,
            episode=long,
            speaker=long,
            url=url,
            episode_url=url,
            topics=[long],
        )
        for number in range(1, MOST_CARDS + 1)
    ]
    big = renderer(
        cards,
        list_name=long,
        postal_address=long,
        public_url="https://brief.a-rather-long-domain-name.example.org/news/letters",
    )
    picks = [Pick(each.insight_id, 1.0, "topic", long) for each in cards]
    parts = big.render(reader(picks, brief_id=10**12, subscription_id=10**12)).parts()
    assert len(parts.html.encode()) < 100_000
    assert parts.html.count("unsubscribe") + parts.html.count("Unsubscribe") >= 1


@pytest.mark.parametrize("count", range(1, 8))
def test_one_to_seven_cards_are_numbered_without_a_gap(count: int):
    content = renderer().render(reader(range(1, count + 1)))
    text = content.parts().text
    assert re.findall(r"^ (\d)  Headline number (\d)$", text, re.MULTILINE) == [
        (str(number), str(number)) for number in range(1, count + 1)
    ]
    html = content.parts().html
    assert re.findall(r"<h2[^>]*><a[^>]*>Headline number (\d)</a></h2>", html) == [
        str(number) for number in range(1, count + 1)
    ]


def test_a_pick_whose_insight_is_gone_is_left_out():
    parts = renderer().render(reader([777, 3, 778, 5])).parts()
    assert re.findall(r"^ (\d)  Headline number (\d)$", parts.text, re.MULTILINE) == [
        ("1", "3"),
        ("2", "5"),
    ]
    assert parts.subject == "Headline number 3"


def test_a_brief_of_nothing_is_not_a_brief():
    with pytest.raises(NotFoundError, match="81204"):
        renderer().render(reader([777]))


def test_the_preheader_is_the_second_and_third_headline():
    html = renderer().render(reader([1, 2, 3, 4])).parts().html
    hidden = html[html.index("<body") :].split("</div>", maxsplit=1)[0]
    assert hidden.endswith(">Headline number 2 · Headline number 3")


def test_a_single_card_has_its_first_words_as_preheader():
    html = renderer().render(reader([1])).parts().html
    hidden = html[html.index("<body") :].split("</div>", maxsplit=1)[0]
    assert hidden.endswith(">A finding, told in a sentence or two, number 1.")


def test_a_repeat_keeps_its_message_id_and_date():
    first = parsed(renderer().render(reader(attempt=1)))
    again = parsed(renderer().render(reader(attempt=2)))
    assert first["Message-ID"] == again["Message-ID"] == "<b.81204.20261122@brief.example.org>"
    assert first["Date"].datetime == dt.datetime(2026, 11, 22, 6, 0, 4, tzinfo=dt.UTC)
    assert first["Date"] == again["Date"]


def test_the_boundary_tells_editions_apart_and_cannot_be_in_a_body():
    first = parsed(renderer().render(reader())).get_boundary()
    other = parsed(renderer(list_slug="ten").render(reader())).get_boundary()
    assert first != other
    # "=_" is no escape of quoted-printable, so no body can hold it.
    assert str(first).startswith("=_")
    assert masthead().local_date.strftime("%Y%m%d") in str(first)
