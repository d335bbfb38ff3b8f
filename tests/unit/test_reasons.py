"""Every reason that can be stored has a sentence, and says why in the reader's words."""

import pytest

from service.selection.reasons import NEEDS_ARGUMENT, ReasonCode, sentence


@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_has_a_sentence_without_a_full_stop(code: ReasonCode):
    said = sentence(code.value, "Deep sea")
    assert said[0].isupper()
    assert said[-1] not in ".! "
    assert "{" not in said


@pytest.mark.parametrize("code", sorted(NEEDS_ARGUMENT))
def test_what_it_is_about_is_named_as_it_is_written(code: ReasonCode):
    for name in ("C++", "50% {of} it", "<b>Bees</b>", "Здоровье"):
        assert name in sentence(code, name)


@pytest.mark.parametrize("code", sorted(set(ReasonCode) - NEEDS_ARGUMENT))
def test_a_reason_without_an_object_needs_none(code: ReasonCode):
    assert sentence(code, "") == sentence(code, "ignored")


def test_a_followed_topic_and_a_best_of_the_list_cannot_be_mistaken():
    assert sentence("topic", "Bees") == "Because you follow Bees"
    assert "outside the topics you follow" in sentence("list_best", "Morning Five")


def test_a_code_nobody_stored_is_refused():
    with pytest.raises(ValueError, match="luck"):
        sentence("luck", "")
