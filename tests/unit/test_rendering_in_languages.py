"""A brief in its reader's language: every word of ours, its dates, and the way it is written."""

from pathlib import Path

import pytest

from service import languages
from service.config import TEMPLATES
from service.errors import TemplateError
from service.languages import language
from service.rendering.compile import read_files
from service.rendering.preview import render_sample
from service.rendering.speak import aligned, spoken, words_of
from service.rendering.values import Pick
from service.rendering.voices import Voices
from tests.factories.rendering import FOLDER, SIGNER, card, masthead, reader

EMAILS = TEMPLATES / "email"
ARABIC = """
msgid ""
msgstr ""
"Language: ar\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 :"
" n%100>=11 && n%100<=99 ? 4 : 5);\\n"

msgid "Unsubscribe"
msgstr "إلغاء الاشتراك"
"""


def voices(**changes) -> Voices:
    cards = {number: card(number) for number in range(1, 6)}
    return Voices(read_files(FOLDER), masthead(**changes), cards, SIGNER, template="daily_brief")


@pytest.fixture
def arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "ar.po").write_text(ARABIC, encoding="utf-8")
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    languages.available.cache_clear()
    yield
    languages.available.cache_clear()
    languages._load.cache_clear()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", ["Sonntag, 22. November", "Nützlich", "Das waren zwei. Bis morgen", "bei 23:41"]),
        ("fr", ["dimanche 22 novembre", "Utile", "À demain", "à 23:41"]),
        ("es", ["domingo, 22 de noviembre", "Útil", "Hasta mañana", "en 23:41"]),
        (
            "en",
            ["Sunday 22 November", "Useful", "That\u2019s two. Until tomorrow at 7.", "at 23:41"],
        ),
    ],
)
def test_a_reader_is_spoken_to_in_their_language(code: str, words: list[str]):
    parts = voices().render(reader([1, 2], language=code)).parts()
    for said in words:
        assert said in parts.text
        assert said in parts.html
    assert f'lang="{code}"' in parts.html


def test_the_why_line_is_said_in_it_too():
    picks = [Pick(1, 1.0, "topic", "Bienen")]
    text = voices().render(reader(picks, language="de-AT")).parts().text
    assert "Weil Sie Bienen verfolgen" in text
    assert "Eine Erkenntnis zu Bienen." in text


def test_whoever_speaks_none_of_ours_is_spoken_to_as_the_list_does():
    parts = voices(language="fr").render(reader([1], language="nl")).parts()
    assert "Se désabonner" in parts.text


def test_readers_of_one_language_share_what_is_ready():
    shared = voices()
    assert shared.of("de") is shared.of("de-CH")
    assert shared.of("de") is not shared.of("en")
    assert shared.of("nl") is shared.of("en")


def test_a_language_written_from_the_right_is_set_so(arabic):
    parts = voices().render(reader([1], language="ar")).parts()
    assert 'dir="rtl"' in parts.html
    assert "إلغاء الاشتراك" in parts.html
    assert "إلغاء الاشتراك" in parts.text


@pytest.mark.parametrize("folder", sorted(EMAILS.iterdir()), ids=lambda folder: folder.name)
@pytest.mark.parametrize("code", languages.available())
def test_every_mail_can_be_made_in_every_language(folder: Path, code: str):
    parts = render_sample(folder, code).parts()
    assert "{{" not in parts.subject + parts.text + parts.html
    assert f'lang="{code}"' in parts.html


def test_words_are_found_with_their_line_and_their_slots():
    found = list(words_of("a\n{{_ You & {list_name}}} {{list_name}}", is_markup=False))
    assert found == [(2, "You & {list_name}")]
    assert list(words_of("{{_ Fish &amp; chips}}", is_markup=True)) == [(1, "Fish & chips")]


def test_translated_words_are_markup_in_no_place(monkeypatch):
    lang = language("en")
    monkeypatch.setattr(lang, "gettext", lambda words: f"<b>{words}</b> & {{date}}")
    said = spoken({"body.mjml": "{{_ Save}}", "body.txt": "{{_ Save}}"}, lang)
    assert said["body.mjml"] == "&lt;b&gt;Save&lt;/b&gt; &amp; {{date}}"
    assert said["body.txt"] == "<b>Save</b> & {{date}}"


def test_addresses_stand_in_one_column_whatever_their_labels():
    lines = "  Save: {{save_url}}\n  More of it: {{more_url}}\n\nView: {{view_url}}"
    assert aligned(lines).split("\n") == [
        "  Save:        {{save_url}}",
        "  More of it:  {{more_url}}",
        "",
        "View:  {{view_url}}",
    ]


def test_words_that_name_an_unknown_slot_are_refused():
    files = read_files(FOLDER)
    files["body.txt"] += "{{_ For {nobody}}}\n"
    with pytest.raises(TemplateError, match=r"there is no slot \{\{nobody\}\}"):
        Voices(files, masthead(), {}, SIGNER, template="x")
