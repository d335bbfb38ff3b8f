"""What a catalogue says fits what it says it for."""

import re
from pathlib import Path
from typing import Any

import pytest

from service.languages import CATALOGUES
from tests.house_rules.catalogues import is_translated, kept, words

_PLACES = re.compile(r"\{\w*\}|%\(\w+\)\w|%[sd]")


def forms(said: Any) -> list[str]:
    return list(said) if isinstance(said, (tuple, list)) else [said]


def places(text: str) -> list[str]:
    return sorted(set(_PLACES.findall(text)))


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_translations_keep_the_places_of_values_and_none_is_a_guess(path: Path):
    for message in kept(path):
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        one, *many = forms(message.id)
        for said in filter(None, forms(message.string)):
            allowed = [places(text) for text in (one, *many)]
            assert places(said) in allowed, f"{message.id!r} is said as {said!r}"


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_a_catalogue_has_every_word_there_is_and_no_other(path: Path):
    """Mended by `make messages` and a translation of what is then empty."""
    owed = {(message.id, message.context) for message in words() if message.id}
    held = {(message.id, message.context): message.string for message in kept(path) if message.id}
    assert owed - held.keys() == set(), "run `make messages`"
    assert held.keys() - owed == set(), "run `make messages`"
    assert [key for key, said in held.items() if not is_translated(said)] == []
