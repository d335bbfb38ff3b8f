"""Whoever can be handed a message has a guide that says how to set it up."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRANSPORTS = [
    path.stem
    for path in sorted((ROOT / "service" / "sending" / "transports").glob("*.py"))
    if re.search(r"^class \w+Transport\b", path.read_text("utf-8"), re.MULTILINE)
]


def test_there_are_transports():
    assert {"smtp", "postmark"} <= set(TRANSPORTS)


@pytest.mark.parametrize("provider", TRANSPORTS)
def test_a_provider_has_a_guide(provider: str):
    guide = ROOT / "docs" / "providers" / f"{provider}.md"
    assert guide.is_file(), f"write docs/providers/{provider}.md"
    assert f"PODBRIEF_{provider.upper()}_" in guide.read_text("utf-8")
