"""The same words are the same text, whatever the capitals, points and blanks."""

from service.insights.text_hash import text_hash


def test_case_points_and_blanks_do_not_count():
    first = text_hash("Robots stall — mostly on wrap, not on maps.")
    assert first == text_hash("  robots STALL mostly on wrap; not on maps  ")
    assert len(first) == 32


def test_words_digits_and_signs_count():
    texts = ["grew by 5", "grew by 6", "grew by 5 €", "grew by 5 $", "shrank by 5"]
    assert len({text_hash(text) for text in texts}) == len(texts)


def test_composed_and_decomposed_letters_are_one():
    assert text_hash("café") == text_hash("cafe\u0301")


def test_accents_and_vowel_signs_tell_words_apart():
    assert text_hash("résumé") != text_hash("resume")
    assert text_hash("कि") != text_hash("की")


def test_texts_without_any_word_are_told_apart():
    assert text_hash("!!!") != text_hash("???")
