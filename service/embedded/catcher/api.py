"""The inbox as JSON, for tests and scripts: the same mails the pages show."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.embedded.catcher.reading import take_apart
from service.embedded.catcher.store import LARGEST_ID, Inbox
from service.embedded.catcher.values import MailSummary

LONGEST_PAGE = 1_000
USUAL_PAGE = 50


def api_routes(inbox: Inbox) -> list[Route]:
    """Return the routes under /api, and the raw mail itself."""

    def counts(_request: Request) -> Response:
        tally = inbox.tally()
        return JSONResponse(
            {
                "messages": tally.messages,
                "recipients": tally.recipients,
                "newest": tally.newest_id,
            }
        )

    def messages(request: Request) -> Response:
        limit = min(whole_number(request, "limit") or USUAL_PAGE, LONGEST_PAGE)
        found = inbox.messages(
            request.query_params.get("search", ""), whole_number(request, "before"), limit
        )
        return JSONResponse(
            {
                "messages": [_summary(summary) for summary in found],
                "next_before": found[-1].id if len(found) == limit else None,
            }
        )

    def message(request: Request) -> Response:
        mail = inbox.message(request.path_params["id"])
        if mail is None:
            return _no_such_mail()
        reading = take_apart(mail.content)
        return JSONResponse(
            _summary(mail.summary)
            | {"html": reading.html, "text": reading.text, "headers": reading.headers}
        )

    def raw(request: Request) -> Response:
        mail = inbox.message(request.path_params["id"])
        if mail is None:
            return _no_such_mail()
        return Response(
            mail.content,
            media_type="message/rfc822",
            headers={
                "Content-Disposition": f'attachment; filename="podbrief-{mail.summary.id}.eml"'
            },
        )

    return [
        Route("/api/counts", counts),
        Route("/api/messages", messages),
        Route("/api/messages/{id:int}", message),
        Route("/api/messages/{id:int}/raw", raw),
    ]


def whole_number(request: Request, name: str) -> int | None:
    """Return a positive number from the query, or None when there is none."""
    value = request.query_params.get(name, "")
    if not (value.isascii() and value.isdigit()):
        return None
    return min(int(value[:20]), LARGEST_ID) or None


def _summary(summary: MailSummary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "received_at": summary.received_at.isoformat(timespec="milliseconds"),
        "envelope_from": summary.envelope_from,
        "envelope_to": summary.envelope_to,
        "from": summary.header_from,
        "to": summary.header_to,
        "subject": summary.subject,
        "message_id": summary.message_id,
        "size": summary.size,
    }


def _no_such_mail() -> Response:
    return JSONResponse({"error": "There is no such mail."}, status_code=404)
