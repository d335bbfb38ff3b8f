"""Setting plain text: 72 columns, hanging indents, no line for a value that is missing."""

import re
from collections.abc import Iterator

from service.rendering.slots import EMPTY, NUMBER

COLUMNS = 72
_HANGING = re.compile(rf" *(?:{NUMBER} +)?")
_MANY_GAPS = re.compile(r"\n{3,}")


def set_lines(filled: str) -> str:
    """Wrap every line of a filled template; marks count as one column each.

    A line whose slots all came out empty is left out, and so is the gap it would have left.
    """
    lines = "\n".join(_set(filled.split("\n")))
    return _MANY_GAPS.sub("\n\n", lines)


def wrap(text: str, *, indent: int) -> str:
    """Return `text` within 72 columns, each line after `indent` blanks."""
    if indent + len(text) <= COLUMNS:
        return " " * indent + text
    room, margin = COLUMNS - indent, " " * indent
    lines = []
    while len(text) > room:
        cut = text.rfind(" ", 0, room + 1)
        if cut < 0:  # a word longer than a line
            cut = text.find(" ")
            if cut < 0:
                break
        lines.append(margin + text[:cut])
        text = text[cut + 1 :]
    lines.append(margin + text)
    return "\n".join(lines)


def _set(lines: list[str]) -> Iterator[str]:
    for line in lines:
        said = line.replace(EMPTY, "").rstrip()
        if EMPTY in line and not said:
            continue
        if len(said) <= COLUMNS:
            yield said
            continue
        prefix = _HANGING.match(said)
        hanging = prefix.end() if prefix else 0
        yield said[:hanging] + wrap(said[hanging:], indent=hanging)[hanging:]
