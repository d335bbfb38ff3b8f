"""The seeds that once failed: kept in a file beside this one, and replayed by `make chaos`."""

import json
from pathlib import Path

FILE = Path(__file__).with_name("regressions.json")


def kept(suite: str, file: Path = FILE) -> list[int]:
    """Return the seeds of a suite that once failed."""
    seeds: list[int] = _read(file).get(suite, [])
    return seeds


def keep(suite: str, seed: int, file: Path = FILE) -> None:
    """Remember that `seed` failed; to be committed with the fix."""
    seeds = _read(file)
    seeds[suite] = sorted({*seeds.get(suite, []), seed})
    file.write_text(json.dumps(seeds, indent=2) + "\n", "utf-8")


def _read(file: Path) -> dict[str, list[int]]:
    seeds: dict[str, list[int]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return seeds
