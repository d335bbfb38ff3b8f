"""`podbrief subscribers import` names what is wrong with a row, a header or a list."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.audience.models import NewsletterList, Subscriber
from service.db.database import Database
from tests.integration.conftest import Ran

Import = Callable[..., Ran]
HEADER = "email,name,topics,timezone,hour,frequency,language,status"
ANN = "ann@example.org,Ann,AI;Deep Sea,Europe/Berlin,07:00,weekdays,de,"
BOB = "bob@example.org,,,,,,,"


def test_bad_rows_are_named_and_the_rest_goes_in(database: Database, bring: Import):
    ran = bring(
        HEADER,
        ANN,
        "",
        "not an address,,,,,,,",
        "ANN@Example.org,,,,,,,",
        "eve@example.org,,,Europe/Berln,,,,",
        'mal@example.org,"Mal,,,,,,',
        ",,,,,,,",
        "short@example.org,Short",
        BOB,
    )
    assert ran.code == 1
    assert ran.out == "added 2, updated 0, unchanged 0, rejected 5\n"
    told = [line.partition("people.csv")[2] for line in ran.err.splitlines()]
    assert told[0].startswith(":4: email: is not an address: ")
    assert told[1] == ":5: email: the same address as line 2"
    assert told[2].startswith(":6: timezone: ")
    assert told[2].endswith("did you mean Europe/Berlin?")
    assert told[3] == ":7: line: a quote is not closed, or a cell holds a line break"
    assert told[4] == ":9: line: has 2 cells, the header has 8"


def test_strict_and_dry_run_write_nothing(database: Database, bring: Import):
    strict = bring(HEADER, ANN, "x,,,,,,,", options=("--strict", "--json"))
    assert strict.code == 2
    assert json.loads(strict.out)["rejected"] == 1
    dry = bring(HEADER, ANN, BOB, options=("--dry-run",))
    assert (dry.code, dry.out) == (0, "would be: added 2, updated 0, unchanged 0, rejected 0\n")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 0


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("e-mail,name", 'people.csv:1: header: "e-mail" is no column; did you mean email?'),
        ("name", "people.csv:1: header: there is no column email"),
        ("", "is empty: the first line must name the columns"),
    ],
)
def test_a_header_that_cannot_be_read_is_one_sentence(bring: Import, header: str, sentence: str):
    ran = bring(header)
    assert ran.code == 2
    assert sentence in ran.err.replace("\n", "")


def test_an_unknown_list_is_named_with_those_there_are(
    podbrief: Callable[..., Ran], morning: NewsletterList, tmp_path: Path
):
    path = tmp_path / "people.csv"
    path.write_text("email\na@example.org\n")
    ran = podbrief("subscribers", "import", str(path), "--list", "mourning")
    assert ran.code == 2
    assert "there is no list 'mourning'; there are: morning" in ran.err
