"""A strict Postmark on 127.0.0.1: it checks the documented wire format, and fails as it is told.

    with PostmarkFake() as postmark:
        postmark.inactive.add("gone@example.org")
        postmark.fail(Trouble(status=503, take=True), times=1)
        ...
        assert [mail["To"] for mail in postmark.taken]

Wire format: https://postmarkapp.com/developer/api/email-api and …/api/messages-api.
"""

import datetime as dt
import json
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.factories.postmark_rules import address_of, message_refusal, shape_refusal

MOST_MESSAGES = 500
MOST_OCTETS = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happens to a call instead of the usual."""

    status: int | None = None  # answer with this; None: by the messages
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    take: bool = False  # keep the messages all the same
    drop: bool = False  # close without an answer
    silent: bool = False  # never answer


@dataclass
class PostmarkFake:
    """Keeps what it took, in order, with the MessageID it gave."""

    token: str = "server-token"
    streams: set[str] = field(default_factory=lambda: {"outbound", "broadcast"})
    inactive: set[str] = field(default_factory=set)
    hidden: bool = False  # the search does not show what was taken yet
    taken: list[dict[str, Any]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)  # messages in each
    searches: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._over = threading.Event()

    def fail(self, trouble: Trouble, *, times: int = 1) -> None:
        self._troubles.extend([trouble] * times)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"postmark": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def next_trouble(self) -> Trouble | None:
        with self._lock:
            return self._troubles.pop(0) if self._troubles else None

    def batch(self, body: bytes) -> tuple[int, Any]:
        """Take a call as Postmark does: its shape as a whole, then message by message."""
        try:
            items = json.loads(body)
        except ValueError:
            return 422, _error(402, "The JSON is not valid.")
        if not isinstance(items, list):
            return 422, _error(403, "A batch is a JSON array.")
        if len(items) > MOST_MESSAGES:
            return 422, _error(410, "Too many batch messages.")
        for item in items:
            if (refusal := shape_refusal(item)) is not None:
                return 422, _error(*refusal)
        self.calls.append(len(items))
        return 200, [self._result(item) for item in items]

    def _result(self, item: dict[str, Any]) -> dict[str, Any]:
        refusal = message_refusal(item, self.streams, self.inactive)
        if refusal is not None:
            return _error(*refusal)
        now = dt.datetime.now(dt.UTC).isoformat()
        message_id = str(uuid.uuid4())
        self.taken.append({**item, "MessageID": message_id, "ReceivedAt": now})
        return {
            "ErrorCode": 0,
            "Message": "OK",
            "MessageID": message_id,
            "SubmittedAt": now,
            "To": item["To"],
        }

    def search(self, query: dict[str, str]) -> tuple[int, Any]:
        """Answer GET /messages/outbound."""
        self.searches.append(query)
        metadata = {name: query[name] for name in query if name.startswith("metadata_")}
        if not {"count", "offset"} <= set(query) or len(metadata) > 1:
            return 422, _error(700, "count and offset are needed, and one metadata field at most.")
        count, offset = int(query["count"]), int(query["offset"])
        if count > MOST_MESSAGES or count + offset > 10_000:
            return 422, _error(700, "count is at most 500.")
        found = [] if self.hidden else [mail for mail in self.taken if _matches(mail, query)]
        page = [_summary(mail) for mail in found[offset : offset + count]]
        return 200, {"TotalCount": len(found), "Messages": page}

    def details(self, message_id: str) -> tuple[int, Any]:
        """Answer GET /messages/outbound/{id}/details."""
        for mail in self.taken:
            if mail["MessageID"] == message_id:
                events = {"MessageEvents": [], "TextBody": mail.get("TextBody", "")}
                return 200, {**_summary(mail), **events, "HtmlBody": mail.get("HtmlBody", "")}
        return 422, _error(701, "This message does not exist.")

    def wait_for_the_end(self) -> None:
        self._over.wait(30)


def _error(code: int, text: str) -> dict[str, Any]:
    return {"ErrorCode": code, "Message": text}


def _matches(mail: dict[str, Any], query: dict[str, str]) -> bool:
    wanted = [
        query.get("recipient", address_of(mail["To"])).lower() == address_of(mail["To"]).lower(),
        query.get("messagestream", "outbound") == mail.get("MessageStream", "outbound"),
        query.get("fromdate", "") <= mail["ReceivedAt"],
        mail["ReceivedAt"] <= query.get("todate", "9"),
    ]
    for name, value in query.items():
        if name.startswith("metadata_"):
            wanted.append(mail.get("Metadata", {}).get(name.removeprefix("metadata_")) == value)
    return all(wanted)


def _summary(mail: dict[str, Any]) -> dict[str, Any]:
    return {
        "Tag": mail.get("Tag"),
        "MessageID": mail["MessageID"],
        "MessageStream": mail.get("MessageStream", "outbound"),
        "To": [{"Email": address_of(mail["To"]), "Name": None}],
        "Recipients": [address_of(mail["To"])],
        "ReceivedAt": mail["ReceivedAt"],
        "From": mail["From"],
        "Subject": mail.get("Subject", ""),
        "Attachments": [],
        "Status": "Sent",
        "Metadata": mail.get("Metadata", {}),
    }


class _Handler(BaseHTTPRequestHandler):
    postmark: PostmarkFake
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        trouble = self.postmark.next_trouble()
        if trouble is not None and (trouble.status or trouble.drop or trouble.silent):
            self._trouble(trouble, body)
            return
        refusal = self._refusal(size)
        if refusal is not None:
            self._answer(*refusal)
        elif self.path != "/email/batch":
            self._answer(404, _error(404, "There is nothing here."))
        else:
            status, answer = self.postmark.batch(body)
            self._answer(status, answer if trouble is None else (trouble.body or b""))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        refusal = self._refusal(0)
        steps = parts.path.strip("/").split("/")
        if refusal is not None:
            self._answer(*refusal)
        elif (trouble := self.postmark.next_trouble()) is not None:
            self._trouble(trouble, b"[]")
        elif steps == ["messages", "outbound"]:
            self._answer(*self.postmark.search(dict(parse_qsl(parts.query))))
        elif steps[:2] == ["messages", "outbound"] and steps[3:] == ["details"]:
            self._answer(*self.postmark.details(steps[2]))
        else:
            self._answer(404, _error(404, "There is nothing here."))

    def _refusal(self, size: int) -> tuple[int, Any] | None:
        if self.headers.get("X-Postmark-Server-Token") != self.postmark.token:
            return 401, _error(10, "Bad or missing Server API token.")
        if self.headers.get("Accept") != "application/json":
            return 422, _error(409, "Accept must be application/json.")
        if self.command == "POST" and self.headers.get("Content-Type") != "application/json":
            return 422, _error(409, "Content-Type must be application/json.")
        return (413, _error(0, "Payload too large.")) if size > MOST_OCTETS else None

    def _trouble(self, trouble: Trouble, body: bytes) -> None:
        if trouble.take:
            self.postmark.batch(body)
        if trouble.silent:
            self.postmark.wait_for_the_end()
        if trouble.drop or trouble.silent:
            self.close_connection = True
            return
        self._answer(trouble.status or 500, trouble.body or b"", trouble.headers)

    def _answer(self, status: int, answer: Any, headers: tuple[tuple[str, str], ...] = ()) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""
