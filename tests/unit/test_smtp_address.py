"""An address stands in a command as it is, in A-labels, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sending.transports.smtp_address import AddressError, Path, envelope_path


@pytest.mark.parametrize(
    ("address", "octets", "needs_smtputf8"),
    [
        ("ana@example.org", b"ana@example.org", False),
        ("Ana.O'Neil+x=1@Example.ORG", b"Ana.O'Neil+x=1@Example.ORG", False),
        ("a..b@docomo.example", b"a..b@docomo.example", False),
        ("root@localhost", b"root@localhost", False),
        ("ana@[192.0.2.1]", b"ana@[192.0.2.1]", False),
        ("ana@bücher.example", b"ana@xn--bcher-kva.example", False),
        ("ana@BÜCHER.example", b"ana@xn--bcher-kva.example", False),
        ("zoë@example.org", "zoë@example.org".encode(), True),
        ("zoe\u0308@example.org", "zoë@example.org".encode(), True),
        ("用户@例子.example", "用户".encode() + b"@xn--fsqu00a.example", True),
        ("", b"", False),
    ],
)
def test_a_good_address_goes_out(address, octets, needs_smtputf8):
    assert envelope_path(address) == Path(octets, needs_smtputf8)


@pytest.mark.parametrize(
    "address",
    [
        "ana",
        "ana@",
        "@example.org",
        "ana@example..org",
        "ana@example.org.",
        "ana@-a.org",
        "ana@" + "a" * 64 + ".org",
        "a" * 65 + "@example.org",
        "a@" + ".".join(["a" * 60] * 5),
        '"ana smith"@example.org',
        "ana@exam\u200bple.org\r\n",
        "ana\u00a0x@example.org",
        "ana\u202e@example.org",
        "ana@[<evil>]",
        "ana@☃️\r\n.example",
    ],
)
def test_a_bad_address_is_refused(address):
    with pytest.raises(AddressError):
        envelope_path(address)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_address_can_end_its_command_or_add_to_it(local, domain):
    try:
        path = envelope_path(f"{local}@{domain}")
    except AddressError:
        return
    assert not set(path.octets) & set(b"\r\n\0\t <>\x7f")
    assert path.octets.decode().isprintable()


@given(st.sampled_from('\r\n\0\t <>",;:\\\x7f\u2028\u2029\u202e\u200b\x85'), st.integers(0, 15))
def test_one_unsafe_character_anywhere_is_enough(character, place):
    address = "ana@example.org"
    with pytest.raises(AddressError):
        envelope_path(address[:place] + character + address[place:])
