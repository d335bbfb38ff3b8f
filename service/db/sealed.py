"""Secrets that must wait in a row: encrypted, so that a copy of the store tells none of them."""

import base64
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.errors import ConfigurationError

_PURPOSE = b"podbrief sealed rows"


class Sealer:
    """Seals with the first signing key and opens with all of them, so that keys can be rotated.

    The keys of encryption are derived from those: nothing that is signed helps to open what is
    sealed, nor the reverse.
    """

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in signing_keys])

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return the secret; raise `ConfigurationError` when none of our keys opens it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise ConfigurationError(
                "a secret in the store was sealed with a key that is not set any more: "
                "put the former key into PODBRIEF_SECRET_OLD_KEYS"
            ) from error


def _derived(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(key, _PURPOSE, "sha256"))
