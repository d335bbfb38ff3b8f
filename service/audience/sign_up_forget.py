"""Forget that an address was ever mailed on somebody's word."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.audience.sign_up_limits import Gate, Limits
from service.audience.sign_up_models import SignUpAddress

_NONE = Limits(rest=dt.timedelta(0), unanswered=0, per_ip=0, per_subnet=0, per_site=0)


def forget_asked(session: Session, *, address_key: str, signing_keys: Sequence[bytes]) -> None:
    """Delete what stands for this address, made with any of our keys."""
    digests = [Gate(_NONE, key).digest(address_key) for key in signing_keys]
    session.execute(delete(SignUpAddress).where(SignUpAddress.address.in_(digests)))
