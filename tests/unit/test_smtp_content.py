"""No content can end its own transaction (SMTP smuggling), whatever a server takes for an end."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sending.transports.smtp_content import fault_in

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
