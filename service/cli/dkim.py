"""`podbrief dkim`: the key our mails are signed with, and its record in DNS."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.context import context
from service.errors import ConfigurationError

app = typer.Typer(help="Sign mails with DKIM: make a key, show its record.", no_args_is_help=True)


@app.command("new")
def new_key(
    domain: Annotated[str, typer.Option(help="Domain of the lists' addresses, or above it.")],
    selector: Annotated[str, typer.Option(help="Name of this key, such as brief2026.")],
    key_file: Annotated[
        Path | None, typer.Option(help="File to write; default: HOME/dkim/SELECTOR.DOMAIN.pem")
    ] = None,
) -> None:
    """Make a key, and print the DNS record and the settings that go with it."""
    from service.sending.dkim_keys import make_key, record_name, record_value, zone_line

    name = record_name(domain, selector)
    path = key_file or context.settings.home / "dkim" / f"{selector}.{domain}.pem".lower()
    value = record_value(make_key(path))
    _note(f"The key is in {path}: nobody else may read it, and a backup is worth having.")
    _note("1. Put this TXT record into DNS (panels take the part in quotes as one text):")
    _print(zone_line(name, value))
    _note("2. When it is there, set these, and start the workers again:")
    _print(f"PODBRIEF_DKIM_DOMAIN={domain.lower()}")
    _print(f"PODBRIEF_DKIM_SELECTOR={selector.lower()}")
    _print(f"PODBRIEF_DKIM_KEY_FILE={path.resolve()}")


@app.command("record")
def show_record() -> None:
    """Print the DNS record of the key that is set."""
    from service.sending.dkim_keys import load_key, record_name, record_value, zone_line

    dkim = context.settings.dkim
    if dkim.domain is None or dkim.selector is None or dkim.key_file is None:
        raise ConfigurationError("no DKIM key is set: make one with `podbrief dkim new`")
    value = record_value(load_key(dkim.key_file))
    _print(zone_line(record_name(dkim.domain, dkim.selector), value))


def _print(text: str) -> None:
    context.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _note(text: str) -> None:
    context.notes.print(text, markup=False, highlight=False, soft_wrap=True)
