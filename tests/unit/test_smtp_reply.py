"""Replies are read out of any pieces, and nothing that is not a reply passes for one."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sending.transports.smtp_reply import (
    LONGEST_LINE,
    MOST_LINES,
    MalformedReplyError,
    Reply,
    ReplyReader,
    group_of,
)

WIRE = b"250-first\r\n250 second\r\n354 go ahead\r\n550 5.1.1 nobody\r\n250\r\n"
REPLIES = [
    Reply(250, "first\nsecond"),
    Reply(354, "go ahead"),
    Reply(550, "5.1.1 nobody"),
    Reply(250, ""),
]


@given(st.lists(st.integers(0, len(WIRE)), max_size=12))
def test_replies_are_the_same_however_they_are_cut(cuts):
    reader = ReplyReader()
    replies: list[Reply] = []
    for start, end in pairwise([0, *sorted(cuts), len(WIRE)]):
        replies.extend(reader.feed(WIRE[start:end]))
    assert replies == REPLIES


def test_a_bare_line_feed_ends_a_line_too():
    assert list(ReplyReader().feed(b"250 ok\n")) == [Reply(250, "ok")]


@pytest.mark.parametrize(
    "wire",
    [
        b"hello\r\n",
        b"\r\n",
        b"25\r\n",
        b"250_ok\r\n",
        b"150 early\r\n",
        b"650 late\r\n",
        b"-250 ok\r\n",
        b"250-one\r\n251 two\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"2\xb20 superscript\r\n",
        b"250 " + b"x" * LONGEST_LINE + b"\r\n",
        b"x" * (LONGEST_LINE + 1),
        b"250-x\r\n" * (MOST_LINES + 1),
    ],
)
def test_what_is_no_reply_is_refused(wire):
    with pytest.raises(MalformedReplyError):
        list(ReplyReader().feed(wire))


def test_what_stands_before_a_malformed_line_still_counts():
    replies = ReplyReader().feed(b"250 2.0.0 taken\r\nboo\r\n")
    assert next(replies).code == 250
    with pytest.raises(MalformedReplyError):
        next(replies)


@given(st.binary(max_size=400))
def test_no_octets_do_anything_but_read_or_refuse(wire):
    try:
        for reply in ReplyReader().feed(wire):
            assert 200 <= reply.code <= 599
    except MalformedReplyError:
        pass


@given(
    st.binary(max_size=80) | st.lists(st.sampled_from(WIRE.splitlines(keepends=True))).map(b"".join)
)
def test_a_group_of_replies_is_read_as_they_are_one_by_one_or_not_at_all(wire):
    group = group_of(wire)
    if group:
        assert list(ReplyReader().feed(wire)) == list(group)
    else:
        assert b"-" in wire or not re.fullmatch(rb"(?:[2-5]\d\d [^\r\n]+\r\n)+", wire)
