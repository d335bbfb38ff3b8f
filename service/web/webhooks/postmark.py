"""Take Postmark's reports of what became of mail; the answer is 200 once it is in the store.

Postmark signs nothing, so the door is a secret in the path and, if set, a name and password. It
repeats a report for hours until it hears 200, and gives up at once on 403: what is refused here
is refused with 401, so that nothing is lost while somebody changes a secret.
"""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from service.feedback.parsers.postmark import parse
from service.feedback.recipients import RecipientMarks
from service.feedback.record import record
from service.log import log
from service.setting_groups import WebhookSettings
from service.web.refusals import TooLargeError
from service.web.security import LONGEST_REPORT
from service.web.site import Here, site_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Posted:
    """What came in at the door, or the status it is turned away with."""

    body: bytes = b""
    refusal: int | None = None


async def posted(request: Request, secret: str) -> Posted:
    """Read the body of those who may post here, and of nobody else.

    The endpoint runs in the thread pool, the body arrives on the event loop: hence this coroutine.
    """
    settings = site_of(request).settings.webhook
    if settings.postmark_secret is None:
        return Posted(refusal=404)
    if not _is_postmark(settings, secret, request.headers.get("authorization", "")):
        return Posted(refusal=401)
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > LONGEST_REPORT:
        raise TooLargeError
    return Posted(await request.body())


@router.post("/webhooks/postmark/{secret}")
def take(here: Here, report: Annotated[Posted, Depends(posted)]) -> Response:
    """Store one report and apply it; one that was told before is thanked for again."""
    if report.refusal is not None:
        log.warning("webhook_refused", provider="postmark", status=report.refusal)
        headers = {"WWW-Authenticate": 'Basic realm="webhooks"'} if report.refusal == 401 else {}  # noqa: PLR2004 - HTTP's own number
        return PlainTextResponse("no\n", status_code=report.refusal, headers=headers)
    try:
        told = parse(_object(report.body))
    except (ValueError, RecursionError) as error:
        log.warning("webhook_unreadable", provider="postmark", error=type(error).__name__)
        return PlainTextResponse("this is not a JSON object\n", status_code=400)
    marks = RecipientMarks(here.settings.signing_keys())
    with here.database.transaction() as session:
        is_new = record(session, told, marks=marks, now=here.clock.now())
    return PlainTextResponse("noted\n" if is_new else "known\n")


def _object(body: bytes) -> dict[str, Any]:
    read = json.loads(body)
    if not isinstance(read, dict):
        message = "a report is an object"
        raise ValueError(message)  # noqa: TRY004 - it is what the body says, not what we passed
    return read


def _is_postmark(settings: WebhookSettings, secret: str, authorization: str) -> bool:
    """Compare in constant time, and both whatever the first one says."""
    wanted = settings.postmark_secret.get_secret_value() if settings.postmark_secret else ""
    fits = hmac.compare_digest(secret.encode(), wanted.encode())
    if settings.postmark_sign_in is not None:
        signed_in = settings.postmark_sign_in.get_secret_value().encode()
        fits &= hmac.compare_digest(_basic(authorization), signed_in)
    return fits


def _basic(authorization: str) -> bytes:
    """Return the `user:password` of a Basic authorization (RFC 7617), or nothing."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
