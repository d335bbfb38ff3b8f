"""The words around the insights: cut politely, set within 72 columns, true to what is there."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rendering.clip import Limit, clipped, cut_to, escaped_size
from service.rendering.message import MessageParts
from service.rendering.plain_text import COLUMNS, wrap
from service.rendering.quoted_printable import decode, encode_piece
from service.rendering.values import Pick
from service.rendering.why import why_line
from service.rendering.wording import (
    date_in_words,
    day_in_a_line,
    farewell,
    hour_in_words,
    moment_in_words,
    next_brief,
    within_a_sentence,
)
from tests.factories.rendering import card, reader, rendered, renderer

PIECE_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.just("\n"), max_size=300)


def source_line(parts: MessageParts) -> str:
    lines = parts.text.split("\n")
    return lines[lines.index(" 1  Headline number 1") + 4].strip()


@given(pieces=st.lists(PIECE_TEXT, max_size=6))
def test_joined_pieces_read_as_their_texts_in_a_row(pieces: list[str]):
    wire = b"".join(encode_piece(piece) for piece in pieces)
    assert decode(wire) == "".join(pieces)
    for line in wire.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"  " not in line
        line.decode("ascii")


@given(text=st.text(max_size=400), characters=st.integers(5, 90), size=st.integers(40, 200))
def test_a_cut_text_keeps_its_limits_and_begins_as_it_did(text: str, characters: int, size: int):
    cut = clipped(text, Limit(characters, size))
    assert len(cut) <= characters
    assert escaped_size(cut) <= size
    whole = clipped(text, Limit(10**6, 10**6))
    assert cut == whole or whole.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "longest", "cut"),
    [
        ("Bees vote quietly", 17, "Bees vote quietly"),
        ("Bees vote quietly", 16, "Bees vote…"),
        ("Bees, vote", 8, "Bees…"),
        ("Beeeeeeeeeees", 6, "Beeee…"),
        ("健康的蜜蜂投票", 5, "健康的蜜…"),
        ("one " + "健康" * 40, 40, "one " + "健康" * 17 + "健…"),
        ("👩‍🚀👩‍🚀👩‍🚀", 6, "👩‍🚀…"),
    ],
)
def test_a_long_text_is_cut_at_a_word(text: str, longest: int, cut: str):
    assert cut_to(text, longest) == cut


@pytest.mark.parametrize("length", range(60, 160))
def test_no_line_of_a_piece_is_longer_than_it_may_be(length: int):
    for text in ("a" * length, "é" + "a" * length, "a" * length + "é", f"a\n{'b' * length}="):
        piece = encode_piece(text)
        assert max(map(len, piece.split(b"\r\n"))) <= 76
        assert decode(piece) == text


@given(
    words=st.lists(st.text("abcdé", min_size=1, max_size=30), min_size=1), indent=st.integers(0, 8)
)
def test_wrapped_text_keeps_its_words_and_its_columns(words: list[str], indent: int):
    lines = wrap(" ".join(words), indent=indent).split("\n")
    assert " ".join(line.strip() for line in lines).split() == words
    assert all(len(line) <= COLUMNS for line in lines)
    assert all(line.startswith(" " * indent) for line in lines)


def test_the_plain_text_keeps_within_72_columns_but_for_addresses():
    long = "a finding told at length " * 12
    full = rendered(
        *(card(number, headline=long, text=long, podcast=long) for number in range(1, 6))
    )
    for line in full.parts().text.split("\n"):
        assert len(line) <= COLUMNS or "https://" in line
        assert line == line.rstrip()


def test_a_headline_hangs_from_its_number():
    text = rendered(card(headline="A headline that goes on " * 4)).parts().text
    first = text.index(" 1  A headline that goes on")
    lines = text[first:].split("\n")
    assert lines[1].startswith("    A headline") or lines[1].startswith("    ")
    assert lines[1][4] != " "


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ({}, "Load Factor · Computing with the weather · Tomasz Reiter · at 23:41"),
        ({"podcast": None}, "Computing with the weather · Tomasz Reiter · at 23:41"),
        ({"episode": None}, "Load Factor · Tomasz Reiter · at 23:41"),
        ({"speaker": None}, "Load Factor · Computing with the weather · at 23:41"),
        ({"timecode": None}, "Load Factor · Computing with the weather · Tomasz Reiter"),
        ({"podcast": None, "episode": None}, "Tomasz Reiter · at 23:41"),
        ({"podcast": None, "episode": None, "speaker": None}, "at 23:41"),
        ({"episode": None, "speaker": None, "timecode": None}, "Load Factor"),
        (
            {"timecode": None, "url": "https://pod.example/1"},
            "Load Factor · Computing with the weather · Tomasz Reiter · listen",
        ),
    ],
)
def test_what_is_missing_takes_its_separator_along(missing: dict[str, Any], line: str):
    parts = rendered(card(**missing)).parts()
    assert source_line(parts) == line
    paragraph = parts.html[parts.html.rindex("A finding, told") :].split("</p>")[1]
    words = "".join(bit.partition(">")[2] for bit in ("x>" + paragraph).split("<"))
    words = words.replace("\n", "").replace("&nbsp;&middot;", " ·").strip()
    assert line in words


def test_without_any_source_there_is_no_source_line():
    bare = card(podcast=None, episode=None, episode_url=None, speaker=None, timecode=None)
    parts = rendered(bare).parts()
    assert "·  " not in parts.text
    assert source_line(parts) == "New since your last brief"
    assert "\n\n\n" not in parts.text


def test_without_a_headline_the_number_stands_before_the_text():
    parts = rendered(card(headline="")).parts()
    assert " 1  A finding, told in a sentence or two, number 1.\n" in parts.text
    assert "<h2" not in parts.html


@pytest.mark.parametrize(
    ("topics", "count", "line"),
    [
        (["Open models", "Chips", "Bees"], 3, "Open models, chips, and one thing about bees."),
        (["Chips", "Bees", "Bees"], 3, "Chips, and two things about bees."),
        (["Chips", "Chips", "Bees"], 3, "Chips, and one thing about bees."),
        (["AI infrastructure"] * 5, 5, "Five things about AI infrastructure."),
        (["Europe"], 1, "One thing about Europe."),
        (["Bees", "Silicon Valley"], 2, "Bees, and one thing about Silicon Valley."),
        ([], 5, "Five for today."),
        ([], 1, "One finding for today."),
    ],
)
def test_the_day_in_a_line(topics: list[str], count: int, line: str):
    assert day_in_a_line(topics, count) == line


def test_the_topic_a_reader_follows_names_the_pick():
    picks = [Pick(1, 1.0, "topic", "Bees"), Pick(2, 1.0, "fresh", "")]
    text = renderer().render(reader(picks)).parts().text
    assert "Bees, and one thing about energy." in text
    assert "\n    Because you follow bees\n" in text


@pytest.mark.parametrize(
    ("topic", "inside"),
    [
        ("Open models", "open models"),
        ("AI", "AI"),
        ("iOS", "iOS"),
        ("Новости", "новости"),
        ("", ""),
    ],
)
def test_a_topic_within_a_sentence(topic: str, inside: str):
    assert within_a_sentence(topic) == inside


@pytest.mark.parametrize(
    ("code", "argument", "line"),
    [
        ("topic", "Bees", "Because you follow bees"),
        ("topic", "", ""),
        ("list_best", "The Morning Five", "The best of The Morning Five today, outside"),
        ("fresh", "", "New since your last brief"),
        ("a code of tomorrow", "x", ""),
    ],
)
def test_the_why_line_is_true_or_silent(code: str, argument: str, line: str):
    said = why_line(code, argument)
    assert said.startswith(line)
    assert bool(said) == bool(line)


def test_a_silent_why_leaves_no_line():
    text = renderer().render(reader([Pick(1, 1.0, "a code of tomorrow", "")])).parts().text
    assert "\n    \n" in text or "\n\n    Useful" in text


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (0, "midnight"),
        (7, "7"),
        (12, "noon"),
        (13, "1 in the afternoon"),
        (18, "6 in the evening"),
        (22, "10 at night"),
        (23, "11 at night"),
    ],
)
def test_hours_are_said_as_people_say_them(hour: int, words: str):
    assert hour_in_words(hour) == words


def test_the_farewell_counts_what_was_there():
    assert farewell(5, 7) == "That\u2019s five. Until tomorrow at 7."
    assert farewell(1, 0) == "Just the one today. Until tomorrow at midnight."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "at 0:00"), (1421, "at 23:41"), (3907, "at 1:05:07"), (None, ""), (-1, "")],
)
def test_time_marks(seconds: int | None, words: str):
    assert moment_in_words(seconds) == words


def test_a_date_is_said_as_people_say_it():
    assert date_in_words(dt.date(2026, 11, 22)) == "Sunday 22 November"


@pytest.mark.parametrize(
    ("frequency", "day", "words"),
    [
        ("daily", 20, "Until tomorrow at 7."),
        ("weekdays", 19, "Until tomorrow at 7."),
        ("weekdays", 20, "Until Monday at 7."),
        ("weekly", 18, "Until Saturday at 7."),
        ("weekly", 20, "Until tomorrow at 7."),
        ("weekly", 21, "Until next Saturday at 7."),
    ],
)
def test_the_last_line_names_the_day_of_the_next_brief(frequency, day, words):
    until = next_brief(frequency, dt.date(2026, 11, day))  # the 20th is a Friday
    assert farewell(5, 7, until).endswith(words)
