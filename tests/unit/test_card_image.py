"""Pictures for link previews: the asked size, words that fit, never an empty box for a sign."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from service.web.public.card_image import can_write, draw_card
from service.web.public.card_store import CardStore
from service.web.public.card_words import CardWords

WORDS = CardWords("Bees count to four, and then guess", "The Copper Hour · 21 November 2026")


def opened(picture: bytes) -> Image.Image:
    return Image.open(BytesIO(picture))


@pytest.mark.parametrize(
    "words",
    [
        "Bees",
        "Bees count " * 60,
        "W" * 500,
        "Łódź, Țepeș and “quotes” — 37 %",
        "",
        "見出し",
        "🐝",
        "\x00",
    ],
)
def test_whatever_it_says_a_picture_is_whole(words):
    picture = draw_card(CardWords(words, words))
    image = opened(picture)
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(picture) < 60_000


def test_words_stay_within_the_margins():
    image = opened(draw_card(CardWords("W" * 40 + " fits " * 50, "W" * 400))).convert("RGB")
    paper = image.getpixel((2, 2))
    for x in (10, 60, 1140, 1190):
        assert {image.getpixel((x, y)) for y in range(630)} == {paper}, x


def test_a_sign_our_face_lacks_is_known_beforehand():
    assert can_write("Bees, “née” — Łódź 37 %")
    assert not can_write("見")
    assert not can_write("🐝")


def test_other_words_are_another_picture():
    assert WORDS.digest != CardWords(WORDS.words, "another").digest


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_pen(text):
    assert opened(draw_card(CardWords(text, text))).size == (1200, 630)


def test_a_picture_is_drawn_once_and_kept(tmp_path, monkeypatch):
    store = CardStore(tmp_path, most_bytes=10_000_000)
    first = store.picture(WORDS)
    monkeypatch.setattr("service.web.public.card_image.draw_card", lambda _: b"drawn again")
    assert store.picture(WORDS) == first
    assert [path.suffix for path in tmp_path.glob("*/*")] == [".png"]


def test_the_oldest_pictures_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr("service.web.public.card_image.draw_card", lambda _: b"x" * 1_000)
    monkeypatch.setattr("service.web.public.card_store._LOOK_AFTER", 2)
    store = CardStore(tmp_path, most_bytes=5_000)
    for number in range(21):
        store.picture(CardWords(str(number), ""))
    assert 0 < sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 6_000


def test_a_full_disk_takes_no_picture_from_whoever_asked(tmp_path):
    (tmp_path / "cards").write_text("a file where the folder should be")
    assert opened(CardStore(tmp_path / "cards", most_bytes=1).picture(WORDS)).size == (1200, 630)
