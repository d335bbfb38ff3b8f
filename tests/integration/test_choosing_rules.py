"""What a list sets of choosing: checked, versioned, shown, and told in each brief."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.models import NewsletterList
from service.errors import InputError
from service.selection.rules import Rules, read_rules
from tests.integration.conftest import Ran

Podbrief = Callable[..., Ran]


def test_each_change_is_a_new_version_and_the_same_again_is_none(
    podbrief: Podbrief, morning: NewsletterList
):
    first = json.loads(podbrief("lists", "rules", "morning", "--json").out)
    podbrief("lists", "rules", "morning", "--set", "recency=0.9", "--set", "per-podcast=1")
    podbrief("lists", "rules", "morning", "--set", "recency=0.9")
    podbrief("lists", "rules", "morning", "--set", "recency=default")
    last = json.loads(podbrief("lists", "rules", "morning", "--json").out)
    history = json.loads(podbrief("lists", "rules", "morning", "--history", "--json").out)

    assert first == {"list": "morning", "version": 0, "rules": Rules().model_dump()}
    assert last["version"] == 2
    assert last["rules"] == Rules(per_podcast=1).model_dump()
    assert [(one["version"], one["settings"]) for one in history] == [
        (2, {"per_podcast": 1}),
        (1, {"recency": 0.9, "per_podcast": 1}),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("recentness=1", "recentness: there is no such rule: fresh_hours"),
        ("recency=much", "recency: "),
        ("recency=-1", "recency: greater than or equal to 0, not '-1'"),
        ("recency=nan", "recency: "),
        ("recency=1e999", "recency: "),
        ("recency", "--set recency: write it as name=value"),
        ("recency=", "write it as name=value"),
        ("fresh_hours=200", "each at least the one before"),
        ("usual_likes=60", "usual_likes: fewer than usual_shown"),
        ("per_podcast=0", "per_podcast: greater than or equal to 1"),
        ("nothing=default", "nothing: there is no such rule"),
    ],
)
def test_a_wrong_rule_is_named_and_changes_nothing(
    podbrief: Podbrief, morning: NewsletterList, change: str, told: str
):
    ran = podbrief("lists", "rules", "morning", "--set", "quality=0.7", "--set", change)
    assert ran.code == 2
    assert told in " ".join(ran.err.split())
    assert json.loads(podbrief("lists", "rules", "morning", "--json").out)["version"] == 0


def test_rules_and_their_history_are_shown_to_people(podbrief: Podbrief, morning: NewsletterList):
    shown = podbrief("lists", "rules", "morning", "--set", "variety=0.9").out
    history = podbrief("lists", "rules", "morning", "--history").out
    assert "morning, version 1" in shown
    assert "variety" in shown
    assert "variety=0.9" in history
    assert podbrief("lists", "rules", "nowhere").code == 2


@given(
    st.dictionaries(
        st.sampled_from(sorted(Rules.model_fields)) | st.text(max_size=5),
        st.none() | st.booleans() | st.text(max_size=9) | st.floats() | st.integers(),
        max_size=4,
    )
)
def test_whatever_is_given_is_rules_or_told_as_a_fault(values: dict[str, object]):
    try:
        rules = read_rules(values)
    except InputError:
        return
    assert read_rules(rules.model_dump()) == rules
