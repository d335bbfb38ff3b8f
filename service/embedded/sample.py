"""The sample content: invented podcasts and people, dated as if it were said lately."""

import datetime as dt
import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from service.audience.values import ListSettings

LIST_SLUG: Final = "daily"
STAFF_EMAIL: Final = "admin@podbrief.example"
INSIGHT_FILES = ("insights_a.jsonl", "insights_b.jsonl")
LIST_SETTINGS: Final = ListSettings(
    name="The Daily Five",
    description="Five insights from the podcasts you have no time for, each morning at your hour.",
    from_name="Podbrief",
    from_email="brief@podbrief.example",
    postal_address="Podbrief, 5 Waveform Lane, Exampleton EX4 5PL",
    language="en",
    timezone="Europe/London",
    hour="7",
)


def write_insights(target: Path, *, series: dt.date, now: dt.datetime) -> int:
    """Write the sample insights as an import file and return how many there are.

    Each `series` has keys of its own, so that the same words can be news again for those who have
    not had them; the store knows the words again and gives nobody the same story twice.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(_dated(json.loads(line), series, now), ensure_ascii=False)
        for name in INSIGHT_FILES
        for line in (sample_folder() / name).read_text("utf-8").splitlines()
        if line.strip()
    ]
    target.write_text("\n".join(lines) + "\n", "utf-8")
    return len(lines)


def _dated(insight: dict[str, Any], series: dt.date, now: dt.datetime) -> dict[str, Any]:
    said = now - dt.timedelta(hours=insight.pop("hours_ago"))
    insight.pop("retold", None)
    return insight | {
        "id": f"{insight['id']}.{series:%Y%m%d}",
        "published_at": said.isoformat(timespec="seconds"),
    }


def sample_folder() -> Path:
    return Path(str(files("service.embedded"))) / "sample"
