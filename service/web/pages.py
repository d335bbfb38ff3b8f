"""Fill our own page templates: everything escaped, an unknown name an error.

A page is filled in one language: `_("…")` and `ngettext(…)` look it up, `lang` is the language
itself, and the filters `day`, `full_date`, `clock`,
`figure` write as it writes.
"""

import datetime as dt
from typing import Any

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from service.config import TEMPLATES
from service.languages import ENGLISH, Language, language
from service.rendering.wording import date_in_words, hour_in_words, moment_in_words, word

SMOOTH = Markup(
    'hx-boost="true" hx-target="#main" hx-select="#main" hx-swap="outerHTML show:window:top"'
)
"""On a form: with scripts only the text is exchanged; without, the page is. The answer is one."""


class Pages:
    """The templates under templates/pages/, compiled once."""

    def __init__(self, *, base: str) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES / "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._templates.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's
            _gettext, _ngettext, newstyle=True, pgettext=_pgettext, npgettext=_npgettext
        )
        self._templates.globals["base"] = base
        self._templates.globals["smooth"] = SMOOTH
        self._templates.filters.update(
            grouped=_grouped,
            date=date_in_words,
            hour=hour_in_words,
            mark=moment_in_words,
            word=word,
            moment=_moment,
            spaced=_spaced,
            day=_day,
            full_date=_full_date,
            clock=_clock,
            figure=_figure,
        )

    def show(
        self, name: str, *, code: int = 200, lang: Language | None = None, **values: Any
    ) -> HTMLResponse:
        """Return a filled page; in English when no language is named."""
        return HTMLResponse(self.fill(name, lang=lang, **values), status_code=code)

    def fill(self, name: str, *, lang: Language | None = None, **values: Any) -> str:
        """Return the text of a filled page."""
        values["lang"] = lang or language(ENGLISH)
        return self._templates.get_template(name).render(values)


def _grouped(number: int) -> str:
    return f"{number:,}"


def _moment(at: dt.datetime | None) -> str:
    """Return a moment as the ledger writes it: 22 Nov 07:04."""
    return "" if at is None else f"{at.day} {at:%b %H:%M}"


def _spaced(name: str) -> str:
    """Return a stored name as words: quiet_day becomes quiet day."""
    return name.replace("_", " ")


@jinja2.pass_context
def _gettext(context: Context, text: str) -> str:
    return _lang(context).gettext(text)


@jinja2.pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return _lang(context).ngettext(one, many, count)


@jinja2.pass_context
def _pgettext(context: Context, where: str, text: str) -> str:
    return _lang(context).pgettext(where, text)


@jinja2.pass_context
def _npgettext(context: Context, where: str, one: str, many: str, count: int) -> str:
    return _lang(context).npgettext(where, one, many, count)


@jinja2.pass_context
def _day(context: Context, date: dt.date) -> str:
    return _lang(context).day(date)


@jinja2.pass_context
def _full_date(context: Context, date: dt.date) -> str:
    return _lang(context).date(date)


@jinja2.pass_context
def _clock(context: Context, hour: int) -> str:
    return _lang(context).hour(hour)


@jinja2.pass_context
def _figure(context: Context, number: float) -> str:
    return _lang(context).number(number)


def _lang(context: Context) -> Language:
    found: Language = context["lang"]
    return found
