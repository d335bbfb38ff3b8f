"""Work a browser does before a form is taken, so that posting thousands costs something. Pure.

A proof is `hour:nonce`: SHA-256 of `podbrief:hour:what:nonce` begins with as many zero bits as the
site asks for. `what` is the list and address, so each pays for itself, and the hour makes a store
of old proofs worthless. Nothing has to be given out beforehand: any page may carry the form, also
one that was cached.
"""

import datetime as dt
import hashlib
import re

_PROOF = re.compile(r"(\d{1,9}):(\d{1,15})", re.ASCII)
_HOUR_SECONDS = 3600
_CLOCKS_DIFFER_BY = 2  # hours; browsers' clocks are not ours


def proves_work(proof: str, *, what: str, bits: int, now: dt.datetime) -> bool:
    """Whether `proof` is one for `what`, made lately and with enough work."""
    found = _PROOF.fullmatch(proof)
    if found is None:
        return False
    if abs(int(found[1]) - int(now.timestamp()) // _HOUR_SECONDS) > _CLOCKS_DIFFER_BY:
        return False
    digest = hashlib.sha256(f"podbrief:{found[1]}:{what}:{found[2]}".encode()).digest()
    return int.from_bytes(digest) >> (len(digest) * 8 - bits) == 0
