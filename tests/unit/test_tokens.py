"""A link opens what it was signed for, and nothing else, however it is bent."""

import base64
import datetime as dt
import hashlib
import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import ExpiredTokenError, TokenError
from service.tokens import LONGEST_TOKEN, Purpose, Signer

NOW = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
NEW, OLD, STRANGE = b"n" * 48, b"o" * 48, b"s" * 48
ids = st.lists(st.integers(0, 2**63 - 1), max_size=4)


@pytest.fixture
def signer() -> Signer:
    return Signer([NEW])


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def spelled(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


@given(ids, st.sampled_from(Purpose))
def test_it_gives_back_what_was_signed(numbers: list[int], purpose: Purpose):
    signer = Signer([NEW])
    token = signer.sign(purpose, *numbers)
    assert signer.read(purpose, token, now=NOW) == tuple(numbers)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


def test_a_briefs_token_is_short(signer: Signer):
    token = signer.sign(Purpose.BRIEF, 40_000_000, NOW.date().toordinal(), expires_at=NOW + DAY)
    assert len(token) <= 44


@pytest.mark.parametrize("purpose", Purpose)
def test_every_flipped_bit_of_every_byte_is_noticed(signer: Signer, purpose: Purpose):
    octets = raw(signer.sign(purpose, 7, 739_942, 1, expires_at=NOW + DAY))
    for place, bit in itertools.product(range(len(octets)), range(8)):
        bent = bytearray(octets)
        bent[place] ^= 1 << bit
        with pytest.raises(TokenError, match="not one of ours"):
            signer.read(purpose, spelled(bytes(bent)), now=NOW)


def test_every_other_character_in_every_place_is_noticed(signer: Signer):
    token = signer.sign(Purpose.UNSUBSCRIBE, 12, 34)
    for place, other in itertools.product(range(len(token)), "Aa0-_9=+/ .\n\0é\U0001f600"):
        bent = token[:place] + other + token[place + 1 :]
        if bent == token:
            continue
        with pytest.raises(TokenError):
            signer.read(Purpose.UNSUBSCRIBE, bent, now=NOW)


@pytest.mark.parametrize(("made_for", "used_for"), [*itertools.permutations(Purpose, 2)])
def test_a_token_serves_no_other_purpose(signer: Signer, made_for: Purpose, used_for: Purpose):
    with pytest.raises(TokenError, match="something else"):
        signer.read(used_for, signer.sign(made_for, 7), now=NOW)


def test_it_is_good_to_its_last_second_and_then_over(signer: Signer):
    token = signer.sign(Purpose.BRIEF, 7, expires_at=NOW)
    assert signer.read(Purpose.BRIEF, token, now=NOW) == (7,)
    with pytest.raises(ExpiredTokenError):
        signer.read(Purpose.BRIEF, token, now=NOW + dt.timedelta(seconds=1))


def test_without_an_end_it_is_good_for_ever(signer: Signer):
    token = signer.sign(Purpose.UNSUBSCRIBE, 7)
    assert signer.read(Purpose.UNSUBSCRIBE, token, now=NOW + 36_500 * DAY) == (7,)


def test_who_cannot_sign_is_not_told_that_a_forged_token_is_over():
    forged = Signer([STRANGE]).sign(Purpose.BRIEF, 7, expires_at=NOW - DAY)
    with pytest.raises(TokenError) as refused:
        Signer([NEW]).read(Purpose.BRIEF, forged, now=NOW)
    assert not isinstance(refused.value, ExpiredTokenError)


def test_cut_short_anywhere_it_is_refused(signer: Signer):
    token = signer.sign(Purpose.BRIEF, 7, 739_942, expires_at=NOW + DAY)
    for length in range(len(token)):
        with pytest.raises(TokenError):
            signer.read(Purpose.BRIEF, token[:length], now=NOW)
        with pytest.raises(TokenError):
            signer.read(Purpose.BRIEF, token[length:] + "A" * 40, now=NOW)


@pytest.mark.parametrize(
    "spelling",
    [
        "{}=".format,
        "{}==".format,
        "{}\n".format,
        " {}".format,
        lambda token: token.replace("-", "+").replace("_", "/"),
        lambda token: token[:-1] + chr(ord(token[-1]) + 1),  # bits that decoding throws away
    ],
    ids=["padded", "padded twice", "a line break", "a blank", "the other alphabet", "spare bits"],
)
def test_there_is_one_spelling_of_a_token_and_no_second(signer: Signer, spelling):
    for number in range(60):
        token = signer.sign(Purpose.MANAGE, number)
        other = spelling(token)
        if other == token:
            continue
        with pytest.raises(TokenError):
            signer.read(Purpose.MANAGE, other, now=NOW)


@given(st.text(max_size=LONGEST_TOKEN + 20))
def test_any_other_text_is_refused_in_a_sentence(text: str):
    with pytest.raises(TokenError, match="link"):
        Signer([NEW]).read(Purpose.BRIEF, text, now=NOW)


@given(st.binary(max_size=140))
def test_well_spelled_nonsense_is_refused(octets: bytes):
    with pytest.raises(TokenError):
        Signer([NEW]).read(Purpose.BRIEF, spelled(octets), now=NOW)


def test_a_very_long_token_is_refused_before_it_is_looked_at(signer: Signer):
    with pytest.raises(TokenError):
        signer.read(Purpose.BRIEF, "A" * 10_000_000, now=NOW)


@pytest.mark.parametrize("length", [1, 32, 64, 65, 4_000])
def test_a_key_of_any_length_counts_to_its_last_byte(length: int):
    key = b"k" * length
    token = Signer([key]).sign(Purpose.BRIEF, 7)
    assert Signer([key]).read(Purpose.BRIEF, token, now=NOW) == (7,)
    for other in (key[:-1] + b"j", key + b"k"):
        with pytest.raises(TokenError):
            Signer([other]).read(Purpose.BRIEF, token, now=NOW)


def test_the_new_key_signs_and_the_old_one_still_reads():
    before, after = Signer([OLD]), Signer([NEW, OLD])
    old_link, new_link = before.sign(Purpose.BRIEF, 7), after.sign(Purpose.BRIEF, 7)
    assert after.read(Purpose.BRIEF, old_link, now=NOW) == (7,)
    assert after.read(Purpose.BRIEF, new_link, now=NOW) == (7,)
    with pytest.raises(TokenError):
        before.read(Purpose.BRIEF, new_link, now=NOW)
    with pytest.raises(TokenError):
        Signer([NEW]).read(Purpose.BRIEF, old_link, now=NOW)


def two_keys_with_one_short_id() -> tuple[bytes, bytes]:
    seen: dict[int, bytes] = {}
    for number in range(257):
        key = f"key number {number} of a rotation, long enough".encode()
        short_id = hashlib.sha256(b"key id" + key).digest()[0]
        if short_id in seen:
            return seen[short_id], key
        seen[short_id] = key
    raise AssertionError("256 ids cannot tell 257 keys apart")


def test_keys_whose_short_ids_are_alike_can_follow_one_another():
    old, new = two_keys_with_one_short_id()
    old_link = Signer([old]).sign(Purpose.UNSUBSCRIBE, 7)

    rotated = Signer([new, old])

    assert rotated.read(Purpose.UNSUBSCRIBE, rotated.sign(Purpose.UNSUBSCRIBE, 8), now=NOW) == (8,)
    assert rotated.read(Purpose.UNSUBSCRIBE, old_link, now=NOW) == (7,)


@pytest.mark.parametrize("keys", [[], [b""], [NEW, b""]])
def test_there_is_no_signing_without_a_key(keys: list[bytes]):
    with pytest.raises(ValueError, match="at least one key"):
        Signer(keys)


def test_a_negative_id_cannot_be_signed(signer: Signer):
    with pytest.raises(ValueError, match="0 or more"):
        signer.sign(Purpose.BRIEF, -1)
