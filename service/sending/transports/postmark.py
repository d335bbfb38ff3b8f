"""Hand a wave over to Postmark's batch endpoint, and ask it afterwards what became of a message."""

import datetime as dt
import json
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import chain
from typing import Any

import httpx

from service.errors import UnavailableError
from service.log import log
from service.rendering.message import OutgoingMessage
from service.sending.outcome import BeforeContent, Blame, Outcome, Question, Verdict
from service.sending.replies import judge_http, lost, not_begun, printable, retry_after
from service.sending.transports.limiter import Limiter
from service.sending.transports.postmark_wire import (
    MOST_MESSAGES,
    MOST_OCTETS,
    item_of,
    judge_result,
    reference,
    result_of,
)
from service.setting_groups import PostmarkSettings

LARGEST_ANSWER = 4 * 1024 * 1024
SEARCH_COUNT = 50

# Raised before a byte of the request has left us.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

Call = list[tuple[OutgoingMessage, bytes]]


class PostmarkTransport:
    """Speaks Postmark's JSON over a client that must neither retry nor follow redirects."""

    name = "postmark"

    def __init__(
        self,
        client: httpx.Client,
        settings: PostmarkSettings,
        *,
        connections: int = 1,
        per_second: float = 0,
    ) -> None:
        token = settings.token.get_secret_value() if settings.token else ""
        self._client = client
        self._url = settings.url.rstrip("/")
        self._stream = settings.stream
        self._notice_stream = settings.notice_stream
        self._batch_size = min(settings.batch_size, MOST_MESSAGES)
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Postmark-Server-Token": token,
        }
        self._connections = connections
        self._limiter = Limiter(per_second)
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="postmark")

    def hand_over(
        self, messages: Sequence[OutgoingMessage], *, before_content: BeforeContent
    ) -> Iterator[Outcome]:
        """Yield one outcome a message, a call's worth at a time."""
        waiting = deque(messages)
        calls: set[Future[list[Outcome]]] = set()
        failure: Exception | None = None
        try:
            while waiting or calls:
                while waiting and len(calls) < self._connections and not self._limiter.delay():
                    call, refused = self._next_call(waiting)
                    yield from refused
                    if not call:
                        continue
                    try:
                        may_begin = before_content([message for message, _ in call], ())
                    except Exception as error:  # noqa: BLE001 - raised when all are accounted for
                        may_begin, failure = False, error
                    if not may_begin:
                        for message in chain((message for message, _ in call), waiting):
                            yield not_begun(message, "request")
                        waiting.clear()
                        break
                    self._limiter.take(len(call))
                    calls.add(self._pool.submit(self._carry_out, call))
                if calls:
                    done, calls = wait(calls, self._pause(waiting, calls), FIRST_COMPLETED)
                    yield from chain.from_iterable(call.result() for call in done)
                elif waiting:
                    time.sleep(self._limiter.delay())
            if failure is not None:
                raise failure
        finally:
            wait(calls)  # broken off: what is under way is at least not left running unseen

    def look_up(self, question: Question) -> Outcome | None:
        """Return ACCEPTED if Postmark has this attempt, None while it shows nothing.

        None proves no absence: the search lags behind, and forgets after the retention period.
        """
        wanted = reference(question.delivery_id, question.attempt, is_notice=question.is_notice)
        parameters: dict[str, str | int] = {
            "recipient": question.recipient,
            "count": SEARCH_COUNT,
            "offset": 0,
            # left out, only the stream "outbound" is searched
            "messagestream": self._notice_stream if question.is_notice else self._stream,
            "metadata_delivery": wanted,
            # Postmark reads dates as Eastern Time; a day of slack covers every zone.
            "fromdate": (question.since.astimezone(dt.UTC) - dt.timedelta(days=1))
            .date()
            .isoformat(),
        }
        for message in self._found(parameters):
            if (message.get("Metadata") or {}).get("delivery") == wanted:
                return Outcome(
                    delivery_id=question.delivery_id,
                    attempt=question.attempt,
                    verdict=Verdict.ACCEPTED,
                    stage="reply",
                    code=200,
                    reply=printable(f"found by search: {message.get('Status', '')}"),
                    provider_id=message.get("MessageID"),
                )
        return None

    def _found(self, parameters: dict[str, str | int]) -> list[dict[str, Any]]:
        """Search; raises `UnavailableError` when there is no answer that can be read."""
        try:
            response = self._client.get(
                f"{self._url}/messages/outbound", params=parameters, headers=self._headers
            )
            response.raise_for_status()
            messages: list[dict[str, Any]] = response.json()["Messages"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(f"Postmark cannot be asked: {error!r}") from error
        return messages

    def close(self) -> None:
        self._pool.shutdown()
        self._client.close()

    def _next_call(self, waiting: deque[OutgoingMessage]) -> tuple[Call, list[Outcome]]:
        call: Call = []
        refused: list[Outcome] = []
        octets = 0
        while waiting and len(call) < self._batch_size and octets < MOST_OCTETS:
            message = waiting.popleft()
            stream = self._notice_stream if message.transactional else self._stream
            item = item_of(message, stream=stream)
            if isinstance(item, Outcome):
                refused.append(item)
            else:
                call.append((message, item))
                octets += len(item)
        return call, refused

    def _pause(
        self, waiting: deque[OutgoingMessage], calls: set[Future[list[Outcome]]]
    ) -> float | None:
        may_add = waiting and len(calls) < self._connections
        return self._limiter.delay() if may_add else None

    def _carry_out(self, call: Call) -> list[Outcome]:
        """Make one call; whatever happens becomes outcomes, and nothing is tried again."""
        messages = [message for message, _ in call]
        body = b"[" + b",".join(item for _, item in call) + b"]"
        try:
            status, headers, answer = self._post(body)
        except _NOT_SENT as error:
            return [lost(message, "request", _in_words(error)) for message in messages]
        except Exception as error:  # noqa: BLE001 - from here on it may have been taken
            if not isinstance(error, httpx.TransportError):
                log.exception("postmark_call_failed")
            reason = _in_words(error)
            return [lost(message, "reply", reason, in_doubt=True) for message in messages]
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers
            return _settled(messages, answer)
        return _refused(messages, status, answer, retry_after(headers.get("Retry-After")))

    def _post(self, body: bytes) -> tuple[int, httpx.Headers, bytes | None]:
        with self._client.stream(
            "POST",
            f"{self._url}/email/batch",
            content=body,
            headers=self._headers,
            follow_redirects=False,
        ) as response:
            answer = b""
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > LARGEST_ANSWER:
                    return response.status_code, response.headers, None
            return response.status_code, response.headers, answer


def _settled(messages: Sequence[OutgoingMessage], answer: bytes | None) -> list[Outcome]:
    """Read the results, which stand in the order of the messages; unreadable means taken."""
    results = _parsed(answer)
    rows = results if isinstance(results, list) and len(results) == len(messages) else []
    rows += [{}] * (len(messages) - len(rows))
    return [
        result_of(message, row if isinstance(row, dict) else {})
        for message, row in zip(messages, rows, strict=True)
    ]


def _refused(
    messages: Sequence[OutgoingMessage],
    status: int,
    answer: bytes | None,
    retry_after_seconds: float | None,
) -> list[Outcome]:
    verdict, blame = judge_http(status)
    told = _parsed(answer)
    text = ""
    if isinstance(told, dict):
        code, text = told.get("ErrorCode"), str(told.get("Message", ""))
        if verdict is Verdict.FAILED and isinstance(code, int) and code:
            verdict, blame = judge_result(code, text)
            if blame is Blame.ADDRESS and len(messages) > 1:
                blame = Blame.MESSAGE  # it does not say whose, and nobody is suppressed on a guess
        text = f"{code} {text}"
    return [
        Outcome(
            delivery_id=message.delivery_id,
            attempt=message.attempt,
            verdict=verdict,
            stage="reply",
            blame=blame,
            code=status,
            reply=printable(text),
            retry_after_seconds=retry_after_seconds,
        )
        for message in messages
    ]


def _parsed(answer: bytes | None) -> Any:
    try:
        return json.loads(answer or b"")
    except ValueError:
        return None


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
