"""Stories, threads and related insights are judged by what the store makes of them."""

import pytest

from service.errors import InputError
from service.evaluation.retellings import group, read_events, read_pairs, tell_apart

PAIRS = """# a remark

retold
A bakery in Porto let dough rest overnight at four degrees and cut its yeast order by 60 per cent.
A bakery in Porto that let dough rest overnight at four degrees cut its yeast order by 60 per cent.

other
Free entry one day a week paid for itself at the museum, because visitors came back and paid.
The museum lengthened its labels, and visitors spent twice as long before each painting.
"""


@pytest.fixture
def file(tmp_path):
    def file(text):
        path = tmp_path / "texts.txt"
        path.write_text(text)
        return path

    return file


def test_pairs_are_judged_as_the_store_judges_them(file):
    found = tell_apart(read_pairs(file(PAIRS)))
    assert (found.retold, found.others) == (1, 1)
    assert found.pairs == (1.0, 1.0, 1.0)
    assert found.related_in_ten.mean == 1.0


def test_findings_that_are_each_by_themselves_make_no_thread(file):
    found = group(read_events(file("# of none\n\nBees count to four.\nShips had square holes.\n")))
    assert (found.events, found.findings) == (0, 2)
    assert found.b_cubed.f1 == 1.0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("retold\nonly one text\n", "paragraph 1: needs three lines"),
        ("same\none\nother\n", "paragraph 1: needs three lines"),
        ("# nothing\n", "holds no pair"),
    ],
)
def test_a_fault_in_a_file_of_pairs_is_named(file, text, fault):
    with pytest.raises(InputError, match=fault):
        read_pairs(file(text))


def test_a_file_of_events_without_findings_or_in_another_code_is_refused(file, tmp_path):
    with pytest.raises(InputError, match="holds no finding"):
        read_events(file("\n\n"))
    (tmp_path / "latin.txt").write_bytes(b"\xe9t\xe9\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_events(tmp_path / "latin.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(tmp_path / "nowhere.txt")
