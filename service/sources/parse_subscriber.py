"""Read one person from the cells of one row: every cell checked, every fault named. Pure."""

from collections.abc import Sequence

from service.audience.addresses import read_address
from service.audience.choices import read_frequency, read_hour, read_status, read_zone
from service.audience.values import NewSubscriber
from service.errors import InputError
from service.insights.checked_text import language_tag, nearest_hint, one_line, shown
from service.insights.topic_names import topics_by_slug

COLUMNS = (
    "email",
    "name",
    "topics",
    "timezone",
    "hour",
    "frequency",
    "language",
    "status",
)
_LONGEST_NAME = 120


def read_header(cells: Sequence[str]) -> list[str]:
    """Return the columns in their order.

    Raises `InputError` when one is unknown or stands twice, or `email` is not among them.
    """
    columns = [cell.strip().lower() for cell in cells]
    for column in columns:
        if column not in COLUMNS:
            if ";" in column or "\t" in column:
                raise InputError("header: columns must be separated by commas")
            raise InputError(f"header: {shown(column)} is no column{nearest_hint(column, COLUMNS)}")
        if columns.count(column) > 1:
            raise InputError(f"header: {column} stands twice")
    if "email" not in columns:
        raise InputError("header: there is no column email")
    return columns


def parse_subscriber(cells: Sequence[str], columns: Sequence[str]) -> NewSubscriber:
    """Return the person of a row; an empty cell says nothing.

    Raises `InputError` as `field: what is wrong`.
    """
    if len(cells) != len(columns):
        raise InputError(f"line: has {len(cells)} cells, the header has {len(columns)}")
    said = {
        column: cell
        for column, cell in zip(columns, cells, strict=True)
        if cell and not cell.isspace()
    }
    name, topics = said.get("name"), said.get("topics")
    language, zone = said.get("language"), said.get("timezone")
    hour, frequency, status = said.get("hour"), said.get("frequency"), said.get("status")
    return NewSubscriber(
        address=read_address(said.get("email", "")),
        name=one_line(name, field="name", longest=_LONGEST_NAME) if name else None,
        topics=topics_by_slug(topics.split(";")) if topics else None,
        language=language_tag(language) if language else None,
        timezone=read_zone(zone) if zone else None,
        hour=read_hour(hour) if hour else None,
        frequency=read_frequency(frequency) if frequency else None,
        status=read_status(status) if status else None,
    )
