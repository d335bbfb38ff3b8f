"""Checking a template before it is compiled, with the line of every fault.

The compiler itself names no lines and is silent about most of what goes wrong, so the MJML is
read a second time here, as XML, and its slots as a tree.
"""

import json
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from service.errors import TemplateError
from service.rendering.lint_mjml import MjmlCheck
from service.rendering.slots import (
    BRIEF_LINKS,
    CARD_SLOTS,
    CARDS,
    DEED_SLOTS,
    EDITION_SLOTS,
    INSIDE_CARDS,
    NOTICE_SLOTS,
    OUTSIDE_CARDS,
    PERSONAL,
    SOME_LINKS,
    Block,
    Node,
    Slot,
    around_cards,
    opening,
    parse,
)

BODY, TEXT, SUBJECT, SAMPLE = "body.mjml", "body.txt", "subject.txt", "sample.json"
FILES = (BODY, TEXT, SUBJECT, SAMPLE)

# What the law and the reader need to find in each of the two forms.
_REQUIRED_OUTSIDE = ("unsubscribe_url", "postal_address", "list_name")
_REQUIRED_INSIDE = ("text",)
_ALONE_ON_A_LINE = frozenset({"summary", "closing", "why"})


def check_template(files: Mapping[str, str]) -> None:
    """Raise `TemplateError` for the first fault found in the files of a brief's template."""
    _check_files(files)
    _check_slots(parse(files[BODY], file=BODY), BODY)
    _check_slots(parse(files[TEXT], file=TEXT), TEXT, without=frozenset({"preheader"}))
    _check_lines(files[TEXT])
    known = EDITION_SLOTS | CARD_SLOTS - {"episode_url", "moment_url", "page_url"}
    if not _slots_of_subject(files[SUBJECT], known):
        raise TemplateError("the subject says the same every day: use {{headline}}", file=SUBJECT)


def check_notice(files: Mapping[str, str]) -> None:
    """Raise `TemplateError` for the first fault found in the files of a notice's template."""
    _check_files(files)
    for file in (BODY, TEXT):
        used = set(_checked(parse(files[file], file=file), NOTICE_SLOTS, file, "in a notice"))
        if "link_url" not in used:
            raise TemplateError("the slot {{link_url}} is missing", file=file)
    _slots_of_subject(files[SUBJECT], NOTICE_SLOTS - {"link_url"})


def _check_files(files: Mapping[str, str]) -> None:
    for name in FILES:
        if name not in files:
            raise TemplateError("this file is missing from the template", file=name)
    _check_mjml(files[BODY])
    _check_sample(files[SAMPLE])


def _check_mjml(source: str) -> None:
    parser = expat.ParserCreate()
    parser.UseForeignDTD()  # named entities such as &nbsp; are the mail program's to know
    check = MjmlCheck(parser, BODY)
    try:
        parser.Parse(source, True)  # noqa: FBT003  # the parser takes no keywords
    except expat.ExpatError as error:
        raise TemplateError(check.explain(error), file=BODY, line=error.lineno) from error
    check.finish()


def _check_slots(nodes: list[Node], file: str, *, without: frozenset[str] = frozenset()) -> None:
    head, cards, tail = around_cards(nodes)
    outside = [*head, *tail]
    if not any(isinstance(node, Block) and node.kind == "#" for node in nodes):
        raise TemplateError("the cards are missing: {{#cards}} … {{/cards}}", file=file)
    used = set(_checked(outside, OUTSIDE_CARDS - without, file, "outside the cards"))
    for name in _REQUIRED_OUTSIDE:
        if name not in used:
            raise TemplateError(f"the slot {{{{{name}}}}} is missing", file=file)
    used = set(_checked(cards, INSIDE_CARDS, file, "in a card"))
    for name in _REQUIRED_INSIDE:
        if name not in used:
            raise TemplateError(f"the slot {{{{{name}}}}} is missing from the cards", file=file)


def _checked(nodes: list[Node], known: frozenset[str], file: str, place: str) -> Iterator[str]:
    """Yield the slots used in `nodes`; raise for one that is not `known` there."""
    for node in nodes:
        if isinstance(node, Slot):
            _check_name(node.name, known, file, node.line, place)
            yield node.name
        elif isinstance(node, Block):
            if node.kind == "#":
                reason = f"{opening(node)} may stand once, by itself, as {{{{#{CARDS}}}}}"
                raise TemplateError(reason, file=file, line=node.line)
            for name in node.names:
                _check_name(name, known, file, node.line, place)
                if name in PERSONAL:
                    reason = f"{opening(node)} asks about a slot that differs from mail to mail"
                    raise TemplateError(reason, file=file, line=node.line)
            yield from _checked(node.children, known, file, place)


def _check_name(name: str, known: frozenset[str], file: str, line: int, place: str) -> None:
    if name in known:
        return
    elsewhere = name in EDITION_SLOTS | CARD_SLOTS | PERSONAL | BRIEF_LINKS | SOME_LINKS | set(
        DEED_SLOTS
    )
    reason = (
        f"the slot {{{{{name}}}}} has no value {place}"
        if elsewhere
        else f"there is no slot {{{{{name}}}}}; {place} there are {', '.join(sorted(known))}"
    )
    raise TemplateError(reason, file=file, line=line)


def _check_lines(source: str) -> None:
    """Sentences of unknown length are wrapped on their own, so they need a line of their own."""
    for number, line in enumerate(source.split("\n"), start=1):
        for name in _ALONE_ON_A_LINE:
            mark = f"{{{{{name}}}}}"
            if mark in line and line.strip() != mark:
                reason = f"{mark} needs a line to itself in the plain text"
                raise TemplateError(reason, file=TEXT, line=number)


def _slots_of_subject(source: str, known: frozenset[str]) -> list[str]:
    if "\n" in source.strip():
        raise TemplateError("a subject is one line", file=SUBJECT, line=2)
    return list(_checked(parse(source, file=SUBJECT), known, SUBJECT, "in a subject"))


def _check_sample(source: str) -> None:
    try:
        json.loads(source)
    except json.JSONDecodeError as error:
        raise TemplateError(error.msg, file=SAMPLE, line=error.lineno) from error
