"""The audit finds each way in which three ledgers can disagree, and nothing where they agree."""

from pathlib import Path

import pytest

from tests.chaos.audit import Row, Taken, audit, truth_of
from tests.chaos.faults import OF_A_MESSAGE, FaultPlan, may_leave_doubt
from tests.chaos.regressions import keep, kept

ANA, BEN = "ana@example.org", "ben@example.org"


def row(brief_id: int, recipient: str, state: str, **more) -> Row:
    return Row(brief_id=brief_id, recipient=recipient, state=state, **more)


def test_agreement_is_no_fault():
    rows = [
        row(1, ANA, "accepted"),
        row(2, BEN, "in_doubt", reason="cut_at_dot"),
        row(3, "cy@example.org", "failed", code=550),
    ]
    people = [each.recipient for each in rows]

    for truth in ([Taken(ANA, 1)], [Taken(ANA, 1), Taken(BEN, 2)]):
        findings = audit(people, rows, truth)
        assert findings.faults == []
        assert findings.lost == findings.duplicates == findings.wrong == 0
        assert findings.in_doubt == 1


@pytest.mark.parametrize(
    ("state", "more", "copies", "lost", "duplicates", "wrong"),
    [
        ("accepted", {}, 0, 1, 0, 0),
        ("accepted", {}, 2, 0, 1, 0),
        ("accepted", {}, 4, 0, 3, 0),
        ("in_doubt", {"reason": "cut"}, 2, 0, 1, 0),
        ("in_doubt", {}, 1, 0, 0, 0),
        ("failed", {"code": 550}, 1, 0, 0, 1),
        ("failed", {"code": 421}, 0, 1, 0, 0),
        ("planned", {}, 0, 1, 0, 0),
        ("planned", {}, 1, 0, 0, 1),
        ("sending", {}, 0, 1, 0, 0),
        ("deferred", {}, 0, 1, 0, 0),
        ("expired", {}, 0, 1, 0, 0),
        ("cancelled", {}, 0, 1, 0, 0),
        ("skipped", {}, 0, 1, 0, 0),
    ],
)
def test_each_disagreement_is_named(state, more, copies, lost, duplicates, wrong):
    findings = audit([ANA], [row(1, ANA, state, **more)], [Taken(ANA, 1)] * copies)

    assert (findings.lost, findings.duplicates, findings.wrong) == (lost, duplicates, wrong)
    assert len(findings.faults) == 1
    assert ANA in findings.faults[0]


def test_somebody_without_a_row_is_lost():
    assert audit([ANA, BEN], [row(1, ANA, "accepted")], [Taken(ANA, 1)]).lost == 1


def test_a_message_nobody_wrote_and_one_that_went_astray_are_found():
    rows = [row(1, ANA, "accepted"), row(2, BEN, "in_doubt", reason="cut")]

    stranger = audit([ANA, BEN], rows, [Taken(ANA, 1), Taken("eve@example.org", 9)])
    astray = audit([ANA, BEN], rows, [Taken(ANA, 1), Taken(ANA, 2)])

    assert len(stranger.faults) == 1
    assert astray.duplicates == 1


def test_the_truth_file_is_read_by_recipient_and_message_id(tmp_path):
    path = tmp_path / "truth.txt"
    path.write_text(f"{ANA}\tMessage-ID: <b.17.20261122@podbrief.example>\n{BEN}\tno id\n")

    assert truth_of(path) == [Taken(ANA, 17), Taken(BEN, -1)]
    assert truth_of(tmp_path / "none.txt") == []


def test_faults_follow_their_seed_and_their_rate(tmp_path):
    def faults_of(seed: int) -> list[str]:
        log: Path = tmp_path / f"faults-{seed}-{len(list(tmp_path.iterdir()))}"
        plan = FaultPlan(seed=seed, rate=0.1, latency=0.0, log=log)
        for connection in range(500):
            for stage in ("connect", "greeting", "ehlo", "mail", "rcpt", "data", "body", "dot"):
                plan(stage, connection)
        return log.read_text().splitlines()

    assert faults_of(1) == faults_of(1)
    assert faults_of(1) != faults_of(2)
    assert 60 < len(faults_of(1)) < 140


def test_only_a_break_after_the_content_began_leaves_doubt():
    doubtful = {stage for stage, fault, _ in OF_A_MESSAGE if may_leave_doubt(stage, fault)}

    assert doubtful == {"body", "dot"}
    assert not any(
        may_leave_doubt(stage, fault)
        for stage, fault, _ in OF_A_MESSAGE
        if fault.reply is not None and fault.reply[:1] in b"45"
    )


def test_a_seed_that_failed_is_kept_once(tmp_path):
    file = tmp_path / "regressions.json"
    for seed in (7, 3, 7):
        keep("short", seed, file)

    assert kept("short", file) == [3, 7]
    assert kept("full", file) == []
