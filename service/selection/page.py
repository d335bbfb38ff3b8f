"""Choose for a page of readers: score in blocks, pick, look further for whom it is short. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from service.selection.outlook import Outlook
from service.selection.scoring import (
    NEVER,
    Doubles,
    Floats,
    Ground,
    Ints,
    Wants,
    parts_of,
    scores_of,
)
from service.selection.shortlist import shortlists
from service.selection.top_five import NOTHING, Caps, Flags, Picked, Topics, Wishes, pick

NEXT = 10  # how many after the picks are kept, to say what else there was
_LEAST = np.float32(-(2**25))  # below every score but NEVER
_OUT = -(2**62)
_BLOCK = 512  # readers chosen for at once: their scores stay near the core
_LENGTHS = 64, 160  # of short-lists: the first does for most, the next for nearly all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Some positions for each reader: those of row r are `positions[starts[r]:starts[r + 1]]`."""

    starts: Ints  # (B + 1,)
    positions: Ints
    values: Floats  # in points; empty where all mean the same

    @property
    def furthest(self) -> int:
        return int(self.positions.max(initial=-1))

    @classmethod
    def of(cls, rows: Ints, positions: Ints, people: int, values: Floats | None = None) -> Self:
        # rows of a page are few, and numbers of two bytes are sorted without comparing any
        order = np.argsort(rows.astype(np.uint16), kind="stable")
        starts = np.zeros(people + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=people), out=starts[1:])
        kept = np.empty(0, dtype=np.float32) if values is None else values[order]
        return cls(starts=starts, positions=positions[order], values=kept)

    def of_rows(self, rows: Ints, upto: int) -> tuple[Ints, Ints, Floats]:
        """Return the pairs of these rows: where their row stands among them, position, value.

        Only positions before `upto` are given.
        """
        counts = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0)
        places += np.repeat(self.starts[rows] - (ends - counts), counts)
        owners, positions = np.repeat(np.arange(len(rows)), counts), self.positions[places]
        values = self.values[places] if len(self.values) else self.values
        if upto <= self.furthest:
            near = positions < upto
            owners, positions = owners[near], positions[near]
            values = values[near] if len(values) else values
        return owners, positions, values


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything about B readers that decides what they get."""

    wants: Wants
    outlooks: tuple[Outlook, ...]
    looks: Ints  # (B,) which of the outlooks is theirs
    out: Pairs  # what they must not get: had, muted
    follows_podcast: Pairs  # what comes from a podcast they follow, with what that adds
    follows_speaker: Pairs  # likewise
    languages: Ints  # (B,) rows of `readable`
    readable: Flags | None  # (languages, C); None: everybody may get everything
    picks: Ints  # (B,)
    explores: Flags  # (B,)
    own_topics: Topics  # (B, W) topics they have an interest in


class PagePicks(NamedTuple):
    """What the readers of a page get, and what came next; parallel (B, ...)."""

    positions: Ints  # (B, P) NOTHING where there is none
    explored: Flags  # (B,)
    following: Ints  # (B, NEXT) the best of the others, in no order; NOTHING where there is none
    scores: Doubles  # (B, P + NEXT) in points, of both; 0 where there is none


class PagePicker:
    """Makes the picks of one page."""

    def __init__(self, ground: Ground, caps: Caps, page: Page) -> None:
        self._ground = ground
        self._caps = caps
        self._page = page
        self._scratch = np.empty(_BLOCK * len(ground), dtype=np.float32)
        most = int(page.picks.max(initial=0))
        people = len(page.picks)
        self._picks = PagePicks(
            positions=np.full((people, most), NOTHING),
            explored=np.zeros(people, dtype=bool),
            following=np.full((people, NEXT), NOTHING),
            scores=np.zeros((people, most + NEXT)),
        )

    def pick(self) -> PagePicks:
        """Return what everybody on the page gets."""
        if len(self._ground):
            for number, outlook in enumerate(self._page.outlooks):
                self._pick_with(outlook, np.flatnonzero(self._page.looks == number))
        return self._picks

    def _pick_with(self, outlook: Outlook, left: Ints) -> None:
        """Pick for all who look equally far back, and further for whom that leaves short."""
        self._ground.columns[-1] = outlook.standing
        for number, upto in enumerate(outlook.windows, start=1):
            is_last = number == len(outlook.windows)
            if left.size and (is_last or upto != outlook.windows[number]):
                left = self._try(left, outlook, upto=upto, is_last=is_last)

    def points_of(self, row: int) -> Floats:
        """Return one reader's score of every insight; NEVER for what they must not get."""
        one = np.array([row])
        self._ground.columns[-1] = self._page.outlooks[int(self._page.looks[row])].standing
        whole = self._scores(one, len(self._ground))[0]
        points: Floats = (whole / parts_of(self._page.wants, one)[0]).astype(np.float32)
        return points

    def _try(self, rows: Ints, outlook: Outlook, *, upto: int, is_last: bool) -> Ints:
        """Pick for these readers out of a window; return whom that leaves short."""
        if not upto:
            return rows
        there = np.bitwise_or.reduce(self._caps.topics[:upto], axis=0)
        novelties = outlook.novelties[outlook.novelties < upto]
        for length in (*(short for short in _LENGTHS if short < upto), upto):
            is_open = [
                self._pick_block(
                    block,
                    self._wishes(block, self._scores(block, upto), there, novelties),
                    length=length,
                    is_last_resort=is_last and length == upto,
                )
                for block in self._blocks(rows)
            ]
            rows = np.concatenate(is_open) if is_open else rows
        return np.sort(rows)

    def _pick_block(self, rows: Ints, wishes: Wishes, *, length: int, is_last_resort: bool) -> Ints:
        """Pick for these readers from their short-lists; return who is left short or in doubt."""
        lists = shortlists(wishes.whole, length=length)
        parts = parts_of(self._page.wants, rows)
        picked = pick(
            lists.positions,
            (lists.scores / parts[:, np.newaxis]).astype(np.float32),
            (lists.floor / parts).astype(np.float32),
            caps=self._caps,
            wishes=wishes,
            is_last_resort=is_last_resort,
        )
        picked.unsure[lists.too_long] = True
        self._keep(rows, wishes.whole, lists.positions, lists.scores, picked)
        got = (picked.positions != NOTHING).sum(axis=1)
        left: Ints = rows[picked.unsure | (got < wishes.picks)]
        return left

    def _blocks(self, rows: Ints) -> Iterator[Ints]:
        """Give rows in blocks, those with a taste first."""
        ordered = rows[np.argsort(~self._page.wants.has_taste[rows], kind="stable")]
        for start in range(0, len(ordered), _BLOCK):
            yield ordered[start : start + _BLOCK]

    def _scores(self, rows: Ints, upto: int) -> Floats:
        """Return whole scores, NEVER for what a reader must not get; good until the next call."""
        page = self._page
        scores = scores_of(self._ground, page.wants, rows, upto=upto, out=self._scratch)
        for follows in (page.follows_podcast, page.follows_speaker):
            if follows.positions.size:
                owners, positions, values = follows.of_rows(rows, upto)
                added = np.rint(values * parts_of(page.wants, rows)[owners])
                scores[owners, positions] += added.astype(np.float32)
        owners, positions, _ = page.out.of_rows(rows, upto)
        scores.ravel()[owners * upto + positions] = NEVER
        if page.readable is not None:
            np.copyto(scores, NEVER, where=~page.readable[page.languages[rows], :upto])
        return scores

    def _wishes(self, rows: Ints, whole: Floats, there: Topics, novelties: Ints) -> Wishes:
        page = self._page
        own = page.own_topics[rows]
        has_none = own.max(axis=1) == 0
        return Wishes(
            picks=page.picks[rows],
            own_topics=np.where(has_none[:, np.newaxis], there, own & there),
            explores=page.explores[rows],
            novelties=novelties,
            whole=whole,
        )

    def _keep(
        self, rows: Ints, whole: Floats, positions: Ints, scores: Floats, picked: Picked
    ) -> None:
        most = self._picks.positions.shape[1]
        chosen = np.full((len(rows), most), NOTHING)
        chosen[:, : picked.positions.shape[1]] = picked.positions
        following = _best_of_the_rest(positions, scores, picked)
        both = np.concatenate([chosen, following], axis=1)
        found = np.take_along_axis(whole, np.maximum(both, 0), axis=1)
        points = found / parts_of(self._page.wants, rows)[:, np.newaxis]
        self._picks.positions[rows] = chosen
        self._picks.explored[rows] = picked.explored
        self._picks.following[rows] = following
        self._picks.scores[rows] = np.where(both == NOTHING, 0.0, points)


def _best_of_the_rest(positions: Ints, scores: Floats, picked: Picked) -> Ints:
    """Return the best of a short-list (B, L) that were not picked; equals by position."""
    people, width = scores.shape
    count = min(NEXT, width)
    # a score is a whole number: one number holds both it and, from the end, its place
    bits = width.bit_length()
    keys = np.maximum(scores, _LEAST).astype(np.int64)
    keys <<= bits
    keys += np.arange(width, 0, -1)
    for step in range(picked.places.shape[1]):
        took = np.flatnonzero(picked.places[:, step] != NOTHING)
        keys[took, picked.places[took, step]] = _OUT
    # what is tried may stand on the list, too
    tried = picked.positions.max(axis=1, where=picked.places == NOTHING, initial=NOTHING)
    np.copyto(keys, _OUT, where=positions == tried[:, np.newaxis])
    keys.partition(width - count, axis=1)
    best = keys[:, width - count :]
    places = np.minimum(width - (best & ((1 << bits) - 1)), width - 1)
    found = np.take_along_axis(positions, places, axis=1)
    found[best >> bits <= int(_LEAST)] = NOTHING
    following = np.full((people, NEXT), NOTHING)
    following[:, :count] = found
    return following
