"""What every command needs: settings, the store, and a way to speak."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rich.console import Console

from service.audience.erased import ErasureMarks
from service.clock import Clock, SystemClock
from service.config import Settings, read_settings
from service.db.database import Database
from service.insights.understanding.text_model import ModelChoice, TextModel
from service.tokens import Signer


@dataclass
class CliContext:
    """Built by the first use of each part, so that `--help` needs no store."""

    clock: Clock = field(default_factory=SystemClock)
    console: Console = field(default_factory=Console)  # results, to standard output
    notes: Console = field(default_factory=lambda: Console(stderr=True))  # progress and remarks

    @cached_property
    def settings(self) -> Settings:
        return read_settings()

    @cached_property
    def database(self) -> Database:
        self.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Database(self.settings.database_url, pool_size=self.settings.database.pool_size)

    @cached_property
    def text_model(self) -> TextModel:
        from service.insights.understanding.load_model import load_text_model

        text = self.settings.text
        return load_text_model(ModelChoice(text.model), folder=text.folder)

    @cached_property
    def signer(self) -> Signer:
        return Signer(self.signing_keys)

    @cached_property
    def signing_keys(self) -> list[bytes]:
        return self.settings.signing_keys()

    @cached_property
    def marks(self) -> ErasureMarks:
        return ErasureMarks(self.signing_keys)


context = CliContext()


def print_json(value: Any) -> None:
    """Print one line of JSON to standard output, for programs."""
    print(json.dumps(value, default=str, ensure_ascii=False))  # noqa: T201 - the result itself
