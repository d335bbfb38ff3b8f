"""What somebody takes with them: everything, readable by machines, and nobody else's."""

import io
import json
import zipfile

import pytest

from service.errors import NotFoundError
from service.privacy.belongings import tables_of_persons
from service.privacy.export import export_zip
from tests.factories.known_person import EMAIL, NAME, make_known
from tests.factories.web_visit import Visit, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    states = ("accepted", "accepted")
    with open_site(database, database_url, clock, tmp_path / "home", states=states) as visit:
        keys = visit.settings.signing_keys()
        with database.transaction() as session:
            make_known(session, visit.readership, keys=keys, now=clock.now())
        yield visit


def taken(visit: Visit) -> zipfile.ZipFile:
    answer = visit.client.post(f"{visit.own_path}/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def test_it_holds_every_table_that_hangs_on_them_and_says_what_is_what(visit):
    archive = taken(visit)
    names = set(archive.namelist())
    assert {f"{table.name}.json" for table, _ in tables_of_persons()} <= names
    assert {"README.txt", "person.json", "briefs.json", "shown.json", "notices.json"} <= names
    readme = archive.read("README.txt").decode()
    assert EMAIL in readme
    for name in sorted(names - {"README.txt"}):
        rows = json.loads(archive.read(name))
        assert isinstance(rows, list), name


def test_names_stand_beside_numbers_and_picks_say_why(visit):
    archive = taken(visit)
    (person,) = json.loads(archive.read("person.json"))
    assert (person["email"], person["name"]) == (EMAIL, NAME)
    (brief,) = json.loads(archive.read("briefs.json"))
    assert brief["picks"][0]["why"] == "Because you follow AI infrastructure"
    assert brief["picks"][0]["headline"]
    assert json.loads(archive.read("podcast_stances.json"))[0]["podcast"] == "The Copper Hour"
    assert json.loads(archive.read("reader_profiles.json"))[0]["vector"] == [1.0]
    deeds = {row["deed"] for row in json.loads(archive.read("reactions.json"))}
    assert "save" in deeds
    assert json.loads(archive.read("mail_events.json"))[0]["kind"] == "bounced"


def test_nothing_of_anybody_else_is_in_it(visit):
    archive = taken(visit)
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"reader1@example.org" not in whole


def test_looking_fetches_nothing(visit):
    assert visit.client.get(f"{visit.own_path}/export").status_code == 405


def test_somebody_gone_is_said_before_the_first_byte(visit):
    with pytest.raises(NotFoundError):
        next(export_zip(visit.database, subscriber_id=99, site="", now=visit.clock.now()))
