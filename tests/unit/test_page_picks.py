"""A page of readers gets, for everybody on it, what a slow and obvious chooser gives them alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.selection.page import Page, PagePicks
from service.selection.rules import Rules
from service.selection.tick import Tick
from service.selection.top_five import NOTHING
from tests.factories.choosing import PlainPicker, made_page, made_tick

PEOPLE = 12


def picked_lists(found: PagePicks) -> list[list[int]]:
    return [[p for p in row if p != NOTHING] for row in found.positions.tolist()]


def plainly(tick: Tick, page: Page) -> list[tuple[list[int], bool]]:
    return [PlainPicker(tick, page, row).pick() for row in range(len(page.picks))]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Tick, Page]:
    seed = draw(st.integers(0, 2**32 - 1))
    count = draw(st.sampled_from([0, 1, 3, 8, 30, 90, 240, 400]))
    rules = Rules(
        per_podcast=draw(st.integers(1, 3)),
        per_episode=draw(st.integers(1, 2)),
        per_speaker=draw(st.integers(1, 3)),
        per_thread=draw(st.integers(1, 2)),
        least_topics=draw(st.integers(1, 5)),
        variety=draw(st.sampled_from([0.0, 0.65, 3.0])),
        too_alike=draw(st.sampled_from([0.3, 0.83, 1.0])),
        fresh_hours=draw(st.sampled_from([24, 72, 720])),
        wider_hours=720,
        good_quality=draw(st.sampled_from([0.0, 0.5])),
    )
    tick = made_tick(
        seed,
        count,
        rules,
        size=draw(st.sampled_from([0, 8])),
        topics=draw(st.sampled_from([1, 12, 70])),
        levels=draw(st.sampled_from([1, 3, 1_000])),
    )
    chance = np.random.default_rng(seed)
    hours = draw(st.sampled_from([[rules.fresh_hours], [rules.fresh_hours, 96, 168], [72, 900]]))
    return tick, made_page(chance, tick, PEOPLE, tick.draw(seed, hours))


@settings(max_examples=35, deadline=None)
@given(worlds())
def test_everybody_gets_the_picks_a_plain_chooser_gives_them(world: tuple[Tick, Page]):
    tick, page = world
    found = tick.pick(page)
    assert list(zip(picked_lists(found), found.explored.tolist(), strict=True)) == plainly(
        tick, page
    )


@settings(max_examples=35, deadline=None)
@given(worlds())
def test_no_cap_is_ever_broken_nor_anything_given_that_is_out(world: tuple[Tick, Page]):
    tick, page = world
    candidates, rules = tick.candidates, tick.rules
    for row, picks in enumerate(picked_lists(tick.pick(page))):
        out = page.out.positions[page.out.starts[row] : page.out.starts[row + 1]]
        assert not set(picks) & set(out.tolist())
        assert len(picks) <= page.picks[row]
        for numbers, most in (
            (candidates.story_ids, 1),
            (candidates.episode_ids, rules.per_episode),
            (candidates.podcast_ids, rules.per_podcast),
        ):
            there = numbers[picks].tolist()
            assert all(there.count(number) <= most for number in there)
        close = candidates.vectors[picks] @ candidates.vectors[picks].T
        np.fill_diagonal(close, 0)
        if rules.too_alike < 1 and candidates.vectors.shape[1]:
            assert (close < rules.too_alike + 1e-3).all()


def test_speakers_and_threads_repeat_only_for_want_of_others():
    everyone = np.arange(40)
    plenty = made_tick(
        1, 40, speakers=everyone // 5, thread_ids=everyone // 5, podcast_ids=everyone
    )
    scarce = made_tick(1, 40, speakers=everyone * 0, thread_ids=everyone * 0, podcast_ids=everyone)
    for tick, least in ((plenty, 3), (scarce, 1)):
        chance = np.random.default_rng(4)
        page = made_page(chance, tick, PEOPLE, tick.draw(1, [72]))
        for row, picks in enumerate(picked_lists(tick.pick(page))):
            free = 40 - len(
                set(page.out.positions[page.out.starts[row] : page.out.starts[row + 1]])
            )
            if free < 30:
                continue
            threads = tick.candidates.thread_ids[picks].tolist()
            assert len(picks) == page.picks[row] or len(set(threads)) >= least
            if tick is plenty:
                assert len(set(threads)) == len(threads)


@pytest.mark.parametrize("seed", range(4))
def test_who_is_on_the_page_changes_nobodys_picks(seed: int):
    tick = made_tick(seed, 400, age_hours=np.linspace(0, 71, 400, dtype=np.float32))
    chance = np.random.default_rng(seed)
    page = made_page(chance, tick, 300, tick.draw(seed, [72, 168]))
    together = picked_lists(tick.pick(page))
    for row in range(0, 300, 17):
        assert PlainPicker(tick, page, row).pick()[0] == together[row]


def test_the_try_is_new_to_the_reader_and_everything_else_is_not_displaced_by_it():
    tick = made_tick(3, 300, age_hours=np.linspace(0, 71, 300, dtype=np.float32))
    page = made_page(np.random.default_rng(3), tick, 200, tick.draw(3, [72]))
    found = tick.pick(page)
    tries = np.flatnonzero(found.explored)
    assert tries.size > 20
    for row in tries:
        last = found.positions[row, page.picks[row] - 1]
        assert not (tick.caps.topics[last] & page.own_topics[row]).any()
        assert tick.candidates.topics[last].any()
        assert tick.is_good[last]


@pytest.mark.parametrize("count", [0, 2])
def test_nobody_and_nothing_are_no_faults(count: int):
    tick = made_tick(1, count)
    page = made_page(np.random.default_rng(1), tick, 0, tick.draw(1, [72]))
    assert tick.pick(page).positions.shape == (0, 0)
