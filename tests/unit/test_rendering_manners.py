"""The ways in which briefs of one edition differ: text alone, tracked, copied, with a note."""

import re
from email import policy
from email.parser import BytesParser

import pytest

from service.audience.fatigue_models import FooterNote
from service.rendering.compile import read_files
from service.rendering.voices import Voices
from service.sending.canaries import fault_in
from service.sending.compose import compose
from tests.factories.rendering import FOLDER, SIGNER, card, masthead, reader

BASE = "https://brief.example.org"
SOURCE = "https://loadfactor.example/weather"


def voices(*, are_copies: bool = False, **changes) -> Voices:
    cards = {number: card(number) for number in range(1, 6)}
    return Voices(
        read_files(FOLDER),
        masthead(**changes),
        cards,
        SIGNER,
        template="daily_brief",
        are_copies=are_copies,
    )


def test_whoever_wants_text_gets_nothing_else():
    content = voices().render(reader([1, 2], text_only=True))
    mail = BytesParser(policy=policy.default).parsebytes(content.wire())
    assert mail.get_content_type() == "text/plain"
    assert not mail.is_multipart()
    assert mail.get_content().replace("\r\n", "\n") == content.parts().text
    assert content.parts().html == ""
    assert "Headline number 2" in mail.get_content()


def test_a_brief_of_text_alone_passes_for_sound():
    message = compose(voices(), reader([1, 2], text_only=True), 1, "five@brief.example.org")
    assert fault_in(message) is None


def test_without_leave_sources_are_linked_as_they_are_and_nothing_is_fetched():
    parts = voices().render(reader([1])).parts()
    assert SOURCE in parts.html
    assert "open.gif" not in parts.html
    assert "/source" not in parts.html + parts.text


def test_with_leave_the_way_to_a_source_leads_through_us():
    parts = voices().render(reader([1], may_track=True)).parts()
    assert SOURCE not in parts.html + parts.text
    assert re.search(rf"{BASE}/b/[\w-]+/1/source", parts.html)
    assert re.search(rf"{BASE}/b/[\w-]+/1/episode", parts.html)
    assert parts.html.count("<img") == 1


def test_a_copy_is_never_tracked_and_opens_nothing_of_its_readers():
    parts = voices(are_copies=True).render(reader([1], may_track=True)).parts()
    assert SOURCE in parts.html
    assert "open.gif" not in parts.html
    assert not re.search(rf"{BASE}/(u|me)/", parts.html + parts.text)


@pytest.mark.parametrize("note", list(FooterNote))
def test_a_note_at_the_foot_leads_to_the_page_that_takes_the_answer(note: FooterNote):
    shared = voices()
    parts = shared.render(reader([1], note=note)).parts()
    assert re.search(rf"{BASE}/u/[\w-]+/rhythm", parts.html)
    assert re.search(rf"{BASE}/u/[\w-]+/rhythm", parts.text)
    assert "rhythm" not in shared.render(reader([1])).parts().html


def test_the_lists_own_notice_takes_the_place_of_ours():
    own = voices(third_party_notice="Excerpts belong to their owners.").render(reader([1])).parts()
    assert "Excerpts belong to their owners." in own.html
    assert "Excerpts belong to their owners." in own.text
    assert "The summaries are ours" not in own.html


def test_insights_of_a_list_without_pages_lead_to_none():
    assert f"{BASE}/i/1" in voices().render(reader([1])).parts().html
    assert "/i/1" not in voices(has_pages=False).render(reader([1])).parts().html


def test_a_podcast_that_is_not_named_cannot_be_muted():
    cards = {1: card(1, podcast=None)}
    nameless = Voices(read_files(FOLDER), masthead(), cards, SIGNER, template="x")
    parts = nameless.render(reader([1])).parts()
    assert "/mute" not in parts.html + parts.text


def test_the_fullest_brief_stays_under_what_gmail_shows():
    long = "A finding told at length, with ümlauts & more <of> it. " * 40
    cards = {
        n: card(n, headline=long, text=long, podcast=long, episode=long, speaker=long)
        for n in range(1, 8)
    }
    files = read_files(FOLDER)
    full = Voices(files, masthead(third_party_notice=long), cards, SIGNER, template="x")
    content = full.render(reader(range(1, 8), may_track=True, note="offer_weekly", language="de"))
    assert len(content.parts().html.encode()) < 102_000
