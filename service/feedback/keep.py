"""Keep a report without what tells who it is about. Pure."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from service.log import redacted

LEFT_OUT = "[left out]"
LONGEST_TEXT = 500  # characters of one value
MOST_TEXT = 20_000  # and of all together


def kept(report: Mapping[str, Any], *, leave_out: Collection[str]) -> str:
    """Return a report as JSON: fields in `leave_out` blanked, addresses and signed links redacted.

    Texts are cut, so that the size and the work have a limit whatever somebody sends.
    """
    return json.dumps(_Keeper(frozenset(leave_out)).keep(report), sort_keys=True)


class _Keeper:
    def __init__(self, leave_out: Collection[str]) -> None:
        self._leave_out = leave_out
        self._left = MOST_TEXT

    def keep(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                self._text(str(name)): LEFT_OUT if name in self._leave_out else self.keep(inner)
                for name, inner in value.items()
                if self._left > 0
            }
        if isinstance(value, list):
            return [self.keep(inner) for inner in value if self._left > 0]
        if isinstance(value, str):
            return self._text(value)
        self._left -= len(str(value))
        return value

    def _text(self, text: str) -> str:
        cut = text[: min(LONGEST_TEXT, max(self._left, 0))]
        self._left -= len(cut) + 2
        return redacted(cut) + ("…" if len(cut) < len(text) else "")
