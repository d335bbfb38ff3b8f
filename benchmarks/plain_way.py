"""The plain way, to compare with: for each mail Jinja, MJML, `email.message` and a connection.

It picks nothing, reads and writes no store, and so is cheaper than a real service built this way.
"""

import re
import smtplib
import time
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template
from mjml import mjml2html

from service.rendering.cards import card_values
from service.rendering.compile import read_files
from service.rendering.preview import SampleBrief, sample_brief
from service.rendering.slots import DEED_SLOTS
from service.rendering.wording import date_in_words

FOLDER = Path("templates/email/daily_brief")
BASE = "https://brief.example.org"
_CARD_NAMES = "headline text podcast episode episode_url speaker moment moment_url number why"
_IN_CARD = set(_CARD_NAMES.split()) | {"page_url", "card_language"} | set(DEED_SLOTS)
_MARK = re.compile(r"\{\{\s*([#?!/]?)\s*([a-z_|]*[?!]?)\s*\}\}")
_SENTENCE = re.compile(r"\{\{_ (.*?)\}\}", re.DOTALL)  # it would be translated
_SLOT = re.compile(r"\{(\w+)\}")


def send_plainly(number: int, port: int) -> None:
    """Render and send one mail as most code does."""
    mail = EmailMessage()
    values = _values(number)
    sample = _sample()
    mail["From"] = f"{sample.masthead.from_name} <{sample.masthead.from_email}>"
    mail["To"] = f"Reader <reader{number}@mail.example>"
    mail["Subject"] = str(values["cards"][0]["headline"])
    mail["List-Unsubscribe"] = f"<{values['unsubscribe_url']}>"
    html, text = _templates()
    mail.set_content(text.render(values))
    mail.add_alternative(str(mjml2html(html.render(values))), subtype="html")
    with smtplib.SMTP("127.0.0.1", port) as line:
        line.send_message(mail)


def run_plain_way(sink_port: int, *, mails: int) -> dict[str, Any]:
    """Send `mails` one after the other in this process, without a queue."""
    send_plainly(0, sink_port)  # what is loaded once is not counted
    cpu, started = time.process_time(), time.perf_counter()
    for number in range(1, mails + 1):
        send_plainly(number, sink_port)
    seconds = time.perf_counter() - started
    return {
        "mails": mails,
        "briefs_per_s": mails / seconds,
        "worker_cpu_s_per_1000": (time.process_time() - cpu) * 1_000 / mails,
    }


@lru_cache(maxsize=1)
def _sample() -> SampleBrief:
    return sample_brief(read_files(FOLDER))


@lru_cache(maxsize=1)
def _templates() -> tuple[Template, Template]:
    files = read_files(FOLDER)
    safe, plain = Environment(autoescape=True), Environment(autoescape=False)
    return (
        safe.from_string(_as_jinja(files["body.mjml"])),
        plain.from_string(_as_jinja(files["body.txt"])),
    )


def _as_jinja(source: str) -> str:
    """Rewrite our marks: `{{?a|b}}` is `{% if a or b %}`, `{{#cards}}` a loop over cards."""

    def name(slot: str) -> str:
        return f"card.{slot}" if slot in _IN_CARD else slot

    def mark(match: re.Match[str]) -> str:
        kind, names = match[1], match[2]
        if kind == "#":
            return "{% for card in cards %}"
        if kind == "/":
            return "{% endfor %}" if names == "cards" else "{% endif %}"
        if kind:
            condition = " or ".join(name(slot) for slot in names.split("|"))
            return "{% if " + (f"not ({condition})" if kind == "!" else condition) + " %}"
        return "{{ " + name(names) + " }}"

    said = _SENTENCE.sub(lambda match: _SLOT.sub(r"{{\1}}", match[1]), source)
    return _MARK.sub(mark, said)


def _values(number: int) -> dict[str, Any]:
    sample = _sample()
    cards = []
    for place, pick in enumerate(sample.reader.picks, start=1):
        links = {
            slot: f"{BASE}/b/token{number}/{pick.insight_id}/{deed}"
            for slot, deed in DEED_SLOTS.items()
        }
        shown = card_values(sample.cards[pick.insight_id])
        cards.append(
            {
                **shown,
                **links,
                "card_language": "en",
                "number": place,
                "why": "Because you follow this",
            }
        )
    return {
        "list_name": sample.masthead.list_name,
        "date": date_in_words(sample.masthead.local_date),
        "language": "en",
        "direction": "ltr",
        "start": "left",
        "end": "right",
        "postal_address": sample.masthead.postal_address,
        "summary": "Five for you today.",
        "preheader": cards[1]["headline"],
        "closing": "That was it.",
        "view_url": f"{BASE}/b/token{number}",
        "unsubscribe_url": f"{BASE}/u/token{number}",
        "manage_url": f"{BASE}/p/token{number}",
        "pause_url": f"{BASE}/u/token{number}/pause",
        "cards": cards,
    }
