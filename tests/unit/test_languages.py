"""Languages: which one is taken, and how it writes dates and numbers."""

import datetime as dt

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from service import languages
from service.languages import accepted, available, language

SUNDAY = dt.date(2026, 11, 22)


def test_english_german_spanish_and_french_are_there():
    assert set(available()) >= {"en", "de", "es", "fr"}
    assert available()[0] == "en"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [("de", "de"), ("de-AT", "de"), ("DE_at", "de"), ("xx", "en"), ("", "en"), (None, "en")],
)
def test_the_nearest_language_is_taken(wanted, code):
    assert language(wanted).code == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("ja, fr;q=0.4, es;q=0.7", "es"),
        ("en-GB,de;q=0.9", "en"),
        ("ja", "en"),
        ("de;q=x, fr", "fr"),
        ("", "en"),
        (";;;,,,", "en"),
    ],
)
def test_a_browser_gets_the_language_it_asks_for_first(header, code):
    assert accepted(header).code == code


def test_a_day_is_written_as_its_language_writes_it():
    assert language("en").day(SUNDAY) == "Sunday 22 November"
    assert language("de").day(SUNDAY) == "Sonntag, 22. November"
    assert language("fr").date(SUNDAY) == "22 novembre 2026"


def test_numbers_are_grouped_as_the_language_does():
    assert [language(code).number(37_912) for code in ("en", "de")] == ["37,912", "37.912"]


def test_a_file_is_all_a_new_language_takes(tmp_path, monkeypatch):
    catalogue = Catalog(locale="ar")
    catalogue.add("Save", "حفظ")
    with (tmp_path / "ar.po").open("wb") as file:
        write_po(file, catalogue)
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    available.cache_clear()
    languages._load.cache_clear()
    try:
        arabic = language("ar-EG")
        assert arabic.direction == "rtl"
        assert arabic.gettext("Save") == "حفظ"
    finally:
        available.cache_clear()
        languages._load.cache_clear()
