"""The words of the code and the templates, gathered into the catalogues: `make messages`.

Words stand in `_("…")` and its kin on pages, in `lang.gettext("…")`, `ngettext`, `pgettext` and
`msgid("…")` in the code, and in `{{_ … }}` in the templates of mails.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

from service.config import TEMPLATES
from service.languages import CATALOGUES
from service.rendering.lint import BODY
from service.rendering.speak import SPOKEN, words_of

ROOT = TEMPLATES.parent
_KEYWORDS: dict[str, Any] = {**DEFAULT_KEYWORDS, "msgid": None}
_LIKE_PAGES = {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}
_WIDTH = 100


def words() -> Catalog:
    """Return every word there is to translate, in the order of files and lines."""
    catalog = Catalog(charset="utf-8")
    for name, line, message, context in _found():
        catalog.add(message, locations=[(name, line)], context=context)
    return catalog


def kept(path: Path) -> Catalog:
    """Return a catalogue as it lies there."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)


def update() -> dict[str, int]:
    """Bring every catalogue up to date; return how many messages each still lacks."""
    lacking = {}
    template = words()
    for path in sorted(CATALOGUES.glob("*.po")):
        catalog = kept(path)
        template.creation_date = catalog.creation_date  # no change where no word has changed
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalog, width=_WIDTH, include_lineno=False, ignore_obsolete=True)
        lacking[path.stem] = sum(not is_translated(message.string) for message in catalog)
    return lacking


def is_translated(said: Any) -> bool:
    """Whether a message has its words, all its plurals among them."""
    return all(said) if isinstance(said, (tuple, list)) else bool(said)


def _found() -> Iterator[tuple[str, int, Any, str | None]]:
    for method, folder, pattern in (
        ("python", ROOT / "service", "*.py"),
        ("jinja2", TEMPLATES / "pages", "*.html"),
        ("jinja2", TEMPLATES / "pages", "*.xml"),
    ):
        for path in sorted(folder.rglob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for line, message, _, context in extract_from_file(
                method, path, keywords=_KEYWORDS, options=_LIKE_PAGES
            ):
                yield name, line, message, context
    for folder in sorted((TEMPLATES / "email").iterdir()):
        for file in SPOKEN:
            path = folder / file
            if path.is_file():
                source = path.read_text("utf-8")
                for line, message in words_of(source, is_markup=file == BODY):
                    yield path.relative_to(ROOT).as_posix(), line, message, None


if __name__ == "__main__":
    for language, count in update().items():
        sys.stdout.write(f"{language}: {count} to translate\n" if count else f"{language}: all\n")
