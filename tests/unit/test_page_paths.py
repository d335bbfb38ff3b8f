"""Paths of pages: a number that finds, words that say; whatever is typed finds a row or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.insights.page_paths import LONGEST_SLUG, id_in, insight_path, podcast_path, topic_path


@pytest.mark.parametrize(
    ("headline", "text", "path"),
    [
        ("Bees count to four, and then guess", "…", "/i/7-bees-count-to-four-and-then-guess"),
        (None, "Bees count. Then they guess.", "/i/7-bees-count-then-they-guess"),
        ("Café & Bar", "…", "/i/7-cafe-bar"),
        ("見出し", "…", "/i/7-%E8%A6%8B%E5%87%BA%E3%81%97"),
        ("!!!", "?", "/i/7"),
        ("", "", "/i/7"),
    ],
)
def test_an_insight_is_named_by_its_headline_or_else_its_first_words(headline, text, path):
    assert insight_path(7, headline, text) == path


def test_a_long_name_ends_at_a_word():
    path = podcast_path(1, "a very long name " * 20)
    assert len(path) <= len("/p/1-") + LONGEST_SLUG
    assert path.endswith(("-a", "-very", "-long", "-name"))


@given(st.text())
def test_any_headline_makes_a_path_that_is_one_segment_and_leads_back(headline):
    path = insight_path(12, headline, "words")
    assert path.isascii()
    assert path.count("/") == 2
    assert not set(path) & set("\r\n <>\"'\\?#")
    assert id_in(path.removeprefix("/i/")) == 12


@pytest.mark.parametrize("name", ["", "-", "x", "0", "-1", "1.5", "٣", "9" * 19, "9" * 400, "１"])
def test_what_names_no_row_has_no_number(name):
    assert id_in(name) is None


def test_a_topic_of_another_script_has_a_path():
    assert topic_path("ciência") == "/t/ci%C3%AAncia"
