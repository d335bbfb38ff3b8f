"""Count how many of our own texts hold each word and run of letters: `background.npz`.

    python -m benchmarks.background

The texts are the sample insights, the documents and the docstrings of this repository, and
`common_words.txt`, English words from the most common down. Commit the result together with a new
`VERSION` in `service/insights/understanding/background.py`: vectors and rarities change with it.
"""

import ast
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from service.insights.understanding.background import FILE, number_of
from service.insights.understanding.words import grams_of_word, words_of

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = 4_000  # what all counts are brought to
WORDS_A_TEXT = 60
_SHARE_OF_FIRST = 0.06  # of all words of English, the first; the others fall as one by rank
_SHORTEST = 60  # characters


def texts() -> Iterator[str]:
    """Yield what we wrote, a paragraph at a time."""
    for file in sorted((ROOT / "service/embedded/sample").glob("insights*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            insight = json.loads(line)
            yield f"{insight.get('headline') or ''}. {insight['text']}"
    for file in sorted((ROOT / "docs").rglob("*.md")):
        yield from file.read_text("utf-8").split("\n\n")
    for folder in ("service", "workers", "tests", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                    yield ast.get_docstring(node) or ""


def common_words() -> dict[str, float]:
    """Return the share of texts that hold each listed word, as Zipf's law has it."""
    listed = (ROOT / "benchmarks/common_words.txt").read_text("utf-8").split()
    ranked = dict.fromkeys(word for one in listed for word in words_of(one))
    return {
        word: 1 - math.exp(-WORDS_A_TEXT * _SHARE_OF_FIRST / rank)
        for rank, word in enumerate(ranked, 1)
    }


def counted() -> tuple[dict[str, float], dict[str, float]]:
    """Return the share of texts by word and by run of letters, the larger of both sources."""
    words: Counter[str] = Counter()
    grams: Counter[str] = Counter()
    number = 0
    for text in texts():
        if len(text) < _SHORTEST:
            continue
        number += 1
        found = set(words_of(text))
        words.update(found)
        grams.update({gram for word in found for gram in grams_of_word(word)})
    word_shares = {word: count / number for word, count in words.items()}
    gram_shares = {gram: count / number for gram, count in grams.items()}
    absent: dict[str, float] = defaultdict(lambda: 1.0)
    for word, share in common_words().items():
        word_shares[word] = max(share, word_shares.get(word, 0))
        for gram in set(grams_of_word(word)):
            absent[gram] *= 1 - share
    for gram, share in absent.items():
        gram_shares[gram] = max(1 - share, gram_shares.get(gram, 0))
    return word_shares, gram_shares


def main() -> None:
    arrays: dict[str, np.ndarray] = {"documents": np.array(DOCUMENTS)}
    for kind, shares in zip(("words", "grams"), counted(), strict=True):
        by_number: dict[int, float] = defaultdict(float)
        for name, share in shares.items():
            by_number[number_of(name)] += share
        numbers = sorted(by_number)
        arrays[f"{kind}_names"] = np.array(numbers, dtype=np.uint32)
        counts = [max(1, round(by_number[number] * DOCUMENTS)) for number in numbers]
        arrays[f"{kind}_counts"] = np.minimum(counts, DOCUMENTS).astype(np.uint16)
        print(f"{kind}: {len(numbers):,}")
    np.savez_compressed(FILE, allow_pickle=False, **arrays)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
