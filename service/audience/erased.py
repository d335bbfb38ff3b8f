"""Know an erased address again without keeping it: a keyed hash, in a key made for this alone."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from service.audience.models import ErasedAddress
from service.db.bulk import insert_ignoring, rows_as_table

_PURPOSE = b"address of somebody erased"


class ErasureMarks:
    """Marks with the first key and recognises with all of them, so that keys can be rotated.

    A key that is taken out of the settings takes the memory of those marked with it along.
    """

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, _PURPOSE, "sha256") for key in signing_keys]

    def known(self, address_key: str) -> list[str]:
        """Return every mark this address may be stored with, the present one first."""
        text = address_key.encode()
        return [hmac.new(key, text, hashlib.sha256).hexdigest() for key in self._keys]


def note_erased(
    session: Session, *, address_key: str, marks: ErasureMarks, now: dt.datetime
) -> None:
    """Keep of an address only that it must not be imported again."""
    row = {"mark": marks.known(address_key)[0], "erased_on": now.date()}
    insert_ignoring(session, ErasedAddress, [row])


def erased_among(session: Session, *, keys: Sequence[str], marks: ErasureMarks) -> set[str]:
    """Return those of the address keys whose owners wanted to be forgotten."""
    by_mark = {mark: key for key in keys for mark in marks.known(key)}
    wanted = rows_as_table(session, "wanted", {"mark": (String(), list(by_mark))})
    found = session.scalars(
        select(ErasedAddress.mark).join(wanted, wanted.c.mark == ErasedAddress.mark)
    )
    return {by_mark[mark] for mark in found}
