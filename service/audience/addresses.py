"""Read mail addresses: what an address is, and when two of them are one person's. Pure.

The key is lower case with the domain in A-labels: `Ann@Exämple.org` and `ann@xn--exmple-cua.org`
are one person. Dots and plus signs count: only the receiving host knows what they mean there.
"""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from service.errors import InputError
from service.insights.checked_text import one_line

LONGEST_ADDRESS = 254  # octets; RFC 5321 4.5.3.1.3 without its angle brackets


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it is written to, and what makes it one person's."""

    email: str
    key: str


def read_address(given: str, *, field: str = "email") -> Address:
    """Return the address.

    Raises `HeaderInjectionError` for line breaks and control characters, `InputError` for what is
    no address; whether the mailbox exists is not asked.
    """
    text = one_line(given, field=field, longest=4 * LONGEST_ADDRESS)
    if not text:
        raise InputError(f"{field}: is missing")
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            test_environment=True,  # one in .test is an address, too: rehearsals write to those
            strict=True,  # at most 64 octets before the @, RFC 5321 4.5.3.1.1
            allow_quoted_local=False,
            allow_domain_literal=False,
        )
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise InputError(f"{field}: is not an address: {reason}") from error
    key = f"{found.local_part.lower()}@{found.ascii_domain.lower()}"
    if max(len(key.encode()), len(found.normalized.encode())) > LONGEST_ADDRESS:
        raise InputError(f"{field}: longer than {LONGEST_ADDRESS} octets")
    return Address(found.normalized, key)
