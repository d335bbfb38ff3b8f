"""The marks of our templates, read into a tree that is filled once and then only joined.

    {{headline}}                 a slot: the value goes here
    {{?podcast|episode}} … {{/?}}  shown when at least one of these slots has a value
    {{!headline}} … {{/!}}         shown when none of them has
    {{#cards}} … {{/cards}}        repeated for each pick

Values come in three tides. Those of the edition and of the card are known before anybody is
rendered and become ready bytes. Personal ones stand in the filled text as a mark, one control
character each, and the bytes are cut there; so a condition cannot ask about a personal slot.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.errors import TemplateError

EDITION_SLOTS = frozenset(
    "list_name date language direction start end postal_address "  # noqa: SIM905
    "third_party_notice note".split()
)
CARD_SLOTS = frozenset(
    "headline text podcast episode episode_url speaker moment moment_url "  # noqa: SIM905
    "page_url card_language".split()
)
DEED_SLOTS = {
    "up_url": "up",
    "down_url": "down",
    "more_url": "more",
    "save_url": "save",
    "share_url": "share",
    "mute_url": "mute",
}

TOKEN, UNSUBSCRIBE, SUMMARY, PREHEADER, CLOSING, NUMBER, WHY = "\x10\x11\x12\x13\x14\x15\x16"
MANAGE = "\x18"
EMPTY = "\x17"  # stands where a slot was filled with nothing, until the line is judged

BRIEF_MARKS = {"summary": SUMMARY, "preheader": PREHEADER, "closing": CLOSING}
CARD_MARKS = {"number": NUMBER, "why": WHY}
BRIEF_LINKS = frozenset({"view_url", "manage_url", "pause_url", "unsubscribe_url"})
SOME_LINKS = frozenset({"note_url", "pixel_url"})  # only some readers have them

OUTSIDE_CARDS = EDITION_SLOTS | frozenset(BRIEF_MARKS) | BRIEF_LINKS | SOME_LINKS
INSIDE_CARDS = EDITION_SLOTS | CARD_SLOTS | frozenset(CARD_MARKS) | frozenset(DEED_SLOTS)
# All of a notice is one person's: its values are all known when it is filled.
NOTICE_SLOTS = frozenset(
    "sender_name list_name site link_url good_for hour zone at_once language direction".split()  # noqa: SIM905
)

PERSONAL = frozenset(BRIEF_MARKS) | frozenset(CARD_MARKS) | frozenset(DEED_SLOTS) | BRIEF_LINKS

CARDS = "cards"
_MOST_FLAT = 128  # of the sets that are met, a few
_MARK = re.compile(r"\{\{\s*([#?!/]?)\s*([a-z_]*(?:\|[a-z_]+)*|[?!])\s*\}\}")
_CONTROLS = "#?!/"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one value."""

    name: str
    line: int


@dataclass(slots=True)
class Block:
    """A part shown on a condition (`?`, `!`) or repeated (`#`)."""

    kind: Literal["?", "!", "#"]
    names: tuple[str, ...]
    line: int
    children: "list[Node]" = field(default_factory=list)


Node = str | Slot | Block


def fill(nodes: Iterable[Node], values: Mapping[str, str]) -> str:
    """Return the text of `nodes`; a slot without a value leaves `EMPTY` behind."""
    return "".join(_filled(nodes, values))


class Sheet:
    """Nodes to be filled many times: laid flat once for each set of slots that have a value."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self._asked = sorted(_asked_in(nodes))
        self._flat: dict[tuple[bool, ...], tuple[list[str], list[str]]] = {}

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the same text as `fill` would."""
        key = tuple([bool(values.get(name)) for name in self._asked])
        flat = self._flat.get(key)
        if flat is None:
            flat = self._lay_flat(key)
        pieces = flat[0].copy()
        pieces[1::2] = [values.get(name) or EMPTY for name in flat[1]]
        return "".join(pieces)

    def _lay_flat(self, key: tuple[bool, ...]) -> tuple[list[str], list[str]]:
        """Return texts with a gap between each two, and the name of the slot of each gap."""
        if len(self._flat) >= _MOST_FLAT:
            self._flat.clear()
        texts, names = [""], []
        for node in _shown(self.nodes, dict(zip(self._asked, key, strict=True))):
            if isinstance(node, Slot):
                names.append(node.name)
                texts += ["", ""]
            else:
                texts[-1] += node
        self._flat[key] = texts, names
        return texts, names


