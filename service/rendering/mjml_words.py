"""The part of MJML 4 that our compiler honours: tags, where they may stand, their attributes.

The compiler passes an unknown tag on and drops an unknown attribute without a word, so the linter
holds templates to these lists. What it renders differently from the reference implementation
(hero, carousel, accordion, navbar, social, include) is left out.
"""

_FONT = "font-family font-size font-style font-weight letter-spacing line-height"
_PADDING = "padding padding-top padding-right padding-bottom padding-left"
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_BACKGROUND = (
    "background-color background-url background-repeat background-size background-position "
    "background-position-x background-position-y"
)
_SECTION = f"{_BACKGROUND} {_BORDER} {_PADDING} direction full-width text-align text-padding"
_INNER = "inner-background-color inner-border inner-border-radius"

_BODY_PARTS = frozenset({"mj-section", "mj-wrapper", "mj-raw"})
_COLUMN_PARTS = frozenset(
    {"mj-text", "mj-button", "mj-image", "mj-table", "mj-divider", "mj-spacer", "mj-raw"}
)
_HEAD_PARTS = frozenset(
    {
        "mj-title",
        "mj-preview",
        "mj-attributes",
        "mj-style",
        "mj-breakpoint",
        "mj-font",
        "mj-raw",
    }
)

CHILDREN: dict[str, frozenset[str]] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": _HEAD_PARTS,
    "mj-body": _BODY_PARTS,
    "mj-wrapper": frozenset({"mj-section", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _COLUMN_PARTS,
    "mj-attributes": frozenset(
        {"mj-all", "mj-class", "mj-body", "mj-section", "mj-wrapper", "mj-column", "mj-group"}
        | _COLUMN_PARTS - {"mj-raw"}
    ),
}

ATTRIBUTES: dict[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        "mjml": "lang dir",
        "mj-head": "",
        "mj-title": "",
        "mj-preview": "",
        "mj-attributes": "",
        "mj-style": "",
        "mj-raw": "",
        "mj-breakpoint": "width",
        "mj-font": "name href",
        "mj-body": "background-color width css-class",
        "mj-wrapper": f"{_SECTION} css-class mj-class",
        "mj-section": f"{_SECTION} css-class mj-class",
        "mj-group": "background-color direction vertical-align width css-class mj-class",
        "mj-column": f"background-color {_BORDER} {_INNER} {_PADDING} direction vertical-align "
        "width css-class mj-class",
        "mj-text": f"align color container-background-color {_FONT} {_PADDING} height "
        "text-decoration text-transform vertical-align css-class mj-class",
        "mj-button": f"align background-color color container-background-color {_BORDER} {_FONT} "
        f"{_PADDING} height href inner-padding name rel target text-align text-decoration "
        "text-transform vertical-align width css-class mj-class",
        "mj-image": f"align alt container-background-color {_BORDER} {_PADDING} fluid-on-mobile "
        "height href name rel src srcset target title usemap width css-class mj-class",
        "mj-table": f"align border cellpadding cellspacing color container-background-color {_FONT}"
        f" {_PADDING} table-layout width css-class mj-class",
        "mj-divider": "align border-color border-style border-width container-background-color "
        f"{_PADDING} width css-class mj-class",
        "mj-spacer": f"container-background-color {_PADDING} height css-class mj-class",
    }.items()
}

HOLDS_HTML = frozenset({"mj-text", "mj-button", "mj-table", "mj-raw"})
HOLDS_TEXT = frozenset({"mj-title", "mj-preview", "mj-style"})

HTML_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "link",
        "main",
        "mark",
        "meta",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
