"""A topic is one topic, by name or by slug."""

import pytest

from service.errors import InputError
from service.insights.topic_names import topic_slug, topics_by_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Machine learning", "machine-learning"),
        ("machine-learning", "machine-learning"),
        ("Café & Bar!", "cafe-bar"),
        ("AI", "ai"),
        ("C++", "c"),
        ("Здоровье", "здоровье"),
        ("दिल", "दिल"),
        ("健康", "健康"),
        ("--", ""),
    ],
)
def test_slugs(name: str, slug: str):
    assert topic_slug(name) == slug
    assert topic_slug(slug) == slug


def test_a_topic_named_twice_is_one_and_keeps_the_first_name():
    assert topics_by_slug(["Deep Sea", "deep-sea", " ", "AI"]) == {
        "deep-sea": "Deep Sea",
        "ai": "AI",
    }


def test_a_new_topic_given_by_slug_gets_a_readable_name():
    assert topics_by_slug(["urban-design"]) == {"urban-design": "Urban design"}


@pytest.mark.parametrize("wrong", ["!!!", "a\nb", "x" * 81, "ß" * 60])
def test_a_name_that_cannot_be_a_topic_is_refused(wrong: str):
    with pytest.raises(InputError, match=r"^topics: "):
        topics_by_slug([wrong])


def test_too_many_topics_are_refused():
    with pytest.raises(InputError, match="topics: more than 50"):
        topics_by_slug(f"topic {number}" for number in range(51))
