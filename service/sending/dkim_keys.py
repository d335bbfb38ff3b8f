"""The private key of DKIM: made, kept in a file of its own, loaded once, and its record in DNS."""

import base64
import os
import re
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from service.config import Settings
from service.errors import ConfigurationError, InputError
from service.sending.dkim import DkimSigner

KEY_BITS = 2048  # RFC 8301: sign with at least that; longer ones do not fit every DNS panel
_PUBLIC_EXPONENT = 65537
_LONGEST_STRING = 255  # octets of one string of a TXT record, RFC 1035 3.3
_LABELS = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


def signer_of(settings: Settings) -> DkimSigner | None:
    """Return what signs our mails, or None: nothing is set, or the provider signs itself.

    Loading a key takes tens of milliseconds: once a process. Raises `ConfigurationError` when the
    settings are not complete or the file holds no usable key.
    """
    dkim = settings.dkim
    given = (dkim.domain, dkim.selector, dkim.key_file)
    if settings.postmark.token is not None or not any(given):
        return None
    if dkim.domain is None or dkim.selector is None or dkim.key_file is None:
        raise ConfigurationError(
            "PODBRIEF_DKIM_DOMAIN, PODBRIEF_DKIM_SELECTOR and PODBRIEF_DKIM_KEY_FILE go together: "
            "set all three or none"
        )
    return DkimSigner(dkim.domain, dkim.selector, load_key(dkim.key_file))


def make_key(path: Path) -> rsa.RSAPrivateKey:
    """Make a key and write it to a file that only its owner reads.

    Raises `InputError` when the file exists: a key in use is not to be lost.
    """
    key = rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=KEY_BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise InputError(f"{path} exists: name another file, nothing was overwritten") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    return key


def load_key(path: Path) -> rsa.RSAPrivateKey:
    """Read a key; raises `ConfigurationError` when it cannot be used."""
    how = "make one with `podbrief dkim new`, or see PODBRIEF_DKIM_KEY_FILE"
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(
            f"the DKIM key {path} cannot be read ({error.strerror}): {how}"
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            f"{path} holds no private key in PEM without a password: {how}"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
        raise ConfigurationError(f"{path}: DKIM needs an RSA key of {KEY_BITS} bits or more: {how}")
    return key


def record_name(domain: str, selector: str) -> str:
    """Return the name of the TXT record; raises `InputError` when it can be none."""
    for what, given in (("domain", domain), ("selector", selector)):
        if not _LABELS.fullmatch(given):
            raise InputError(f"{what}: {given!r} is no DNS name (an IDN goes as xn--…)")
    return f"{selector}._domainkey.{domain}".lower()


def record_value(key: rsa.RSAPrivateKey) -> str:
    """Return the text of the TXT record (RFC 6376 3.6.1)."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode('ascii')}"


def zone_line(name: str, value: str) -> str:
    """Return the record for a zone file, in strings of 255 octets at most."""
    strings = [
        f'"{value[start : start + _LONGEST_STRING]}"'
        for start in range(0, len(value), _LONGEST_STRING)
    ]
    return f"{name}. IN TXT ( {' '.join(strings)} )"
