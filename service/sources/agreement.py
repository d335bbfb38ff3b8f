"""Notice lines of one file that contradict each other: there is no telling which is right. Pure."""

from dataclasses import dataclass, field

from service.errors import InputError
from service.insights.values import NewInsight


@dataclass(slots=True)
class Agreement:
    """Remembers what the lines so far said."""

    _insights: dict[str, tuple[int, int]] = field(default_factory=dict)  # key to line, content
    _addresses: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def is_new(self, insight: NewInsight, line: int) -> bool:
        """Return whether no line before said exactly this.

        Raises `InputError` when one said something else of the same insight or episode.
        """
        content = _content(insight)
        earlier = self._insights.get(insight.key)
        if earlier is not None:
            if earlier[1] == content:
                return False
            what = "text: the same text" if insight.key.startswith("text-") else "id: the same id"
            raise InputError(f"{what} as line {earlier[0]}, with other facts")
        if insight.podcast and insight.episode and insight.episode_url:
            said = (line, insight.episode_url)
            first = self._addresses.setdefault((insight.podcast, insight.episode), said)
            if first[1] != insight.episode_url:
                raise InputError(f"episode_url: line {first[0]} gives another for this episode")
        self._insights[insight.key] = (line, content)
        return True


def _content(insight: NewInsight) -> int:
    return hash(
        (
            *(insight.text, insight.headline, insight.podcast, insight.episode),
            *(insight.episode_url, insight.speaker, insight.timecode, insight.published_at),
            *(insight.url, insight.quality, insight.language, frozenset(insight.topics)),
        )
    )
