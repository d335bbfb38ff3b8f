"""Text from outside is made safe, or refused with the field and the fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import HeaderInjectionError, InputError
from service.insights.checked_text import (
    language_tag,
    nearest_hint,
    one_line,
    running_text,
    shown,
    web_address,
)


@pytest.mark.parametrize("mark", ["\r", "\n", "\r\n", "\u2028", "\x85", "\x0b"])
def test_a_line_break_in_a_name_is_refused(mark: str):
    with pytest.raises(HeaderInjectionError, match="headline: line break"):
        one_line(f"Good{mark}Bcc: all@example.org", field="headline", longest=300)


@pytest.mark.parametrize("mark", ["\0", "\t", "\x1b", "\x7f", "\x9b"])
def test_a_control_character_in_a_name_is_refused(mark: str):
    with pytest.raises(HeaderInjectionError, match=r"name: control character \(U\+00"):
        one_line(f"Ann{mark}", field="name", longest=300)


def test_half_a_surrogate_pair_is_refused_before_it_reaches_the_store():
    with pytest.raises(InputError, match=r"name: half of a character \(U\+D83D\)"):
        one_line("smile \ud83d", field="name", longest=300)


def test_names_keep_their_letters_and_lose_stray_blanks():
    assert one_line("  Zoe\u0308  Ķīlis 🎧 ", field="name", longest=20) == "Zoë Ķīlis 🎧"


def test_a_name_that_is_too_long_says_how_long_it_may_be():
    with pytest.raises(InputError, match="name: longer than 5 characters"):
        one_line("abcdef", field="name", longest=5)


def test_line_breaks_in_running_text_become_blanks_and_markup_stays_text():
    text = running_text("One.\r\n\r\nTwo,\tthree <b>bold</b>.", field="text", longest=100)
    assert text == "One. Two, three <b>bold</b>."


def test_a_nul_in_running_text_is_refused():
    with pytest.raises(InputError, match="text: control character"):
        running_text("a\0b", field="text", longest=100)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,hello",
        "//example.org/path",
        "example.org/path",
        "https://",
        "https:///path",
        "ftp://example.org",
        'https://example.org/"onclick="x',
        "https://example.org/<script>",
        "https://example.org/a b",
        "https://user:secret@example.org/",
        "https://@example.org/",
        "https://[::1/",
        "https://example.org:port/",
        "https://example.org/\n",
        "https://example.org/\\evil",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_what_is_no_safe_web_address_is_refused(address: str):
    with pytest.raises(InputError, match=r"^url: "):
        web_address(address + "x" if address.endswith("\n") else address, field="url")


def test_web_addresses_become_ascii():
    address = web_address(" https://Bücher.example:8080/tête?q=ä%20b#é ", field="url")
    assert address == "https://xn--bcher-kva.example:8080/t%C3%AAte?q=%C3%A4%20b#%C3%A9"


def test_a_plain_web_address_stays_as_it_is():
    address = "http://Example.org/a/b;c=1?x=1&y=%41#t=610"
    assert web_address(address, field="url") == address


def test_language_tags_are_checked():
    assert language_tag(" EN ") == "en"
    assert language_tag("pt-BR") == "pt-BR"
    for wrong in ("", "english", "e", "en_GB", "en-", "en\n", "zh-Hant-HK-x-private"):
        with pytest.raises(InputError, match=r"^language: "):
            language_tag(wrong + "" if wrong != "en\n" else "en\nx")


def test_the_nearest_known_word_is_named():
    assert nearest_hint("headlin", ["text", "headline"]) == "; did you mean headline?"
    assert nearest_hint("zzz", ["text", "headline"]) == ""


def test_a_strangers_word_cannot_steer_the_terminal():
    assert "\x1b" not in shown("\x1b[2Jwiped")
    assert len(shown("long " * 100)) < 50


@given(st.text())
def test_whatever_passes_as_one_line_is_one_line(value: str):
    try:
        line = one_line(value, field="name", longest=1000)
    except InputError:
        return
    assert len(line.splitlines()) <= 1
    assert line.isprintable() or not any(ord(letter) < 32 for letter in line)
    line.encode("utf-8")  # the store takes it
