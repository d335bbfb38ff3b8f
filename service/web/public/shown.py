"""An insight as page templates want it: links checked, a title for one that has none."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.insights.reading import ReadInsight
from service.rendering.clip import cleaned, cut_to
from service.web.outside_links import outside_link
from service.web.public.card_words import CardWords

LONGEST_TITLE = 110
LONGEST_DESCRIPTION = 155  # characters, which is what search engines show


@dataclass(frozen=True, slots=True)
class Shown:
    """One insight, ready for a template, which escapes it."""

    insight: ReadInsight

    @property
    def path(self) -> str:
        return self.insight.path

    @property
    def title(self) -> str:
        return cleaned(self.insight.headline) or cut_to(cleaned(self.insight.text), LONGEST_TITLE)

    @property
    def description(self) -> str:
        return cut_to(cleaned(self.insight.text), LONGEST_DESCRIPTION)

    @property
    def mark(self) -> str:
        """The time mark in figures, such as 23:41; empty when there is none."""
        timecode = self.insight.timecode
        if timecode is None or timecode < 0:
            return ""
        minutes, seconds = divmod(timecode, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"

    @property
    def episode_link(self) -> str:
        return outside_link(self.insight.episode_url)

    @property
    def original_link(self) -> str:
        """Where it was said: the moment itself, else the episode, else the podcast."""
        return (
            outside_link(self.insight.url)
            or self.episode_link
            or outside_link(self.insight.podcast_url)
        )

    @property
    def card(self) -> CardWords:
        """What its picture says."""
        one = self.insight
        date = one.published_at
        said = (one.podcast, one.speaker, f"{date.day} {date:%B} {date.year}")
        return CardWords(self.title, " · ".join(cleaned(part) for part in said if part))

    @property
    def card_path(self) -> str:
        return f"/cards/i/{self.insight.id}-{self.card.digest}.png"


def shown(insights: Iterable[ReadInsight]) -> list[Shown]:
    return [Shown(insight) for insight in insights]
