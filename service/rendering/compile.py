"""A template compiled once: MJML to HTML, then cut at its slots; kept by the hash of its files."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mjml import mjml2html

from service.errors import TemplateError
from service.languages import Language
from service.rendering.lint import BODY, SUBJECT, TEXT, check_notice, check_template
from service.rendering.slots import Node, Sheet, around_cards, parse
from service.rendering.speak import spoken
from service.rendering.wording import IN_ENGLISH

KEPT = 64  # compiled templates a process remembers

_LOOSE_SPACE = re.compile(r"[ \t]*\n\s*|[ \t]{2,}")
_PERSONAL_LINE = re.compile(r"^( *)\{\{\s*(\w+)\s*\}\}\s*$", re.MULTILINE)
_kept: "dict[tuple[str, str], CompiledTemplate]" = {}


@dataclass(frozen=True, slots=True)
class Part:
    """The HTML or the plain text: what stands before, in and after the cards."""

    head: Sequence[Node]
    card: Sheet
    tail: Sequence[Node]


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template ready to be filled."""

    digest: str
    html: Part
    text: Part
    subject: Sheet
    indents: Mapping[str, int]  # blanks before a slot that has a line of the plain text to itself


def compile_template(folder: Path, lang: Language = IN_ENGLISH) -> CompiledTemplate:
    """Compile the files of one folder of templates/email, in one language.

    Raises `TemplateError` with file, line and reason.
    """
    return compile_source(read_files(folder), name=folder.name, lang=lang)


def compile_source(
    files: Mapping[str, str], *, name: str = "template", lang: Language = IN_ENGLISH
) -> CompiledTemplate:
    """Compile a template given as contents by file name, such as a version from the store.

    Raises `TemplateError` with file, line and reason.
    """
    return _kept_or_compiled(files, name, lang, check_template)


def compile_notice(folder: Path, lang: Language = IN_ENGLISH) -> CompiledTemplate:
    """Compile the template of a notice: it has no cards, so all of it is the head.

    Raises `TemplateError` with file, line and reason.
    """
    return _kept_or_compiled(read_files(folder), folder.name, lang, check_notice)


def template_digest(files: Mapping[str, str]) -> str:
    """Return what tells one version of a template from another."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        for part in (name.encode(), content.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def read_files(folder: Path) -> dict[str, str]:
    """Return the contents of a template's folder by file name."""
    if not folder.is_dir():
        raise TemplateError("there is no such template folder", file=str(folder))
    files = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            try:
                files[path.name] = path.read_text("utf-8")
            except UnicodeDecodeError as error:
                line = error.object[: error.start].count(b"\n") + 1
                raise TemplateError("this is not UTF-8", file=path.name, line=line) from error
    return files


def _kept_or_compiled(
    files: Mapping[str, str],
    name: str,
    lang: Language,
    check: Callable[[Mapping[str, str]], None],
) -> CompiledTemplate:
    digest = template_digest(files)
    key = (digest, lang.code)
    if key not in _kept:
        if len(_kept) >= KEPT:
            _kept.clear()
        said = spoken(files, lang)
        check(said)
        _kept[key] = _compiled(said, digest, name)
    return _kept[key]


def _compiled(files: Mapping[str, str], digest: str, name: str) -> CompiledTemplate:
    try:
        # fonts={}: MJML would link a font host for each web font it knows in our font stacks
        markup = str(mjml2html(files[BODY], disable_comments=True, fonts={}))
    except ValueError as error:
        raise TemplateError(str(error), file=BODY, line=_line_of(error, files[BODY])) from error
    html = parse(_LOOSE_SPACE.sub(_one_space, markup) + "\n", file=f"{name}/{BODY}, compiled")
    text = parse(files[TEXT].rstrip() + "\n", file=TEXT)
    return CompiledTemplate(
        digest=digest,
        html=_part(html),
        text=_part(text),
        subject=Sheet(parse(files[SUBJECT].strip(), file=SUBJECT)),
        indents={found[2]: len(found[1]) for found in _PERSONAL_LINE.finditer(files[TEXT])},
    )


def _part(nodes: Sequence[Node]) -> Part:
    head, card, tail = around_cards(nodes)
    return Part(head, Sheet(card), tail)


def _one_space(match: re.Match[str]) -> str:
    return "\n" if "\n" in match[0] else " "


def _line_of(error: ValueError, source: str) -> int | None:
    """Turn the compiler's byte range into a line."""
    found = re.search(r"position (\d+)", str(error))
    return source.encode()[: int(found[1])].count(b"\n") + 1 if found else None
