"""`.env.example` lists every setting, what it is for, and its default.

To write it anew: python tests/house_rules/test_settings_are_listed.py > .env.example
"""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from service.config import PREFIX, Settings, setting_names

EXAMPLE = Path(__file__).parents[2] / ".env.example"
HEAD = """\
# Settings of Podbrief: copy this file to .env and take the # away from what you change.
# The environment wins over .env. A PODBRIEF_ name that is not listed here stops the start.
# What stands behind = is the default; where nothing stands, none is set.
"""
WIDTH = 98


def expected() -> str:
    descriptions = setting_names()
    paragraphs = [HEAD.rstrip()]
    for group, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            title = (kind.__doc__ or "").partition("\n")[0]
            defaults = {
                f"{PREFIX}{group}_{name}".upper(): inner.default
                for name, inner in kind.model_fields.items()
            }
        else:
            title = "The state folder."
            defaults = {f"{PREFIX}{group}".upper(): field.default}
        lines = [f"# --- {title}"]
        for name, default in defaults.items():
            lines += _comment(descriptions[name])
            lines.append(f"#{name}={_shown(default)}")
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs) + "\n"


def _comment(description: str) -> Iterator[str]:
    mark = "# "
    yield from textwrap.wrap(
        description, WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False
    )


def _shown(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_is_listed_as_the_code_has_it():
    assert EXAMPLE.read_text("utf-8") == expected()


def test_the_values_shown_are_the_defaults(tmp_path):
    shown = tmp_path / "shown.env"
    assignments = [
        line.removeprefix("#")
        for line in EXAMPLE.read_text("utf-8").splitlines()
        if line.startswith(f"#{PREFIX}") and not line.endswith("=")
    ]
    shown.write_text("\n".join(assignments))

    assert Settings(_env_file=shown) == Settings(_env_file=None)


if __name__ == "__main__":
    sys.stdout.write(expected())
