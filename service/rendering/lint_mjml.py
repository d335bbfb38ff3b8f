"""The rules of MJML, checked tag by tag while the XML parser goes through the file."""

import re
from typing import NoReturn
from xml.parsers import expat

from service.errors import TemplateError
from service.rendering.mjml_words import ATTRIBUTES, CHILDREN, HOLDS_HTML, HOLDS_TEXT, HTML_TAGS
from service.rendering.slots import is_control

_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})|transparent|[a-z]+")
_LINK = re.compile(r"https?://|mailto:|#|\{\{\s*[a-z_]*_url\s*\}\}")
_FIXED = re.compile(r"[0-9.]+(?:px|%)?")
_COMPILED_SIZES = {"mj-column": "width", "mj-body": "width", "mj-image": "width"}
_NOT_ALLOWED_HTML = frozenset({"script", "iframe", "object", "embed", "form", "input", "button"})


class MjmlCheck:
    """Listens to an expat parser and raises `TemplateError` at the first fault."""

    def __init__(self, parser: "expat.XMLParserType", file: str) -> None:
        self._parser = parser
        self._file = file
        self._open: list[tuple[str, int]] = []
        self._seen: set[str] = set()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.buffer_text = False

    def finish(self) -> None:
        """Check what only the whole file can tell."""
        for tag in ("mjml", "mj-body"):
            if tag not in self._seen:
                raise TemplateError(f"<{tag}> is missing", file=self._file, line=1)

    def explain(self, error: expat.ExpatError) -> str:
        """Return what is wrong, with the tag that was left open where that is the reason."""
        reason = expat.ErrorString(error.code)
        if self._open and reason in ("mismatched tag", "no element found", "unclosed token"):
            tag, line = self._open[-1]
            return f"<{tag}> of line {line} is not closed before this"
        if reason in ("undefined entity", "not well-formed (invalid token)"):
            return f"{reason}: is a & or < written that should be &amp; or &lt;?"
        return reason

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1][0] if self._open else ""
        if tag.startswith("mj") and tag in ATTRIBUTES | {"mj-all": (), "mj-class": ()}:
            self._check_place(tag, parent)
            self._check_attributes(tag, attributes, parent)
        elif self._inside_html():
            self._check_html(tag, attributes)
        else:
            self._fail(f"there is no <{tag}> here" if parent else f"<{tag}> is not <mjml>")
        self._seen.add(tag)
        self._open.append((tag, self._parser.CurrentLineNumber))

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if not text.strip() or not self._open:
            return
        tag = self._open[-1][0]
        if tag == "mj-raw":
            self._check_raw(text)
        elif tag not in HOLDS_TEXT and not self._inside_html():
            hint = " Put it into <mj-raw>." if is_control(text) else ""
            self._fail(f"text may not stand directly in <{tag}>.{hint}")

    def _check_place(self, tag: str, parent: str) -> None:
        if parent not in CHILDREN:
            if parent or tag != "mjml":
                self._fail(f"<{tag}> may not stand in <{parent or 'nothing'}>")
        elif tag not in CHILDREN[parent]:
            self._fail(f"<{tag}> may not stand in <{parent}>")

    def _check_attributes(self, tag: str, attributes: dict[str, str], parent: str) -> None:
        default = parent == "mj-attributes"
        known = ATTRIBUTES.get(tag, frozenset()) | ({"css-class"} if default else frozenset())
        if tag in ("mj-all", "mj-class"):
            known = frozenset({"name"}).union(*ATTRIBUTES.values())
        for name, value in attributes.items():
            if name not in known:
                self._fail(f"<{tag}> has no attribute {name!r}")
            if name.endswith("color") and "{{" not in value and not _COLOUR.fullmatch(value):
                self._fail(f"{name}={value!r} is not a colour")
            if _COMPILED_SIZES.get(tag) == name and not _FIXED.fullmatch(value):
                self._fail(f"{name} of <{tag}> must be a number: it is used when compiling")
            self._check_value(name, value)

    def _check_html(self, tag: str, attributes: dict[str, str]) -> None:
        if tag not in HTML_TAGS:
            known = "may not be used in a mail" if tag in _NOT_ALLOWED_HTML else "is not HTML"
            self._fail(f"<{tag}> {known}")
        for name, value in attributes.items():
            if name.startswith("on"):
                self._fail(f"the attribute {name!r} may not be used in a mail")
            self._check_value(name, value)

    def _check_value(self, name: str, value: str) -> None:
        if name in ("href", "src", "background-url") and not _LINK.match(value):
            self._fail(f"{name}={value!r} must begin with https://, mailto: or be a slot of one")
        if is_control(value):
            self._fail(f"a condition may not stand in the attribute {name!r}")

    def _check_raw(self, text: str) -> None:
        parents = [tag for tag, _ in self._open]
        if "mj-wrapper" in parents and not is_control(text):
            self._fail("text in <mj-raw> within <mj-wrapper> is seen by Outlook alone")
        if parents[-2] in ("mj-section", "mj-group") and is_control(text):
            self._fail("a column cannot depend on a condition: widths are set when compiling")

    def _inside_html(self) -> bool:
        return any(tag in HOLDS_HTML for tag, _ in self._open)

    def _fail(self, reason: str) -> NoReturn:
        raise TemplateError(reason, file=self._file, line=self._parser.CurrentLineNumber)
