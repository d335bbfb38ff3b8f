"""Open an SMTP session: greeting, EHLO, STARTTLS, sign-in; a generator that touches no socket.

It yields what to say and is sent the reply; it ends with what the server can do, or raises
`NotOpenedError`, which is always the route's fault and never a subscriber's.
"""

import base64
from collections.abc import Generator
from dataclasses import dataclass

from service.sending.transports.smtp_reply import Reply
from service.sending.transports.smtp_route import Security, SmtpRoute

READY = 220
SIGNED_IN = 235
GO_ON = 334
NOT_KNOWN = frozenset({500, 501, 502, 504})


@dataclass(frozen=True, slots=True)
class Say:
    """A line to write; empty to listen only. `stage` names the reply that is awaited."""

    stage: str
    line: bytes = b""


@dataclass(frozen=True, slots=True)
class BeginTls:
    """Turn the connection into TLS, forgetting all that was read; send the generator anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the server offered."""

    pipelining: bool = False
    smtputf8: bool = False
    offers_size: bool = False
    size_limit: int = 0  # octets; 0: none told


class NotOpenedError(Exception):
    """No mail can go over this connection now."""

    def __init__(self, stage: str, reason: str, *, code: int | None = None) -> None:
        self.stage = stage
        self.code = code
        super().__init__(reason)


Opening = Generator[Say | BeginTls, Reply, Session]


def open_session(route: SmtpRoute) -> Opening:
    """Say what has to be said until mail may go."""
    greeting = yield Say("greeting")
    if greeting.code != READY:
        raise NotOpenedError("greeting", greeting.text, code=greeting.code)
    encrypted = route.security is Security.IMPLICIT
    offers = yield from _introduce(route)
    if not encrypted and _wants_tls(route, offers):
        reply = yield Say("starttls", b"STARTTLS\r\n")
        if reply.code != READY:
            raise NotOpenedError("starttls", reply.text, code=reply.code)
        yield BeginTls()
        encrypted = True
        offers = yield from _introduce(route)  # RFC 3207 4.2: what was offered before is void
    if route.user is not None:
        if not (encrypted or route.is_loopback):
            raise NotOpenedError(
                "auth",
                "the server offers no TLS, and the password is not sent over plain text: "
                "use smtp+starttls:// or smtps://",
            )
        yield from _sign_in(route, offers)
    size = offers.get("SIZE", "")
    return Session(
        pipelining="PIPELINING" in offers,
        smtputf8="SMTPUTF8" in offers,
        offers_size="SIZE" in offers,
        size_limit=int(size) if size.isdecimal() and len(size) < 19 else 0,  # noqa: PLR2004
    )


def _wants_tls(route: SmtpRoute, offers: dict[str, str]) -> bool:
    if route.security is Security.REQUIRED and "STARTTLS" not in offers:
        raise NotOpenedError("starttls", "the server does not offer STARTTLS, which is required")
    if route.security is Security.OPPORTUNISTIC:
        # On loopback there is nobody to hide from, and local relays carry made-up certificates.
        return "STARTTLS" in offers and not route.is_loopback
    return route.security is Security.REQUIRED


def _introduce(route: SmtpRoute) -> Generator[Say, Reply, dict[str, str]]:
    name = route.helo_name.encode("ascii")
    reply = yield Say("ehlo", b"EHLO %b\r\n" % name)
    if reply.is_positive:
        offers: dict[str, str] = {}
        for line in reply.text.split("\n")[1:]:
            keyword, _, value = line.strip().replace("=", " ", 1).partition(" ")
            offers[keyword.upper()] = f"{offers.get(keyword.upper(), '')} {value}".strip()
        return offers
    if reply.code in NOT_KNOWN:
        reply = yield Say("ehlo", b"HELO %b\r\n" % name)
        if reply.is_positive:
            return {}
    raise NotOpenedError("ehlo", reply.text, code=reply.code)


def _sign_in(route: SmtpRoute, offers: dict[str, str]) -> Generator[Say, Reply, None]:
    user, password = route.user or "", route.password or ""
    mechanism = _mechanism(route.mechanism, offers.get("AUTH", "").upper().split())
    if mechanism == "plain":
        reply = yield _auth(b"AUTH PLAIN %b\r\n", f"\0{user}\0{password}")
    elif mechanism == "login":
        reply = yield Say("auth", b"AUTH LOGIN\r\n")
        for answer in (user, password):
            if reply.code == GO_ON:
                reply = yield _auth(b"%b\r\n", answer)
    else:
        token = f"user={user}\x01auth=Bearer {password}\x01\x01"
        reply = yield _auth(b"AUTH XOAUTH2 %b\r\n", token)
        if reply.code == GO_ON:  # the reason of a refusal, in JSON; an empty line ends it
            reply = yield Say("auth", b"\r\n")
    if reply.code != SIGNED_IN:
        text = reply.text.replace(password, "…") if password else reply.text
        raise NotOpenedError("auth", text, code=reply.code)


def _mechanism(wanted: str, offered: list[str]) -> str:
    choice = ("plain", "login", "xoauth2") if wanted == "auto" else (wanted,)
    for mechanism in choice:
        if mechanism.upper() in offered:
            return mechanism
    names = ", ".join(offered) or "none"
    raise NotOpenedError("auth", f"the server offers no sign-in we may use; it offers: {names}")


def _auth(form: bytes, secret: str) -> Say:
    return Say("auth", form % base64.b64encode(secret.encode("utf-8")))
