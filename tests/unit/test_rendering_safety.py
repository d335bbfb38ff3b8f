"""What comes from outside is shown as text, and leads nowhere we did not mean."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest

from service.rendering.links import (
    DaysTokens,
    Deed,
    brief_url,
    deed_url,
    manage_url,
    page_url,
    pause_url,
    unsubscribe_url,
)
from service.rendering.values import Reader
from service.tokens import Purpose
from tests.factories.rendering import DATE, SIGNER, card, reader, rendered, renderer

XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = "https://brief.example.org"
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "</p></td></table><h1>Mine</h1>",
    "<!--[if mso]><b>Outlook</b><![endif]-->",
    "--><style>*{display:none}</style><!--",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "]]><![CDATA[<x>",
    "{{unsubscribe_url}}",
    "\x10sneaked\x16in",
    "<title>",
    "<plaintext>",
]
BAD_LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/x",
    "https:evil",
    "https://",
    'https://x.example/" onclick="alert(1)',
    "https://x.example/<b>",
    "https://x.example/a b",
    "http://[::1",
    "ftp://x.example/",
    "https://x.example/" + "a" * 3000,
]


def elements(html: str) -> Iterator[Element]:
    return iter(html5lib.parse(html).iter())


def tags(html: str) -> list[str]:
    return [str(element.tag) for element in elements(html)]


def shown(html: str) -> str:
    return "".join(html5lib.parse(html).itertext())


def addresses(html: str) -> list[str]:
    return [link for element in elements(html) if (link := element.get("href"))]


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_in_an_insight_is_shown_as_text(attack: str):
    fields = ("headline", "text", "podcast", "episode", "speaker")
    hostile = card(1, topics=[attack], **dict.fromkeys(fields, attack))
    html = rendered(hostile, card(2), card(3)).parts().html
    harmless = rendered(card(1), card(2), card(3)).parts().html
    assert tags(html) == tags(harmless)
    visible = re.sub(r"[\x10-\x17]+", " ", attack).strip()
    assert shown(html).count(visible) >= shown(harmless).count(visible)
    if visible:
        assert visible in shown(html)


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.isprintable()])
def test_markup_in_the_name_of_a_list_is_shown_as_text(attack: str):
    html = renderer(list_name=attack, postal_address=attack).render(reader()).parts().html
    assert tags(html) == tags(renderer().render(reader()).parts().html)
    assert attack in shown(html)


@pytest.mark.parametrize("address", BAD_LINKS)
def test_a_link_that_is_not_one_is_not_linked(address: str):
    parts = rendered(card(url=address, episode_url=address)).parts()
    assert all(link.startswith(BASE) for link in addresses(parts.html))
    assert f"    {address}\n" not in parts.text
    assert "Computing with the weather" in parts.html
    assert "at 23:41" in parts.html


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/a?b=1&c=2#t=3",
        "http://x.example",
        "mailto:pod@x.example",
        "HTTPS://X.EX/",
    ],
)
def test_a_sound_link_is_linked_as_it_is(address: str):
    parts = rendered(card(url=address, episode_url=None)).parts()
    assert address in addresses(parts.html)
    assert address in parts.text


def test_the_time_mark_leads_to_the_moment_or_else_to_the_episode():
    episode, moment = "https://pod.example/e", "https://pod.example/e#t=1421"
    assert addresses(rendered(card(episode_url=episode)).parts().html).count(episode) == 2
    both = addresses(rendered(card(episode_url=episode, url=moment)).parts().html)
    assert (both.count(episode), both.count(moment)) == (1, 1)


def tokens_of(person: Reader) -> list[str]:
    return [token.decode() for token in DaysTokens(SIGNER, person.local_date).of(person)]


def test_every_link_is_the_insights_own_or_one_of_ours():
    person = reader([1, 2])
    token, manage, leave = tokens_of(person)
    ours = {
        brief_url(BASE, token),
        manage_url(BASE, manage),
        pause_url(BASE, leave),
        unsubscribe_url(BASE, leave),
        *(page_url(BASE, number) for number in (1, 2)),
        *(deed_url(BASE, token, number, deed) for number in (1, 2) for deed in Deed),
    }
    parts = renderer().render(person).parts()
    theirs = {"https://loadfactor.example/weather"}
    assert set(addresses(parts.html)) == ours | theirs
    assert set(re.findall(r"https?://\S+", parts.text)) == ours | theirs
    assert {urlsplit(address).scheme for address in ours} == {"https"}


def test_nothing_is_fetched_when_the_mail_is_opened():
    html = renderer().render(reader([1, 2, 3, 4, 5])).parts().html
    assert not re.search(r"src=|url\(|@import|<link|<img|<script", html)


def test_tokens_open_what_they_say_and_end_when_they_say():
    person = reader([1])
    day = DATE.toordinal()
    brief, _, leave = tokens_of(person)
    moment = person.date_header
    assert SIGNER.read(Purpose.BRIEF, brief, now=moment) == (81204, day)
    assert SIGNER.read(Purpose.UNSUBSCRIBE, leave, now=moment) == (5521, 81204, day)
    assert SIGNER.read(Purpose.UNSUBSCRIBE, leave, now=moment.replace(year=2076)) == (
        5521,
        81204,
        day,
    )


def test_tables_are_for_looks_and_the_language_is_told():
    html = renderer(language="de").render(reader([1, 2])).parts().html
    tables = [element for element in elements(html) if element.tag == f"{XHTML}table"]
    assert tables
    assert {table.get("role") for table in tables} == {"presentation"}
    root = html5lib.parse(html)
    assert (root.get("lang"), root.get("dir")) == ("de", "ltr")
    headings = [tag.removeprefix(XHTML) for tag in tags(html) if re.search(r"}h\d$", tag)]
    assert headings == ["h1", "h2", "h2"]
