"""`podbrief insights import` takes what is good, names what is bad, and changes nothing twice."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.clock import FixedClock
from service.db.database import Database
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic
from service.insights.queries import all_topics, insight_count
from tests.integration.conftest import Ran

Podbrief = Callable[..., Ran]
Write = Callable[..., str]

FIRST = {
    "id": "a1",
    "headline": "Wrap stops robots",
    "text": "Loose wrap stops more robots than maps do.",
    "podcast": "Gripper Hour",
    "episode": "The film problem",
    "episode_url": "https://gripper.example.com/95",
    "topics": ["Robotics", "Logistics"],
    "quality": 0.9,
}
SECOND = {"text": "Cups fail by humidity first.", "podcast": "Gripper Hour", "topics": ["robotics"]}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes lines, objects or raw bytes, to a file and returns its path."""

    def write(*lines: Any, name: str = "insights.jsonl") -> str:
        raw = [
            line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
            for line in lines
        ]
        path = tmp_path / name
        path.write_bytes(b"\n".join(raw) + b"\n")
        return str(path)

    return write


def rows(database: Database) -> dict[str, Insight]:
    with database.reading() as session:
        return {row.key: row for row in session.scalars(select(Insight))}


def topics_of(database: Database, key: str) -> set[str]:
    with database.reading() as session:
        statement = (
            select(Topic.slug)
            .join(InsightTopic)
            .join(Insight, Insight.id == InsightTopic.insight_id)
        )
        return set(session.scalars(statement.where(Insight.key == key)))


def test_insights_go_in_with_podcast_episode_and_topics(
    database: Database, podbrief: Podbrief, write: Write, clock: FixedClock
):
    ran = podbrief("insights", "import", write(FIRST, SECOND))
    assert (ran.code, ran.out) == (0, "added 2, updated 0, unchanged 0, rejected 0\n")
    with database.reading() as session:
        assert [podcast.name for podcast in session.scalars(select(Podcast))] == ["Gripper Hour"]
        assert session.scalar(select(Episode.url)) == "https://gripper.example.com/95"
        counts = {count.topic.name: count.insights for count in all_topics(session)}
        assert counts == {"Robotics": 2, "Logistics": 1}
        assert insight_count(session) == 2
    stored = rows(database)["a1"]
    assert (stored.published_at, stored.story_id) == (clock.now(), stored.id)


def test_the_same_file_again_changes_nothing_though_time_has_passed(
    database: Database, podbrief: Podbrief, write: Write, clock: FixedClock
):
    file = write(FIRST, SECOND)
    podbrief("insights", "import", file)
    before = {key: row.published_at for key, row in rows(database).items()}
    clock.moment = clock.moment.replace(hour=20)
    ran = podbrief("insights", "import", file, "--json")
    assert json.loads(ran.out) == {
        "added": 0,
        "updated": 0,
        "unchanged": 2,
        "rejected": 0,
        "errors": [],
        "dry_run": False,
    }
    assert {key: row.published_at for key, row in rows(database).items()} == before


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Loose wrap stops most robots."},
        {"headline": None},
        {"quality": 0.1},
        {"topics": ["Robotics"]},
        {"topics": []},
        {"episode_url": "https://gripper.example.com/moved"},
        {"podcast": "Another Hour"},
        {"published_at": "2026-11-01T00:00:00Z"},
    ],
    ids=str,
)
def test_other_facts_under_a_known_id_put_that_insight_right(
    database: Database, podbrief: Podbrief, write: Write, change: dict[str, Any]
):
    podbrief("insights", "import", write(FIRST, SECOND))
    story_id = rows(database)["a1"].story_id
    corrected = write({**FIRST, **change}, SECOND)
    ran = podbrief("insights", "import", corrected)
    assert ran.out == "added 0, updated 1, unchanged 1, rejected 0\n"
    assert rows(database)["a1"].story_id == story_id
    assert podbrief("insights", "import", corrected).out.startswith("added 0, updated 0")


def test_changed_topics_are_replaced(database: Database, podbrief: Podbrief, write: Write):
    podbrief("insights", "import", write(FIRST))
    podbrief("insights", "import", write({**FIRST, "topics": ["Robotics", "Design"]}))
    assert topics_of(database, "a1") == {"robotics", "design"}


def test_an_insight_in_the_same_words_joins_the_story_of_the_first_to_tell_it(
    database: Database, podbrief: Podbrief, write: Write
):
    again = {"id": "b1", "text": "LOOSE WRAP stops more robots than maps do!"}
    later = {"id": "c1", "text": "loose wrap stops more robots, than maps do"}
    podbrief("insights", "import", write(FIRST, again, SECOND))
    podbrief("insights", "import", write(later))
    stored = rows(database)
    assert stored["a1"].story_id == stored["a1"].id
    assert stored["b1"].story_id == stored["c1"].story_id == stored["a1"].id
    assert len({row.story_id for row in stored.values()}) == 2


