"""The evaluation runs the service's own choosing and learning, and what it shows is so."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.errors import InputError
from service.evaluation.compare import compare
from service.evaluation.generate import generate
from service.evaluation.held_out import hold_out
from service.evaluation.read_data import read_data, write_data
from service.evaluation.simulate import Plan, Start, simulate


@pytest.fixture(scope="module")
def month():
    return generate(readers=80, items_a_day=120)


def test_the_same_seed_makes_the_same_month(month):
    again = generate(readers=80, items_a_day=120)
    assert again.items == month.items
    assert again.interactions == month.interactions
    assert np.array_equal(again.vectors, month.vectors)


def test_data_written_and_read_are_the_same(month, tmp_path):
    write_data(month, tmp_path)
    again = read_data(tmp_path / "items.jsonl", tmp_path / "interactions.jsonl")
    assert [(i.id, i.at, i.topics, i.story) for i in again.items] == [
        (i.id, i.at, i.topics, i.story) for i in month.items
    ]
    assert again.interactions == month.interactions
    assert np.allclose(again.vectors, month.vectors, atol=1e-3)


def test_nothing_of_what_is_held_out_is_learned_from(month):
    held = hold_out(month)
    new = {month.items[place].id for place in held.places.tolist()}
    cut = min(month.items[place].at for place in held.places.tolist())
    assert all(item.at <= cut for item in month.items if item.id not in new)
    fewer = hold_out(
        type(month)(
            name=month.name,
            items=month.items,
            interactions=[one for one in month.interactions if one.what not in new]
            + [one for one in month.interactions if one.what in new and one.act == "up"],
            vectors=month.vectors,
            model=month.model,
        )
    )
    same = [held.readers.index(reader) for reader in fewer.readers]
    assert np.array_equal(held.learned[same], fewer.learned)


def test_ours_beats_chance_the_newest_and_the_most_popular(month):
    found = compare(month)
    ours = found.methods["ours"].ndcg
    for name in ("random", "newest", "most popular"):
        assert ours.low > found.methods[name].ndcg.high, name
    assert ours.mean > found.methods["without learning"].ndcg.mean
    assert ours.mean > found.methods["without taste"].ndcg.mean
    nothing, everything = found.cold_start[0].scores["ours"], found.cold_start[-1].scores["ours"]
    assert everything.mean > nothing.mean


@pytest.mark.parametrize(
    ("items", "interactions", "fault"),
    [
        ("{", "", "items.jsonl:1: is no JSON"),
        ("[]", "", "items.jsonl:1: must be an object"),
        ('{"id": "a"}', "", "items.jsonl:1: at: must be a moment"),
        ('{"id": "a", "at": "2026-01-01", "quality": 2}', "", "quality: must be a number"),
        ('{"id": "a", "at": "2026-01-01"}\n' * 2, "", "an id stands on two lines"),
        (
            '{"id": "a", "at": "2026-01-01"}',
            '{"reader": "r", "act": "liked", "item": "a", "at": "2026-01-01"}',
            "interactions.jsonl:1: act: 'liked' is none of",
        ),
        (
            '{"id": "a", "at": "2026-01-01"}',
            '{"reader": "r", "act": "up", "item": "b", "at": "2026-01-01"}',
            "the items file has no 'b'",
        ),
        ('{"id": "a", "at": "2026-01-01"}', "", "at least one item and one interaction"),
        ('{"id": "a", "at": "2026-01-01", "vector": [1, "x"]}', "", "vector: must be a list"),
    ],
)
def test_a_fault_in_a_file_is_named_with_its_line(tmp_path, items, interactions, fault):
    (tmp_path / "items.jsonl").write_text(items)
    (tmp_path / "interactions.jsonl").write_text(interactions)
    with pytest.raises(InputError, match=fault.replace("(", r"\(")):
        read_data(tmp_path / "items.jsonl", tmp_path / "interactions.jsonl")


def test_readers_of_a_fortnight_get_no_story_twice_and_learning_helps_who_began_wrong():
    plan = Plan(readers=30, days=14, things_a_day=40, seed=5)
    with_it, without_it = simulate(plan), simulate(plan.but(learns=False))
    for course in (with_it, without_it):
        assert course.briefs > 350
        assert course.stories_twice == 0
        assert course.slowed_unseen == 0
        assert course.scans > 100
        assert course.lessons_unexplained == 0, "what scanners opened taught nothing"
    wrong, late = with_it.started(Start.WRONG), slice(7, 14)
    assert with_it.share(wrong, late).mean() > without_it.share(wrong, late).mean()


def podbrief(*words: str):
    return CliRunner().invoke(app, list(words))


def test_the_command_prints_what_was_measured_as_json(tmp_path):
    write_data(generate(readers=30, items_a_day=40), tmp_path)
    files = ["--items", str(tmp_path / "items.jsonl")]
    files += ["--interactions", str(tmp_path / "interactions.jsonl")]
    plots = tmp_path / "plots"
    ran = podbrief("eval", *files, "--no-simulation", "--json", "--plots", str(plots))
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)
    assert {"random", "newest", "most popular", "topic match only", "ours"} <= set(
        found["comparison"]["methods"]
    )
    assert found["simulation"] is None
    assert sorted(path.name for path in plots.iterdir()) == [
        "eval-methods.svg",
        "eval-new-reader.svg",
    ]
    assert isinstance(podbrief("eval", *files[:2]).exception, InputError)
