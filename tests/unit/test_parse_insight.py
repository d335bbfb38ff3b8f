"""A line of JSON becomes an insight, or one sentence that names the field."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InputError
from service.sources.agreement import Agreement
from service.sources.parse_insight import parse_insight

FULL: dict[str, Any] = {
    "id": "s-1",
    "headline": "Wrap stops robots",
    "text": "Loose wrap stops\nmore robots than maps do.",
    "podcast": "Gripper Hour",
    "episode": "The film problem",
    "episode_url": "https://gripper.example.com/95",
    "speaker": "Kaisa L.",
    "timecode": 610.7,
    "published_at": "2026-11-20T18:30:00+01:00",
    "topics": ["Robotics", "urban-design"],
    "url": "https://gripper.example.com/95#t=610",
    "quality": 0.9,
    "language": "en",
}


def parse(**fields: Any):
    return parse_insight(json.dumps({"text": "Something was said.", **fields}))


def test_every_field_finds_its_place():
    insight = parse_insight(json.dumps(FULL))
    assert insight.key == "s-1"
    assert insight.text == "Loose wrap stops more robots than maps do."
    assert insight.timecode == 610
    assert insight.published_at == dt.datetime(2026, 11, 20, 17, 30, tzinfo=dt.UTC)
    assert insight.topics == {"robotics": "Robotics", "urban-design": "Urban design"}
    assert (insight.quality, insight.language) == (0.9, "en")


def test_text_is_enough_and_is_the_identity_then():
    insight = parse_insight('{"text": "Only this."}')
    assert insight.key == "text-" + insight.text_hash
    assert (insight.quality, insight.language, insight.published_at) == (0.5, "en", None)
    assert insight.key == parse_insight('{"text": "only THIS"}').key


def test_null_and_blank_say_nothing():
    insight = parse(headline=None, podcast="  ", url="", topics=None, timecode=None, quality=None)
    assert (insight.headline, insight.podcast, insight.url, insight.timecode) == (None,) * 4


def test_a_time_without_zone_is_utc():
    moment = parse(published_at="2026-11-20T18:30").published_at
    assert moment == dt.datetime(2026, 11, 20, 18, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": None}, "text: is missing"),
        ({"text": " \n "}, "text: is empty"),
        ({"text": 7}, "text: must be text, not a number"),
        ({"text": "a\0b"}, "text: control character"),
        ({"text": "x" * 10_001}, "text: longer than 10000"),
        ({"headline": "a\nb"}, "headline: line break"),
        ({"podcast": "a\r\nb"}, "podcast: line break"),
        ({"speaker": ["Ann"]}, "speaker: must be text, not a list"),
        ({"podcast": "P", "episode": "a\nb"}, "episode: line break"),
        ({"episode": "E"}, "episode: stands without its podcast"),
        ({"podcast": "P", "episode_url": "https://a.example/"}, "episode_url: stands without"),
        ({"url": "javascript:alert(1)"}, "url: must begin with https"),
        ({"timecode": "610"}, "timecode: must be a number, not text"),
        ({"timecode": -1}, "timecode: must be seconds from 0"),
        ({"timecode": True}, "timecode: must be a number, not true or false"),
        ({"timecode": 10**300}, "timecode: must be seconds"),
        ({"quality": 1.01}, "quality: must be from 0 to 1"),
        ({"quality": 10**400}, "quality: must be from 0 to 1"),
        ({"quality": "high"}, "quality: must be a number"),
        ({"published_at": "yesterday"}, 'published_at: "yesterday" is not an ISO 8601 time'),
        ({"published_at": "0001-01-01T00:00+14:00"}, "published_at: the year"),
        ({"published_at": 5}, "published_at: must be text"),
        ({"topics": "AI"}, "topics: must be a list of names"),
        ({"topics": ["AI", 3]}, "topics: must be a list of names"),
        ({"topics": ["a\nb"]}, "topics: line break"),
        ({"language": "english"}, "language: "),
        ({"id": "x" * 191}, "id: longer than 190"),
        ({"headlin": "x"}, '"headlin" is not a key of an insight; did you mean headline?'),
    ],
)
def test_each_fault_names_its_field(fields: dict[str, Any], reason: str):
    with pytest.raises(InputError) as caught:
        parse(**fields)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line: is not JSON: Expecting property name"),
        ("[1]", "line: must be an object {…}, not a list"),
        ("null", "line: must be an object {…}, not null"),
        ('"text"', "line: must be an object {…}, not text"),
        ('{"text": "a", "text": "b"}', '"text" stands twice'),
        ('{"text": "a", "quality": NaN}', "line: is not JSON: NaN is no number"),
        ('{"text": "a", "timecode": ' + "9" * 5000 + "}", "line: is not JSON: Exceeds the limit"),
        ('{"text": "a", "quality": 1e999}', "quality: must be from 0 to 1"),
        ('{"text": "smile \\ud83d"}', "text: half of a character"),
        ("[" * 60_000, "line: is nested too deep"),
    ],
)
def test_what_is_no_insight_at_all_is_told_in_a_sentence(line: str, reason: str):
    with pytest.raises(InputError) as caught:
        parse_insight(line)
    assert str(caught.value).startswith(reason)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(sorted(FULL)) | st.text(), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_no_json_whatever_does_more_harm_than_an_input_error(value: Any):
    fault = ""
    try:
        assert parse_insight(json.dumps(value)).text.strip()
    except InputError as error:
        fault = str(error)
    assert len(fault.splitlines()) <= 1


def test_a_line_that_repeats_another_is_not_new_and_one_that_contradicts_it_is_refused():
    agreement = Agreement()
    assert agreement.is_new(parse(id="a", topics=["AI", "Law"]), 1)
    assert not agreement.is_new(parse(id="a", topics=["Law", "AI"]), 2)
    with pytest.raises(InputError, match="id: the same id as line 1, with other facts"):
        agreement.is_new(parse(id="a", quality=0.1), 3)
    assert agreement.is_new(parse(), 4)
    with pytest.raises(InputError, match="text: the same text as line 4, with other facts"):
        agreement.is_new(parse(speaker="Ann"), 5)


def test_two_addresses_for_one_episode_are_refused():
    agreement = Agreement()
    told = {"podcast": "P", "episode": "E"}
    assert agreement.is_new(parse(id="a", episode_url="https://a.example/", **told), 1)
    assert agreement.is_new(parse(id="b", **told), 2)
    with pytest.raises(InputError, match="episode_url: line 1 gives another for this episode"):
        agreement.is_new(parse(id="c", episode_url="https://b.example/", **told), 3)
