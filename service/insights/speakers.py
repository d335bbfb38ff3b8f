"""Know a speaker again, however the name was typed."""

import unicodedata

LONGEST_KEY = 200


def speaker_key(name: str) -> str:
    """Return the folded name: case, width and blanks aside; empty for a name of blanks."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(folded.split())[:LONGEST_KEY]