def test_a_bad_line_is_named_and_the_rest_goes_in(
    database: Database, podbrief: Podbrief, write: Write
):
    file = write(
        FIRST,
        {"text": "x", "headline": "a\nb"},
        b'{"text": "not closed',
        b'{"text": "\xff\xfe"}',
        b"\xef\xbb\xbf  ",
        {"text": "y" * 70_000},
        {"text": "z", "topic": ["AI"]},
        SECOND,
    )
    ran = podbrief("insights", "import", file)
    assert ran.code == 1
    assert ran.out == "added 2, updated 0, unchanged 0, rejected 6\n"
    told = [line.removeprefix(file) for line in ran.err.splitlines()]
    assert told[0] == ":2: headline: line break"
    assert told[1].startswith(":3: line: is not JSON: Unterminated string")
    assert told[2] == ":4: line: is not UTF-8 (byte 11)"
    assert told[3].startswith(":5: line: is not JSON")
    assert told[4] == ":6: line: longer than 64 KB"
    assert told[5] == ':7: "topic" is not a key of an insight; did you mean topics?'


def test_strict_refuses_the_whole_file(database: Database, podbrief: Podbrief, write: Write):
    file = write(FIRST, {"text": ""})
    ran = podbrief("insights", "import", file, "--strict")
    assert (ran.code, ran.out) == (2, "")
    assert ":2: text: is empty" in ran.err
    assert "1 bad line: nothing was written" in ran.err
    assert rows(database) == {}
    assert podbrief("insights", "import", write(FIRST, SECOND), "--strict").code == 0
    assert len(rows(database)) == 2


def test_a_dry_run_says_what_would_happen_and_writes_nothing(
    database: Database, podbrief: Podbrief, write: Write
):
    podbrief("insights", "import", write(FIRST))
    ran = podbrief("insights", "import", write({**FIRST, "quality": 0.2}, SECOND, {}), "--dry-run")
    assert ran.code == 1
    assert ran.out == "would be: added 1, updated 1, unchanged 0, rejected 1\n"
    assert {key: row.quality for key, row in rows(database).items()} == {"a1": 0.9}


def test_a_line_that_repeats_is_unchanged_and_one_that_contradicts_is_refused(
    database: Database, podbrief: Podbrief, write: Write
):
    ran = podbrief("insights", "import", write(FIRST, FIRST, {**FIRST, "quality": 0.1}))
    assert ran.out == "added 1, updated 0, unchanged 1, rejected 1\n"
    assert ":3: id: the same id as line 1, with other facts" in ran.err
    assert rows(database)["a1"].quality == 0.9


def test_marks_blank_lines_crlf_and_a_missing_last_break_do_no_harm(
    database: Database, podbrief: Podbrief, tmp_path: Path
):
    file = tmp_path / "windows.jsonl"
    lines = [json.dumps(FIRST), "", "   ", json.dumps(SECOND)]
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert podbrief("insights", "import", str(file)).out.startswith("added 2,")


def test_standard_input_can_be_imported(
    database: Database, podbrief: Podbrief, monkeypatch: pytest.MonkeyPatch
):
    raw = io.BytesIO(json.dumps(FIRST).encode() + b"\n{}\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(raw))
    ran = podbrief("insights", "import", "-")
    assert (ran.code, ran.err) == (1, "stdin:2: text: is missing\n")
    assert "a1" in rows(database)


def test_markup_stays_text(database: Database, podbrief: Podbrief, write: Write):
    hostile = "<script>alert(1)</script> & <b>bold</b>"
    podbrief("insights", "import", write({"id": "h", "text": hostile, "headline": hostile}))
    assert rows(database)["h"].text == hostile


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder, not a file"),
        (lambda path: path.write_bytes(b"\xff\xfe{\0}\0"), "is UTF-16: save it as UTF-8"),
        (lambda path: path.write_bytes(b"\x1f\x8b\x08rest"), "is compressed: unpack it first"),
    ],
    ids=["missing", "folder", "utf-16", "gzip"],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    podbrief: Podbrief, tmp_path: Path, make: Callable[[Path], Any], sentence: str
):
    path = tmp_path / "file"
    make(path)
    ran = podbrief("insights", "import", str(path))
    assert ran.code == 2
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_an_empty_file_is_no_fault(podbrief: Podbrief, write: Write):
    assert podbrief("insights", "import", write(b"")).code == 0


def test_more_lines_than_a_batch_go_in_whole(database: Database, podbrief: Podbrief, write: Write):
    many = [{"id": f"n{number}", "text": f"Fact number {number}."} for number in range(4100)]
    many[2500]["text"] = "fact NUMBER 7"  # told in another batch
    assert podbrief("insights", "import", write(*many)).out.startswith("added 4,100,")
    stored = rows(database)
    assert len(stored) == 4100
    assert stored["n2500"].story_id == stored["n7"].id
    assert podbrief("insights", "import", write(*many)).out.startswith(
        "added 0, updated 0, unchanged 4,100"
    )
