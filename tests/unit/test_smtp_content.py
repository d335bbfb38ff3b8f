"""No content can end its own transaction (SMTP smuggling), whatever a server takes for an end."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rendering.fit import FitForData, fit, is_fit, join_fit
from service.sending.transports.smtp_content import fault_in
from tests.factories.rendering import card, reader, renderer

BREAKS = [b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r"]
ANY_END_OF_DATA = re.compile(rb"(?:^|[\r\n])\.(?:[\r\n]|$)")
PAYLOAD = b"MAIL FROM:<eve@example.org>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\nboo\r\n"


def test_honest_content_passes():
    assert fault_in(b"Subject: 1.5 hours\r\n\r\nThe end.\r\n\tindented . dots ...\r\n") is None


@pytest.mark.parametrize("before", BREAKS)
@pytest.mark.parametrize("after", BREAKS)
def test_no_form_of_the_end_of_data_passes(before, after):
    content = b"Subject: x\r\n\r\nHello" + before + b"." + after + PAYLOAD
    assert fault_in(content) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n.\r\n",
        b".\r\n",
        b".leading\r\n",
        b"no end",
        b"only LF\n",
        b"half\r",
        "ümlaut\r\n".encode(),
        b"a\r\n..stuffed twice\r\n",
    ],
)
def test_content_that_is_not_its_own_wire_form_is_refused(content):
    assert fault_in(content) is not None


@given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"x", b" ", b"\t"]), max_size=60))
def test_whatever_passes_holds_no_end_of_data(pieces):
    content = b"".join(pieces) + b"\r\n"
    if fault_in(content) is None:
        assert not ANY_END_OF_DATA.search(content)
        assert not re.search(rb"(?:^|[\r\n])\.", content)


ODD_PIECES = st.lists(
    st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"=\r\n", b"x", b" ", b"\xff"]), max_size=8
).map(b"".join)


@given(st.lists(ODD_PIECES, max_size=12), st.permutations(range(12)))
def test_no_join_of_fit_pieces_holds_a_line_that_begins_with_a_dot(pieces, order):
    looked_at = [piece for piece in (pieces * 12)[:12] if is_fit(piece)]
    joined = b"".join(looked_at[place] for place in order if place < len(looked_at))
    assert not re.search(rb"(?:^|[\r\n])\.", joined)
    assert not joined or fault_in(joined) is None


@given(ODD_PIECES)
def test_a_piece_is_fit_exactly_when_it_would_pass_as_a_message(piece):
    assert is_fit(piece) is (not piece or fault_in(piece) is None)


@pytest.mark.parametrize("piece", [b".\r\n", b"x\n.\r\n", b"x\r.\r\n", b"x", b"\xc3\xa9\r\n"])
def test_a_piece_that_is_not_fit_is_refused_when_it_is_made_ready(piece):
    with pytest.raises(ValueError, match="leading dots"):
        fit(piece)


def test_a_rendered_brief_carries_the_proof_and_would_pass_without_it():
    content = renderer([card(text=".\n..\n. dots"), card(2, headline=". . .")]).render(
        reader([1, 2])
    )
    proved = content.for_data()
    assert isinstance(proved, FitForData)
    assert proved.octets == content.wire()
    assert fault_in(proved.octets) is None


def test_a_name_or_address_beyond_ascii_before_its_at_sign_goes_the_long_way():
    person = reader(email="zo\u00eb@example.org")
    wire = renderer().render(person).for_data()
    assert not isinstance(wire, FitForData)
    assert fault_in(wire) is not None
    assert fault_in(wire, may_be_utf8=True) is None


def test_the_proof_is_of_these_octets_and_no_others():
    proved = join_fit([fit(b"Subject: x\r\n"), fit(b"\r\nHello\r\n")])
    with pytest.raises(AttributeError):
        proved.octets = b".\r\n"  # type: ignore[misc]
    assert fault_in(proved) is None
    assert fault_in(proved.octets + b".\r\n") is not None


@given(st.lists(st.sampled_from([b"", b"x\r\n", b"=\r\n"]), min_size=1), st.binary(max_size=4))
def test_a_value_put_in_for_its_mark_keeps_the_message_fit(pieces, octets):
    value = octets.hex().encode() + b"=\r\n"
    whole = join_fit([b"\x10".join(pieces), fit(b"end\r\n")], mark=b"\x10", value=value)
    assert is_fit(value)
    assert fault_in(whole.octets) is None


def test_only_one_place_in_the_code_gives_the_proof():
    root = Path(__file__).parents[2]
    makers = [
        path.relative_to(root).as_posix()
        for folder in ("service", "workers")
        for path in (root / folder).rglob("*.py")
        if "FitForData(" in path.read_text(encoding="utf-8")
    ]
    assert makers == ["service/rendering/fit.py"]
