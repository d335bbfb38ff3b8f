"""How much of one event stands among the ten nearest: each part of nearness, and their sum.

    python -m benchmarks.related --file HEADLINES.tsv.gz

The file is tab-separated with a head; columns `window`, `story` (what belongs together) and
`title`. Printed is the mean share of the ten nearest titles of a window that tell the same event,
over 150 titles of events told more than ten times, for each window apart.
"""

import argparse
import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.insights.nearness import LETTERS, MEANING, WORDS, shared_words
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_weights import letters_of
from service.insights.understanding.words import words_of

NEAREST = 10
ASKED = 150
_RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what stands beside an insight.")
    parser.add_argument("--file", type=Path, required=True)
    with gzip.open(parser.parse_args().file, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for window in sorted({row["window"] for row in rows}):
        ours = [row for row in rows if row["window"] == window]
        shares = measure([row["title"] for row in ours], [row["story"] for row in ours])
        print(json.dumps({"window": window, "titles": len(ours), **shares}))


def measure(titles: list[str], stories: list[str]) -> dict[str, float]:
    """Return the share of the same event among the nearest, for each way to tell what is near."""
    vectors = load_text_model().vectors(titles)
    letters = letters_of([words_of(title) for title in titles])
    often = Counter(stories)
    askable = [place for place, story in enumerate(stories) if often[story] > NEAREST]
    names = np.array(stories)
    found: dict[str, list[float]] = {}
    for place in np.random.default_rng(1).permutation(askable)[:ASKED]:
        parts = (
            np.clip(vectors @ vectors[place], 0, 1),
            letters.nearness(place, range(len(titles))),
            shared_words(titles[place], titles),
        )
        scores = dict(zip(("meaning", "letters", "words"), parts, strict=True))
        scores["sum"] = MEANING * parts[0] + LETTERS * parts[1] + WORDS * parts[2]
        scores["ranks"] = np.sum([_by_rank(part) for part in parts], axis=0)
        for name, score in scores.items():
            score[place] = -1
            nearest = np.argsort(-score, kind="stable")[:NEAREST]
            found.setdefault(name, []).append(float(np.mean(names[nearest] == names[place])))
    return {name: round(float(np.mean(shares)), 3) for name, shares in found.items()}


def _by_rank(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    ranks = np.argsort(np.argsort(-scores, kind="stable"))
    fused: npt.NDArray[np.float64] = 1.0 / (_RANK_OFFSET + ranks)
    return fused


if __name__ == "__main__":
    main()
