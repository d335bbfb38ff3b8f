"""What is sealed in a row is opened by our keys, former ones too, and by nothing else."""

import pytest

from service.db.sealed import Sealer
from service.errors import ConfigurationError

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


def test_what_is_sealed_is_not_readable_and_comes_back_whole():
    sealer = Sealer([NEW])
    sealed = sealer.seal("a secret ü")
    assert "secret" not in sealed
    assert sealed.isascii()
    assert sealer.open(sealed) == "a secret ü"


def test_the_same_secret_is_never_sealed_alike():
    sealer = Sealer([NEW])
    assert sealer.seal("same") != sealer.seal("same")


def test_a_former_key_still_opens():
    assert Sealer([NEW, OLD]).open(Sealer([OLD]).seal("kept")) == "kept"


SOMEBODY_ELSES = Sealer([OTHER]).seal("theirs")


@pytest.mark.parametrize(
    "sealed", ["", "nonsense", SOMEBODY_ELSES], ids=["empty", "nonsense", "somebody else's"]
)
def test_what_no_key_of_ours_opens_says_what_to_set(sealed: str):
    with pytest.raises(ConfigurationError, match="PODBRIEF_SECRET_OLD_KEYS"):
        Sealer([NEW, OLD]).open(sealed)
