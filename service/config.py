"""Settings from the environment and `.env`: typed, grouped, read once at an entry point.

`PODBRIEF_SMTP_URL` is `settings.smtp.url`; `PODBRIEF_HOME` is `settings.home`. A `PODBRIEF_…` name
that is not a setting stops the start and names the nearest, since a typing error in a password's
name must not end in "no password". Everything an admin decides (lists, templates) is in the store.
"""

import difflib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "service" / "web" / "static"
ENV_FILE = Path(".env")
PREFIX = "PODBRIEF_"
SHORTEST_KEY = 32  # characters


class DatabaseSettings(BaseModel):
    """Where the store is."""

    url: SecretStr | None = Field(
        None, description="SQLAlchemy URL; default: SQLite at HOME/podbrief.db"
    )
    pool_size: int = Field(5, ge=1, description="connections a process keeps open (PostgreSQL)")


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
    stream: str = Field("broadcast", description="message stream")
    url: str = Field("https://api.postmarkapp.com", description="API address")
    max_connections: int = Field(4, ge=1, le=50, description="shared by all live workers")
    max_per_second: float = Field(0, ge=0, description="messages; 0: no limit")
    batch_size: int = Field(
        50, ge=1, le=500, description="messages a call; a cut call leaves that many in doubt"
    )


class MailSettings(BaseModel):
    """What every mail says of us."""

    unsubscribe_mailto: str | None = Field(
        None, description="address whose inbox is read for unsubscribes; unset: not printed"
    )
    bounce_address: str | None = Field(
        None, description="envelope sender; default: the list's own address"
    )


class WebSettings(BaseModel):
    """Where the web application listens."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")


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
    plan_silence_seconds: int = Field(90, ge=5, description="children plan when beat is silent")


class BeatSettings(BaseModel):
    """How often the scheduler ticks."""

    tick_seconds: float = Field(30, gt=0, description="how often it asks who is due")


class JournalSettings(BaseModel):
    """The file in which a worker process writes what it begins; see docs/operations.md."""

    fsync: bool = Field(
        default=False,
        description="force every line to the disc: then a power cut leaves fewer briefs in doubt, "
        "and sending is slower",
    )


class LogSettings(BaseModel):
    """How the log reads."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level")
    format: Literal["console", "json"] = Field("console", description="console for people")


class Settings(BaseSettings):
    """All settings; `.env.example` lists them with their defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(Path("var"), description="folder of everything this installation keeps")
    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    public: PublicSettings = PublicSettings()
    secret: SecretSettings = SecretSettings()
    smtp: SmtpSettings = SmtpSettings()
    postmark: PostmarkSettings = PostmarkSettings()
    mail: MailSettings = MailSettings()
    web: WebSettings = WebSettings()
    catcher: CatcherSettings = CatcherSettings()
    worker: WorkerSettings = WorkerSettings()
    beat: BeatSettings = BeatSettings()
    journal: JournalSettings = JournalSettings()
    log: LogSettings = LogSettings()

    @property
    def database_url(self) -> str:
        """The store's URL, for SQLAlchemy."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{self.home.resolve() / 'podbrief.db'}"

    @property
    def uses_catcher(self) -> bool:
        """Whether mail goes to the built-in catcher, and to nobody else."""
        return self.smtp.url is None and self.postmark.token is None

    @property
    def public_url(self) -> str:
        """The site's address, without a slash at the end.

        Raises `ConfigurationError` when real mail would carry links that lead nowhere.
        """
        if self.public.url is not None:
            return self.public.url.rstrip("/")
        if not self.uses_catcher:
            raise ConfigurationError(
                "PODBRIEF_PUBLIC_URL is not set: mails would carry links that lead nowhere. Set it "
                "to the address subscribers reach this site at, such as https://brief.example.org"
            )
        return f"http://{self.web.host}:{self.web.port}"

    def signing_keys(self) -> list[bytes]:
        """Return the keys of our links, the signing one first; made once when none is set."""
        current = self.secret.key.get_secret_value() if self.secret.key else self._kept_key()
        if len(current) < SHORTEST_KEY:
            raise ConfigurationError(
                f"PODBRIEF_SECRET_KEY is shorter than {SHORTEST_KEY} characters"
            )
        old = self.secret.old_keys.get_secret_value().split(",")
        return [key.strip().encode() for key in (current, *old) if key.strip()]

    def _kept_key(self) -> str:
        path = self.home / "secret.key"
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        key = secrets.token_urlsafe(48)
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
        return key


def read_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env` once; `overrides` win over both.

    Raises `ConfigurationError` with one line a fault, naming the variable and how to mend it.
    """
    strangers = list(_unknown_names())
    if strangers:
        raise ConfigurationError("\n".join(strangers))
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise ConfigurationError("\n".join(lines)) from error


def setting_names() -> dict[str, str]:
    """Return every environment name and its description, in the order of the classes."""
    names: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            for inner, inner_field in group.model_fields.items():
                names[f"{PREFIX}{name}_{inner}".upper()] = inner_field.description or ""
        else:
            names[f"{PREFIX}{name}".upper()] = field.description or ""
    return names


def _unknown_names() -> Iterator[str]:
    known = setting_names()
    places = {"the environment": os.environ, str(ENV_FILE): dotenv_values(ENV_FILE)}
    for place, found in places.items():
        for name in found:
            if name.upper().startswith(PREFIX) and name.upper() not in known:
                nearest = difflib.get_close_matches(name.upper(), known, n=1)
                hint = f" Did you mean {nearest[0]}?" if nearest else ""
                yield f"{name} in {place} is not a setting.{hint}"
