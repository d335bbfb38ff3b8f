"""Tell whether two insights say the same in the same words: a hash that overlooks case and points.

Pure. Letters, digits, accents and signs count; capitals, punctuation and blanks do not.
"""

import hashlib
import unicodedata

_HASH_BYTES = 16


class _Folding(dict[int, str]):
    """Fills itself: each character is looked up in Unicode's tables once a process."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = " " if unicodedata.category(character)[0] in "PZC" else character
        self[code] = kept
        return kept


_FOLDING = _Folding()


def text_hash(text: str) -> str:
    """Return 32 hexadecimal digits, equal for texts that differ in case, points and blanks only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = " ".join(folded.translate(_FOLDING).split())
    # a text of punctuation alone still needs a name of its own
    return hashlib.blake2b((words or text).encode("utf-8"), digest_size=_HASH_BYTES).hexdigest()
