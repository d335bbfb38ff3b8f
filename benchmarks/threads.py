"""Group headlines into threads, all at once and one after the other, and say how well.

    python -m benchmarks.threads --file FILE [--window 1 --window 2]

FILE is tab-separated (gzip or not) with the columns window, ts_ms, story and title; `story` names
what belongs together: in our words that is a thread. Each window is grouped by itself. Prints
B-cubed precision, recall and F1 of average linkage over the whole window, and of placing them in
the order of `ts_ms` as they would come in; the moments themselves are not looked at.
"""

import argparse
import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.insights.understanding.fused_nearness import Matters
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_model import ModelChoice
from service.insights.understanding.thread_grouping import place
from service.insights.understanding.words import words_of

AT_ONCE, ONE_BY_ONE = 0.046, 0.06  # set on window 0 of the file that is named in docs/choosing.md
Matrix = npt.NDArray[np.float64]


def read(path: Path) -> dict[str, list[dict[str, str]]]:
    """Return the rows by window, in the order of time."""
    opened = gzip.open if path.suffix == ".gz" else open
    windows: dict[str, list[dict[str, str]]] = {}
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            windows.setdefault(row["window"], []).append(row)
    return {
        window: sorted(rows, key=lambda row: int(row["ts_ms"])) for window, rows in windows.items()
    }


def all_nearness(matters: Matters, count: int) -> Matrix:
    """Return how near each is to each."""
    everybody = range(count)
    return np.stack(list(matters.nearness_of([(one, everybody) for one in everybody])))


def average_linkage(near: Matrix, least: float) -> list[int]:
    """Join the two nearest groups until no two are near enough on the mean of their pairs."""
    near = near.copy()
    np.fill_diagonal(near, -1.0)
    sizes = np.ones(len(near))
    groups = {number: [number] for number in range(len(near))}
    nearest, best = near.argmax(axis=1), near.max(axis=1)
    while best.max() >= least:
        kept = int(best.argmax())
        gone = int(nearest[kept])
        mean = (near[kept] * sizes[kept] + near[gone] * sizes[gone]) / (sizes[kept] + sizes[gone])
        mean[kept] = mean[gone] = -1.0
        mean[near[kept] < 0] = -1.0
        near[gone], near[:, gone], best[gone] = -1.0, -1.0, -1.0
        near[kept], near[:, kept] = mean, mean
        sizes[kept] += sizes[gone]
        groups[kept] += groups.pop(gone)
        for row in np.flatnonzero((nearest == kept) | (nearest == gone) | (mean > best)):
            if best[row] >= 0:
                nearest[row] = near[row].argmax()
                best[row] = near[row, nearest[row]]
    return _labels(groups.values(), len(near))


def one_by_one(near: Matrix, least: float) -> list[int]:
    """Place each with the threads of those before it."""
    threads: dict[int, list[int]] = {}
    for one in range(len(near)):
        thread, joined = place(
            one, threads, lambda member, others: near[member, list(others)], least=least
        )
        if thread is None:
            threads[one] = [one]
            continue
        threads[thread].append(one)
        if joined is not None:
            threads[thread] = sorted(threads[thread] + threads.pop(joined))
    return _labels(threads.values(), len(near))


def b_cubed(found: Sequence[int], true: Sequence[str]) -> tuple[float, float, float]:
    """Return precision, recall and F1, each the mean over the items."""
    both = Counter(zip(found, true, strict=True))
    of_found, of_true = Counter(found), Counter(true)
    precision = sum(n * n / of_found[group] for (group, _), n in both.items()) / len(found)
    recall = sum(n * n / of_true[group] for (_, group), n in both.items()) / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _labels(groups: Iterable[list[int]], count: int) -> list[int]:
    labels = [0] * count
    for number, members in enumerate(groups):
        for member in members:
            labels[member] = number
    return labels


def main() -> None:
    csv.field_size_limit(sys.maxsize)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--window", action="append", help="only these")
    parser.add_argument("--at-once", type=float, default=AT_ONCE)
    parser.add_argument("--one-by-one", type=float, default=ONE_BY_ONE)
    parser.add_argument("--model", choices=["wordllama", "lexical"], default="wordllama")
    arguments = parser.parse_args()
    model = load_text_model(ModelChoice(arguments.model))
    found: dict[str, list[float]] = {"at once": [], "one by one": []}
    for window, rows in read(arguments.file).items():
        if arguments.window and window not in arguments.window:
            continue
        titles, true = [row["title"] for row in rows], [row["story"] for row in rows]
        vectors = model.vectors(titles)
        near = all_nearness(Matters([words_of(title) for title in titles], vectors), len(titles))
        for name, labels in (
            ("at once", average_linkage(near, arguments.at_once)),
            ("one by one", one_by_one(near, arguments.one_by_one)),
        ):
            precision, recall, f1 = b_cubed(labels, true)
            found[name].append(f1)
            print(
                f"window {window}, {name:10}: precision {precision:.3f}, recall {recall:.3f}, "
                f"F1 {f1:.3f} ({len(rows):,} items, {len(set(labels)):,} threads of "
                f"{len(set(true)):,})",
                flush=True,
            )
    for name, scores in found.items():
        print(f"mean F1 {name}: {np.mean(scores):.3f}")


if __name__ == "__main__":
    main()
