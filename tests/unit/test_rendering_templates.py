"""A broken template says file, line and reason; a sound one is compiled once."""

import pytest

from service.errors import TemplateError
from service.rendering.compile import (
    compile_source,
    compile_template,
    read_files,
    template_digest,
)
from service.rendering.preview import render_sample, sample_brief
from tests.factories.rendering import FOLDER, template_files

SOUND = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>{{list_name}} {{postal_address}}</mj-text>
        <mj-text><a href="{{unsubscribe_url}}">Unsubscribe</a></mj-text>
      </mj-column>
    </mj-section>
    <mj-raw>{{#cards}}</mj-raw>
    <mj-section>
      <mj-column>
        <mj-text>{{text}}</mj-text>
      </mj-column>
    </mj-section>
    <mj-raw>{{/cards}}</mj-raw>
  </mj-body>
</mjml>
"""


def fault(**replaced: str) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        compile_source(template_files(**replaced))
    return caught.value


def test_a_small_template_is_enough():
    assert compile_source(template_files(body_mjml=SOUND)).html.card.nodes


@pytest.mark.parametrize(
    ("written", "instead", "line", "reason"),
    [
        ("{{text}}", "{{txet}}", 12, "there is no slot {{txet}}"),
        ("{{text}}", "{{text}", 12, "cannot read the mark '{{text}"),
        ("{{text}}", "{{text}}{{summary}}", 12, "{{summary}} has no value in a card"),
        ("{{text}}", "{{?why}}{{text}}{{/?}}", 12, "differs from mail to mail"),
        ("{{text}}", "{{?headline}}{{text}}", 15, "cannot close {{?headline}} of line 12"),
        ("{{text}}", "{{text}}{{/?}}", 12, "{{/?}} cannot close {{#cards}} of line 9"),
        ("{{text}}", "{{#cards}}{{text}}{{/cards}}", 12, "may stand once"),
        ("<mj-raw>{{/cards}}</mj-raw>", "", 9, "{{#cards}} is never closed"),
        ("<mj-raw>{{#cards}}</mj-raw>", "", 15, "{{/cards}} closes nothing"),
        ("{{list_name}}", "{{list_name}}{{text}}", 5, "{{text}} has no value outside the cards"),
        ("<mj-raw>{{#cards}}</mj-raw>", "{{#cards}}", 9, "Put it into <mj-raw>"),
        ("<mj-text>{{text}}", "<mj-txt>{{text}}", 12, "there is no <mj-txt> here"),
        ("</a>", "", 6, "<a> of line 6 is not closed"),
        ("</a>", "</b>", 6, "<a> of line 6 is not closed"),
        ("{{text}}", "a & b {{text}}", 12, "&amp;"),
        ("<mj-section>", '<mj-section colour="red">', 3, "<mj-section> has no attribute 'colour'"),
        ("<mj-text>", '<mj-text color="redd1">', 5, "is not a colour"),
        ("<mj-column>", '<mj-column width="{{text}}">', 4, "must be a number"),
        ("<mj-column>", "", 4, "<mj-text> may not stand in <mj-section>"),
        ("{{text}}", "<script>x</script>{{text}}", 12, "<script> may not be used in a mail"),
        ("{{text}}", "<blink>x</blink>{{text}}", 12, "<blink> is not HTML"),
        ("{{text}}", '<b onclick="x">x</b>{{text}}', 12, "'onclick' may not be used"),
        ("{{unsubscribe_url}}", "javascript:x", 6, "must begin with https://"),
        ("{{unsubscribe_url}}", "{{list_name}}", 6, "must begin with https://"),
        ("<mj-section>", "<mj-include path='x' />", 3, "there is no <mj-include> here"),
    ],
)
def test_a_fault_in_the_mjml_is_named_by_line(written: str, instead: str, line: int, reason: str):
    mended = SOUND.replace("<mj-column>", instead, 1) if written == "<mj-column>" else None
    broken = mended or SOUND.replace(written, instead, 1)
    if written == "<mj-column>" and not instead:
        broken = broken.replace("</mj-column>", "", 1)
        line += 1
    error = fault(body_mjml=broken)
    assert reason in error.reason
    assert (error.file, error.line) == ("body.mjml", line)
    assert str(error) == f"body.mjml:{line}: {error.reason}"


@pytest.mark.parametrize("slot", ["unsubscribe_url", "postal_address", "list_name"])
def test_what_the_law_asks_for_must_be_in_both_forms(slot: str):
    mark = "{{" + slot + "}}"
    error = fault(body_mjml=SOUND.replace(mark, "https://x.example"))
    assert (error.file, error.reason) == ("body.mjml", f"the slot {mark} is missing")
    error = fault(
        body_txt=template_files()["body.txt"].replace("{" + slot + "}", "x").replace("{x}", "x")
    )
    assert (error.file, error.reason) == ("body.txt", f"the slot {mark} is missing")


def test_cards_and_their_text_must_be_there():
    without = SOUND.replace("{{#cards}}", "").replace("{{/cards}}", "").replace("{{text}}", "")
    assert "the cards are missing" in fault(body_mjml=without).reason
    reason = "the slot {{text}} is missing from the cards"
    assert fault(body_mjml=SOUND.replace("{{text}}", "x")).reason == reason


def test_raw_text_in_a_wrapper_would_be_seen_by_outlook_alone():
    section = SOUND[SOUND.index("    <mj-section>") : SOUND.index("    <mj-raw>")]
    wrapped = f"    <mj-wrapper>\n<mj-raw>Hello</mj-raw>\n{section}    </mj-wrapper>\n"
    error = fault(body_mjml=SOUND.replace(section, wrapped))
    assert error.line == 4
    assert "seen by Outlook alone" in error.reason


def test_a_column_cannot_depend_on_a_condition():
    column = "<mj-raw>{{?headline}}</mj-raw><mj-column></mj-column><mj-raw>{{/?}}</mj-raw>"
    broken = SOUND.replace(
        "{{#cards}}</mj-raw>\n    <mj-section>",
        f"{{{{#cards}}}}</mj-raw>\n    <mj-section>{column}",
    )
    error = fault(body_mjml=broken)
    assert error.line == 10
    assert "a column cannot depend on a condition" in error.reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{{why}} and more", "{{why}} needs a line to itself"),
        ("{{nothing}}", "there is no slot {{nothing}}"),
        ("{{?headline}}", "{{/cards}} cannot close {{?headline}}"),
    ],
)
def test_a_fault_in_the_plain_text_is_named_by_line(line: str, reason: str):
    sound = template_files()["body.txt"]
    number = sound.split("\n").index("    {{why}}") + 1
    error = fault(body_txt=sound.replace("    {{why}}", f"    {line}"))
    closing = sound.split("\n").index("{{/cards}}") + 1
    assert error.file == "body.txt"
    assert error.line == (closing if line.startswith("{{?") else number)
    assert reason in error.reason


def test_the_preheader_belongs_to_the_html():
    error = fault(body_txt="{{preheader}}\n" + template_files()["body.txt"])
    assert (error.file, error.line) == ("body.txt", 1)


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("Good morning", "says the same every day"),
        ("{{headline}}\n{{date}}", "a subject is one line"),
        ("{{why}}", "in a subject"),
        ("{{episode_url}}", "in a subject"),
    ],
)
def test_a_subject_is_one_line_that_changes(subject: str, reason: str):
    error = fault(subject_txt=subject)
    assert error.file == "subject.txt"
    assert reason in error.reason


def test_a_sample_must_be_json():
    error = fault(sample_json='{\n  "cards": [\n}')
    assert (error.file, error.line) == ("sample.json", 3)


@pytest.mark.parametrize("name", ["body.mjml", "body.txt", "subject.txt", "sample.json"])
def test_a_missing_file_is_named(name: str):
    files = template_files()
    del files[name]
    with pytest.raises(TemplateError) as caught:
        compile_source(files)
    assert caught.value.file == name


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(TemplateError, match="there is no such template folder"):
        compile_template(tmp_path / "nowhere")


def test_a_file_that_is_not_utf8_is_named_by_line(tmp_path):
    (tmp_path / "body.mjml").write_bytes(b"one\ntwo \xff\n")
    with pytest.raises(TemplateError) as caught:
        read_files(tmp_path)
    assert (caught.value.file, caught.value.line) == ("body.mjml", 2)


def test_a_version_is_compiled_once_and_told_by_its_contents():
    files = template_files()
    assert compile_source(files) is compile_source(dict(reversed(files.items())))
    assert compile_template(FOLDER) is compile_source(files)
    changed = files | {"subject.txt": "{{list_name}}: {{headline}}"}
    assert template_digest(changed) != template_digest(files)
    assert template_digest({"a": "bc"}) != template_digest({"ab": "c"})


def test_the_sample_shows_a_full_brief():
    parts = render_sample(FOLDER).parts()
    assert parts.text.count("More like this:") == 5
    assert parts.subject == "Small models win when the question is narrow"


def test_a_sample_that_is_not_complete_says_what_is_missing():
    files = template_files(sample_json='{"masthead": {}, "cards": [], "reader": {}}')
    with pytest.raises(TemplateError, match="local_date"):
        sample_brief(files)
