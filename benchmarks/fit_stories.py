"""Fit the weights by which two insights are judged to tell one finding, and say how they hold.

    python -m benchmarks.fit_stories [--model wordllama|lexical]

Reads the pairs of `tests/data/story_pairs.txt` and the sample insights, 25 of which are retold by
another. All other pairs of sample insights are two findings; the likest 1,500 are used.
"""

import argparse
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from service.insights.understanding import retelling
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.retelling import (
    Features,
    Objection,
    Scale,
    features_of,
    objection_to,
)
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.text_model import ModelChoice

ROOT = Path(__file__).resolve().parents[1]
LIKEST = 1_500
NEAR_THE_BORDER = 1.5  # of the log of odds
NAMES = ("likeness", "shared", "besides", "agreeing", "differing", "one_sided", "clashing")


@dataclass(frozen=True)
class Pair:
    """Two insights whose relation is known."""

    kind: str  # retold, other, trap; or sample: two findings of the sample
    origin: str
    one: Telling
    other: Telling
    text: str


def written_pairs() -> Iterator[tuple[str, str, str]]:
    """Yield kind and both texts of each pair that was written for the tests."""
    for paragraph in (ROOT / "tests/data/story_pairs.txt").read_text("utf-8").split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        if lines:
            kind, one, other = lines
            yield kind, one, other


def all_pairs(reader: Reader) -> list[Pair]:
    """Return every pair, read."""
    found = []
    for kind, *texts in written_pairs():
        one, other = reader.read(texts)
        found.append(Pair(kind, "written", one, other, texts[0][:60]))
    insights = [
        json.loads(line)
        for name in ("insights_a.jsonl", "insights_b.jsonl")
        for line in (ROOT / "service/embedded/sample" / name).read_text("utf-8").splitlines()
    ]
    tellings = reader.read([f"{one['headline']}. {one['text']}" for one in insights])
    retold = defaultdict(list)
    for place, insight in enumerate(insights):
        if insight.get("retold"):
            retold[insight["retold"]].append(place)
    together = {tuple(places) for places in retold.values()}
    for first, second in sorted(together):
        found.append(
            Pair("retold", "sample", tellings[first], tellings[second], insights[first]["headline"])
        )
    likeness = (
        np.stack([one.vector for one in tellings]) @ np.stack([one.vector for one in tellings]).T
    )
    apart = [
        pair for pair in itertools.combinations(range(len(tellings)), 2) if pair not in together
    ]
    for first, second in sorted(apart, key=lambda pair: -likeness[pair])[:LIKEST]:
        text = f"{insights[first]['headline'][:50]} / {insights[second]['headline'][:50]}"
        found.append(Pair("sample", "sample", tellings[first], tellings[second], text))
    return found


def row(features: Features) -> list[float]:
    """Return the constant and the features as they are weighed."""
    probe = [Scale(*(float(place == number) for place in range(11))) for number in range(8)]
    return [retelling.weighed(features, one) for one in probe]


def fitted(rows: Sequence[list[float]], same: Sequence[bool], *, ridge: float) -> np.ndarray:
    """Return weights by logistic regression: Newton's method, features brought to one spread."""
    matrix, wanted = np.array(rows), np.array(same, dtype=float)
    spread = np.maximum(matrix.std(axis=0), 1e-6)
    spread[0] = 1.0
    matrix = matrix / spread
    weights = np.zeros(matrix.shape[1])
    penalty = ridge * np.eye(len(weights))
    penalty[0, 0] = 1e-6
    for _ in range(60):
        odds = 1 / (1 + np.exp(-matrix @ weights))
        slope = matrix.T @ (odds - wanted) + penalty @ weights
        curve = matrix.T @ (matrix * (odds * (1 - odds))[:, None]) + penalty
        weights -= np.linalg.solve(curve, slope)
    found: np.ndarray = weights / spread
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="wordllama", choices=["wordllama", "lexical"])
    parser.add_argument("--ridge", type=float, default=0.5)
    arguments = parser.parse_args()
    reader = Reader(load_text_model(ModelChoice(arguments.model)))
    scale = retelling._SCALES[arguments.model]  # noqa: SLF001 - what is being fitted
    pairs = [pair for pair in all_pairs(reader) if pair.kind != "trap"]
    features = [features_of(pair.one, pair.other, reader) for pair in pairs]
    objections = [objection_to(one, scale) for one in features]
    rows = [row(one) for one in features]
    same = [pair.kind == "retold" for pair in pairs]
    free = [place for place, objection in enumerate(objections) if objection is None]
    weights = fitted(
        [rows[place] for place in free], [same[place] for place in free], ridge=arguments.ridge
    )
    print("fitted on all:", "constant", *NAMES)
    print("  " + ", ".join(f"{weight:.2f}" for weight in weights))
    _report("on all", pairs, objections, np.array(rows) @ weights)
    held = np.full(len(pairs), np.nan)
    for half in (0, 1):
        taught = [place for place in free if place % 2 == half]
        learned = fitted(
            [rows[place] for place in taught],
            [same[place] for place in taught],
            ridge=arguments.ridge,
        )
        for place in range(len(pairs)):
            if place % 2 != half:
                held[place] = float(np.dot(rows[place], learned))
    _report("each half by the other", pairs, objections, held)
    _report(
        "as shipped", pairs, objections, np.array([retelling.weighed(f, scale) for f in features])
    )
    _doubtful(pairs, objections, np.array(rows) @ weights, features)


def _report(
    title: str, pairs: list[Pair], objections: Sequence[Objection | None], odds: np.ndarray
) -> None:
    print(f"{title}:")
    for kind, origin in (
        ("retold", "written"),
        ("retold", "sample"),
        ("other", "written"),
        ("sample", "sample"),
    ):
        chosen = [
            place for place, pair in enumerate(pairs) if (pair.kind, pair.origin) == (kind, origin)
        ]
        joined = sum(objections[place] is None and odds[place] >= 0 for place in chosen)
        print(f"  {kind} ({origin}): {joined} of {len(chosen)} joined")


def _doubtful(
    pairs: list[Pair],
    objections: Sequence[Objection | None],
    odds: np.ndarray,
    features: Sequence[Features],
) -> None:
    print("nearest to the border:")
    for place in np.argsort(np.abs(odds)):
        pair = pairs[place]
        wrong = (odds[place] >= 0 and objections[place] is None) != (pair.kind == "retold")
        if wrong or (abs(odds[place]) < NEAR_THE_BORDER and objections[place] is None):
            print(f"  {odds[place]:6.2f} {pair.kind:6} {objections[place] or '-'} {pair.text}")
            print(f"         {features[place]}")


if __name__ == "__main__":
    main()
