"""The best that the caps allow, best first; checked against an oracle that is slow and obvious."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.selection.top_five import NEVER, SHORTLIST, Provenance, quick_picks, top_picks


def oracle(scores: list[float], provenance: Provenance, picks: int) -> list[int]:
    """Take the best that is still allowed, and look at everything again."""
    chosen: list[int] = []
    while len(chosen) < picks:
        allowed = [
            position
            for position, score in enumerate(scores)
            if score > NEVER and position not in chosen and fits(position, chosen, provenance)
        ]
        if not allowed:
            break
        chosen.append(min(allowed, key=lambda position: (-scores[position], position)))
    return chosen


def fits(position: int, chosen: list[int], provenance: Provenance) -> bool:
    story = provenance.stories[position]
    podcast, episode = provenance.podcasts[position], provenance.episodes[position]
    return (
        story not in [provenance.stories[other] for other in chosen]
        and (podcast is None or [provenance.podcasts[o] for o in chosen].count(podcast) < 2)
        and (episode is None or [provenance.episodes[o] for o in chosen].count(episode) < 1)
    )


def picked(scores: list[float], provenance: Provenance, picks: int = 5) -> list[int]:
    return top_picks(np.array(scores, dtype=np.float32), provenance, picks=picks)


def all_different(count: int) -> Provenance:
    nobody = [None] * count
    return Provenance(stories=range(count), podcasts=nobody, episodes=nobody)


@st.composite
def candidates(draw: st.DrawFn, most: int, kinds: int) -> tuple[list[float], Provenance]:
    count = draw(st.integers(0, most))
    seed = draw(st.integers(0, 2**32 - 1))
    levels = draw(st.sampled_from([2, 5, 1000]))
    chance = np.random.default_rng(seed)
    scores = chance.integers(0, levels, count) / np.float32(8)
    scores[chance.random(count) < draw(st.sampled_from([0.0, 0.1, 0.9]))] = NEVER
    podcasts, episodes = chance.integers(0, kinds, count), chance.integers(0, 3 * kinds, count)
    unsaid = chance.random(count) < draw(st.sampled_from([0.0, 0.2]))
    return scores.tolist(), Provenance(
        stories=chance.integers(0, 5 * kinds, count).tolist(),
        podcasts=[None if no else int(i) for i, no in zip(podcasts, unsaid, strict=True)],
        episodes=[None if no else int(i) for i, no in zip(episodes, unsaid, strict=True)],
    )


@settings(deadline=None, max_examples=300)
@given(candidates(30, 6), st.integers(1, 12))
def test_few_candidates_are_picked_as_the_oracle_would(case, picks):
    scores, provenance = case
    assert picked(scores, provenance, picks) == oracle(scores, provenance, picks)


@settings(deadline=None, max_examples=300)
@given(candidates(400, 4), st.integers(1, 10))
def test_many_candidates_too_though_only_the_shortlist_is_sorted(case, picks):
    scores, provenance = case
    assert picked(scores, provenance, picks) == oracle(scores, provenance, picks)


@settings(deadline=None, max_examples=300)
@given(candidates(700, 12), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_a_page_at_once_is_picked_as_each_row_alone_unless_its_shortlist_runs_out(
    case, picks, seed
):
    scores, provenance = case
    shuffled = np.random.default_rng(seed).permutation(np.array(scores, dtype=np.float32))
    page = np.array([scores, shuffled, scores[::-1]], dtype=np.float32)
    for row, found in zip(page, quick_picks(page, provenance, picks=picks), strict=True):
        if len(found) == picks:
            assert found == top_picks(row, provenance, picks=picks)


def test_a_page_at_once_fills_the_brief_where_there_is_plenty():
    page = np.random.default_rng(3).random((9, 640)).astype(np.float32)
    for row, found in zip(page, quick_picks(page, all_different(640), picks=5), strict=True):
        assert found == np.argsort(-row)[:5].tolist()


@pytest.mark.parametrize("count", [SHORTLIST - 1, SHORTLIST, SHORTLIST + 1, 3 * SHORTLIST])
def test_equal_scores_go_by_position_so_the_newest_is_first(count: int):
    assert picked([1.0] * count, all_different(count)) == [0, 1, 2, 3, 4]


def test_what_ties_with_the_end_of_the_shortlist_is_not_left_to_chance():
    scores = [0.5] * 200 + [1.0] * 3
    assert picked(scores, all_different(203)) == [200, 201, 202, 0, 1]


def test_when_the_caps_use_the_shortlist_up_the_rest_is_looked_at():
    loud, quiet = 2 * SHORTLIST, 10
    scores = [1.0] * loud + [0.1] * quiet
    provenance = Provenance(
        stories=range(loud + quiet),
        podcasts=[1] * loud + list(range(2, 2 + quiet)),
        episodes=range(loud + quiet),
    )
    assert picked(scores, provenance) == [0, 1, loud, loud + 1, loud + 2]


def test_two_of_a_podcast_one_of_an_episode_one_of_a_story():
    provenance = Provenance(
        stories=[1, 2, 3, 4, 5, 1, 6],
        podcasts=[1, 1, 1, 1, 2, 3, 4],
        episodes=[1, 1, 2, 3, 4, 5, 6],
    )
    assert picked([9, 8, 7, 6, 5, 4, 3], provenance) == [0, 2, 4, 6]


def test_what_names_no_podcast_or_episode_is_under_no_cap_but_its_story():
    nobody = [None] * 6
    provenance = Provenance(stories=[1, 2, 2, 3, 4, 5], podcasts=nobody, episodes=nobody)
    assert picked([6, 5, 4, 3, 2, 1], provenance) == [0, 1, 3, 4, 5]


def test_what_a_reader_must_not_get_is_never_picked_even_to_fill_the_brief():
    scores = [float(NEVER)] * 100
    assert picked(scores, all_different(100)) == []
    scores[60] = -1_000.0
    assert picked(scores, all_different(100)) == [60]


def test_nothing_to_choose_from_is_no_fault():
    assert picked([], all_different(0)) == []
