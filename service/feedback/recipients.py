"""Know an address again without keeping it: a keyed hash, in a key made for this alone."""

import hashlib
import hmac
from collections.abc import Sequence

_PURPOSE = b"recipient of a delivery event"


class RecipientMarks:
    """Marks with the first key and recognises with all, so that keys can be rotated."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, _PURPOSE, "sha256") for key in keys]

    def mark(self, address_key: str) -> str:
        """Return what stands for an address in what we store now."""
        return self.known(address_key)[0]

    def known(self, address_key: str) -> list[str]:
        """Return every mark this address may have been stored with."""
        text = address_key.encode()
        return [hmac.new(key, text, hashlib.sha256).hexdigest() for key in self._keys]
