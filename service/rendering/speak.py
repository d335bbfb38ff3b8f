"""A template's own words in another language: resolved once, before it is compiled.

    {{_ Unsubscribe}}                                  words of the catalogues
    {{_ You get this because you signed up for {list_name}.}}   a slot within them

A mark keeps to one line, so that faults are still found where they stand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape, unescape

from service.languages import Language
from service.rendering.lint import BODY, SUBJECT, TEXT

SPOKEN = (BODY, TEXT, SUBJECT)
_WORDS = re.compile(r"\{\{_\s+((?:[^{}\n]|\{[a-z_]+\})+?)\s*\}\}")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_CONDITION = re.compile(r"\{\{[?!/][^}]*\}\}")  # may stand between lines of one column
_LABELLED = re.compile(r"^( *)([^{}:]+:) +(\{\{[a-z_]+_url\}\})$")


def spoken(files: Mapping[str, str], lang: Language) -> dict[str, str]:
    """Return a template's files with their words in `lang`, whose catalogue we made ourselves."""
    said = dict(files)
    for name in SPOKEN:
        if name in said:
            said[name] = _spoken(said[name], lang, is_markup=name == BODY)
    if TEXT in said:
        said[TEXT] = aligned(said[TEXT])
    return said


def words_of(source: str, *, is_markup: bool) -> Iterator[tuple[int, str]]:
    """Yield the words a file has for the catalogues, each with its line."""
    for found in _WORDS.finditer(source):
        line = source.count("\n", 0, found.start()) + 1
        yield line, unescape(found[1]) if is_markup else found[1]


def aligned(text: str) -> str:
    """Set the addresses of neighbouring lines `label: {{…_url}}` in one column."""
    return "\n".join(_in_columns(text.split("\n")))


def _spoken(source: str, lang: Language, *, is_markup: bool) -> str:
    def said(found: re.Match[str]) -> str:
        words = lang.gettext(unescape(found[1]) if is_markup else found[1])
        return _SLOT.sub(r"{{\1}}", escape(words, quote=False) if is_markup else words)

    return _WORDS.sub(said, source)


def _in_columns(lines: Iterable[str]) -> Iterator[str]:
    block: list[re.Match[str] | str] = []
    for line in lines:
        labelled = _LABELLED.match(line)
        if labelled:
            block.append(labelled)
            continue
        if block and _CONDITION.fullmatch(line.strip()):
            block.append(line)
            continue
        yield from _column(block)
        block = []
        yield line
    yield from _column(block)


def _column(block: list[re.Match[str] | str]) -> Iterator[str]:
    width = max((len(line[2]) for line in block if not isinstance(line, str)), default=0)
    for line in block:
        yield line if isinstance(line, str) else f"{line[1]}{line[2]:<{width}}  {line[3]}"
