"""How many briefs a wave should hold: two seconds' worth at the rate this process has shown."""

from dataclasses import dataclass

WAVE_AIM_SECONDS = 2.0
LARGEST_WAVE = 200
MEMORY = 0.5  # weight of the newest wave in the running rate


@dataclass(slots=True)
class Pace:
    """The running rate of one process; None until a wave has been measured."""

    per_second: float | None = None

    def wave_size(self) -> int:
        """Return the size of the next wave; one while the rate is unknown."""
        if self.per_second is None:
            return 1
        return max(1, min(LARGEST_WAVE, round(self.per_second * WAVE_AIM_SECONDS)))

    def took(self, messages: int, seconds: float) -> None:
        """Learn from a wave; waves of nothing teach nothing."""
        if not messages:
            return
        rate = messages / max(seconds, 1e-6)
        if self.per_second is None:
            self.per_second = rate
        else:
            self.per_second += MEMORY * (rate - self.per_second)
