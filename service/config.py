"""Settings from the environment and `.env`: typed, grouped, read once at an entry point.

`PODBRIEF_SMTP_URL` is `settings.smtp.url`; `PODBRIEF_HOME` is `settings.home`. A `PODBRIEF_…` name
that is not a setting stops the start and names the nearest, since a typing error in a password's
name must not end in "no password". Everything an admin decides (lists, templates) is in the store.
"""

import difflib
import os
import secrets
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ConfigurationError
from service.setting_groups import (
    BeatSettings,
    BrokerSettings,
    CatcherSettings,
    DatabaseSettings,
    DkimSettings,
    JournalSettings,
    LogSettings,
    MailSettings,
    PostmarkSettings,
    PublicSettings,
    SecretSettings,
    SignupSettings,
    SmtpSettings,
    TextSettings,
    TimingSettings,
    VisitsSettings,
    WebhookSettings,
    WebSettings,
    WorkerSettings,
)

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "service" / "web" / "static"
ENV_FILE = Path(".env")
PREFIX = "PODBRIEF_"
SHORTEST_KEY = 32  # characters


class Settings(BaseSettings):
    """All settings; `.env.example` lists them with their defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="ignore",
        env_ignore_empty=True,  # compose files pass unset variables as empty ones
        frozen=True,
    )

    home: Path = Field(Path("var"), description="folder of everything this installation keeps")
    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    public: PublicSettings = PublicSettings()
    secret: SecretSettings = SecretSettings()
    smtp: SmtpSettings = SmtpSettings()
    postmark: PostmarkSettings = PostmarkSettings()
    dkim: DkimSettings = DkimSettings()
    webhook: WebhookSettings = WebhookSettings()
    mail: MailSettings = MailSettings()
    web: WebSettings = WebSettings()
    signup: SignupSettings = SignupSettings()
    catcher: CatcherSettings = CatcherSettings()
    visits: VisitsSettings = VisitsSettings()
    worker: WorkerSettings = WorkerSettings()
    beat: BeatSettings = BeatSettings()
    journal: JournalSettings = JournalSettings()
    timing: TimingSettings = TimingSettings()
    text: TextSettings = TextSettings()
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
        """Return the key kept in the home folder, made by whoever of us comes first."""
        path = self.home / "secret.key"
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=self.home, encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                with suppress(FileExistsError):
                    os.link(file.name, path)  # whole or not at all: nobody reads half a key
        return path.read_text("ascii").strip()


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
    places: dict[str, Collection[str]] = {
        "the environment": list(os.environ),
        str(ENV_FILE): dotenv_values(ENV_FILE),
    }
    for place, found in places.items():
        for name in found:
            if name.upper().startswith(PREFIX) and name.upper() not in known:
                nearest = difflib.get_close_matches(name.upper(), known, n=1)
                hint = f" Did you mean {nearest[0]}?" if nearest else ""
                yield f"{name} in {place} is not a setting.{hint}"