def parse(source: str, *, file: str) -> list[Node]:
    """Read a template into a tree.

    Raises `TemplateError` with the line of a mark that is misspelt, unclosed or closed wrongly.
    """
    root: list[Node] = []
    open_blocks: list[Block] = []
    target, position = root, 0
    for start, end, kind, name, line in _marks(source, file):
        if start > position:
            target.append(source[position:start])
        position = end
        if not kind:
            target.append(Slot(name, line))
        elif kind == "/":
            _close(open_blocks, name, file=file, line=line)
            target = open_blocks[-1].children if open_blocks else root
        else:
            block = Block(_kind(kind), tuple(name.split("|")), line)
            target.append(block)
            open_blocks.append(block)
            target = block.children
    if open_blocks:
        left = open_blocks[-1]
        raise TemplateError(f"{opening(left)} is never closed", file=file, line=left.line)
    if position < len(source):
        target.append(source[position:])
    return root


def opening(block: Block) -> str:
    """Return the mark a block begins with, as it is written."""
    return "{{" + block.kind + "|".join(block.names) + "}}"


def around_cards(nodes: Sequence[Node]) -> tuple[list[Node], list[Node], list[Node]]:
    """Cut a checked tree into what stands before, in and after the cards."""
    for index, node in enumerate(nodes):
        if isinstance(node, Block) and node.kind == "#":
            return list(nodes[:index]), node.children, list(nodes[index + 1 :])
    return list(nodes), [], []


def is_control(text: str) -> bool:
    """Whether `text` holds a mark other than a plain slot."""
    return any(match[1] for match in _MARK.finditer(text))


def _filled(nodes: Iterable[Node], values: Mapping[str, str]) -> Iterator[str]:
    for node in _shown(nodes, values):
        yield values.get(node.name) or EMPTY if isinstance(node, Slot) else node


def _shown(nodes: Iterable[Node], values: Mapping[str, object]) -> Iterator[str | Slot]:
    """Yield the texts and slots whose conditions hold."""
    for node in nodes:
        if not isinstance(node, Block):
            yield node
        elif any(values.get(name) for name in node.names) == (node.kind == "?"):
            yield from _shown(node.children, values)


def _asked_in(nodes: Iterable[Node]) -> set[str]:
    """Return the slots that conditions ask about."""
    blocks = [node for node in nodes if isinstance(node, Block)]
    return {name for block in blocks for name in (*block.names, *_asked_in(block.children))}


def _marks(source: str, file: str) -> Iterator[tuple[int, int, str, str, int]]:
    position = 0
    while (start := source.find("{{", position)) >= 0:
        line = source.count("\n", 0, start) + 1
        match = _MARK.match(source, start)
        if match is None or not match[2]:
            shown = source[start : start + 30].split("\n", maxsplit=1)[0]
            raise TemplateError(f"cannot read the mark {shown!r}", file=file, line=line)
        end = match.end()
        if match[1]:
            start, end = _with_its_line(source, start, end)
        yield start, end, match[1], match[2], line
        position = end


def _with_its_line(source: str, start: int, end: int) -> tuple[int, int]:
    """Widen a control mark that has a line for itself to that line, so that it leaves no gap."""
    begin = source.rfind("\n", 0, start) + 1
    finish = source.find("\n", end)
    if finish < 0 or source[begin:start].strip(" \t") or source[end:finish].strip(" \t"):
        return start, end
    return begin, finish + 1


def _close(open_blocks: list[Block], name: str, *, file: str, line: int) -> None:
    closing = "{{/" + name + "}}"
    if not open_blocks:
        raise TemplateError(f"{closing} closes nothing", file=file, line=line)
    block = open_blocks.pop()
    expected = "|".join(block.names) if block.kind == "#" else block.kind
    if name != expected:
        raise TemplateError(
            f"{closing} cannot close {opening(block)} of line {block.line}", file=file, line=line
        )


def _kind(character: str) -> Literal["?", "!", "#"]:
    if character == "?":
        return "?"
    return "!" if character == "!" else "#"
