"""Fill our own page templates: everything escaped, an unknown name an error."""

import datetime as dt
from typing import Any

import jinja2
from starlette.responses import HTMLResponse

from service.config import TEMPLATES
from service.rendering.wording import date_in_words, hour_in_words, moment_in_words, word


class Pages:
    """The templates under templates/pages/, compiled once."""

    def __init__(self, *, base: str) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES / "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["base"] = base
        self._templates.filters.update(
            grouped=_grouped,
            date=date_in_words,
            hour=hour_in_words,
            mark=moment_in_words,
            word=word,
            moment=_moment,
            spaced=_spaced,
        )

    def show(self, name: str, *, code: int = 200, **values: Any) -> HTMLResponse:
        """Return a filled page."""
        text = self._templates.get_template(name).render(values)
        return HTMLResponse(text, status_code=code)


def _grouped(number: int) -> str:
    return f"{number:,}"


def _moment(at: dt.datetime | None) -> str:
    """Return a moment as the ledger writes it: 22 Nov 07:04."""
    return "" if at is None else f"{at.day} {at:%b %H:%M}"


def _spaced(name: str) -> str:
    """Return a stored name as words: quiet_day becomes quiet day."""
    return name.replace("_", " ")
