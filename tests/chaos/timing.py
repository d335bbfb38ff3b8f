"""Every wait, lease and retry step, divided together: a day of faults fits into a minute."""

import math
from typing import Any

from annotated_types import Ge
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from service.config import PREFIX, Settings

DIVISOR = 60
FLOORS = {
    # A wave's size follows the rate of the machine, which is not divided: cut much shorter, most
    # of each wave would only be marked and given back.
    "PODBRIEF_WORKER_WAVE_SECONDS": 0.5,
    # Nor is how long a statement takes on a machine that runs everything at once.
    "PODBRIEF_DATABASE_ANSWER_SECONDS": 3.0,
    "PODBRIEF_WORKER_CLOCK_SECONDS": 5.0,
}


def divided(divisor: float = DIVISOR) -> dict[str, str]:
    """Return all settings that are seconds, as environment, `divisor` times shorter.

    Never below what the setting itself allows, nor below `FLOORS`.
    """
    environment = {}
    for group_name, group_field in Settings.model_fields.items():
        group = group_field.default
        if not isinstance(group, BaseModel):
            continue
        for name, field in type(group).model_fields.items():
            if name.endswith("_seconds"):
                setting = f"{PREFIX}{group_name}_{name}".upper()
                environment[setting] = _divided(setting, field, getattr(group, name), divisor)
    return environment


def _divided(setting: str, field: FieldInfo, value: Any, divisor: float) -> str:
    if isinstance(value, str):  # steps, separated by commas
        return ",".join(f"{float(step) / divisor:g}" for step in value.split(","))
    least = max([FLOORS.get(setting, 0.0), *(float(_least(rule)) for rule in field.metadata)])
    shorter = max(least, value / divisor)
    return str(math.ceil(shorter)) if field.annotation is int else f"{shorter:g}"


def _least(rule: Any) -> Any:
    return rule.ge if isinstance(rule, Ge) else 0
