"""The dialogue by itself: what is written when, in what groups, and when the outcome tips over."""

import pytest

from service.sending.outcome import Verdict
from service.sending.transports.smtp_dialogue import SLICE
from service.sending.transports.smtp_reply import Reply
from service.sending.transports.wave import Wave
from tests.factories.outgoing import FixedContent, long_content, message
from tests.factories.smtp_dialogue import GO_AHEAD, OK, HandClock, hear, said, talk


@pytest.fixture
def clock():
    return HandClock()


def verdicts(wave: Wave) -> list[Verdict]:
    return [outcome.verdict for outcome in wave.known()]


def test_the_dot_and_the_next_commands_go_out_with_the_last_slice(clock):
    first = message(1, content=long_content(SLICE * 2 + 100))
    dialogue, wave = talk(first, message(2), clock=clock)
    assert said(dialogue) == [
        b"MAIL FROM:<brief@example.org>\r\nRCPT TO:<p1@example.org>\r\nDATA\r\n"
    ]
    hear(dialogue, OK, OK, GO_AHEAD)
    pieces = said(dialogue)
    assert all(len(piece) <= SLICE + 500 for piece in pieces)
    assert b"".join(pieces[:-1]) + pieces[-1].partition(b".\r\nMAIL")[0] == first.content.wire()
    assert pieces[-1].endswith(
        b".\r\nMAIL FROM:<brief@example.org>\r\nRCPT TO:<p2@example.org>\r\nDATA\r\n"
    )
    hear(dialogue, OK)
    assert verdicts(wave) == [Verdict.ACCEPTED]


def test_without_pipelining_each_command_waits_for_its_answer(clock):
    dialogue, wave = talk(message(1), message(2), clock=clock, pipelining=False)
    spoken = []
    for reply in (OK, OK, GO_AHEAD, OK):
        spoken.append(said(dialogue))
        hear(dialogue, reply)
    assert [b"".join(pieces)[:4] for pieces in spoken] == [b"MAIL", b"RCPT", b"DATA", b"Mess"]
    assert spoken[-1][0].endswith(b"\r\n.\r\n")
    assert verdicts(wave) == [Verdict.ACCEPTED]
    assert said(dialogue) == [b"MAIL FROM:<brief@example.org>\r\n"]


def test_nothing_is_announced_before_the_server_wants_content(clock):
    begun = []

    def note(letters, _known):
        begun.extend(letters)
        return True

    dialogue, _ = talk(message(1), clock=clock, may_begin=note)
    said(dialogue)
    hear(dialogue, OK, OK)
    assert not begun
    hear(dialogue, GO_AHEAD)
    assert len(begun) == 1


def test_a_cut_before_the_last_slice_is_known_not_sent(clock):
    dialogue, wave = talk(message(1, content=long_content(SLICE * 3)), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    dialogue.next_slice()
    dialogue.next_slice()
    dialogue.cut("gone")
    assert verdicts(wave) == [Verdict.DEFERRED]


def test_a_cut_once_the_last_slice_has_begun_is_in_doubt(clock):
    dialogue, wave = talk(message(1, content=long_content(SLICE * 3)), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    said(dialogue)
    dialogue.cut("gone")
    assert verdicts(wave) == [Verdict.IN_DOUBT]


def test_until_the_dot_itself_is_taken_a_cut_is_known_not_sent(clock):
    size = len(long_content(SLICE // 2).wire())
    for taken, expected in (
        ([], Verdict.DEFERRED),
        ([1], Verdict.DEFERRED),
        ([size // 2, size - size // 2], Verdict.DEFERRED),
        ([size + 1], Verdict.IN_DOUBT),
        ([size // 2, size - size // 2, 1], Verdict.IN_DOUBT),
        ([size + 60], Verdict.IN_DOUBT),
    ):
        first = message(1, content=long_content(SLICE // 2))
        dialogue, wave = talk(first, message(2), clock=clock)
        said(dialogue)
        hear(dialogue, OK, OK, GO_AHEAD)
        dialogue.next_slice()
        for count in taken:
            dialogue.wrote(count)
        dialogue.cut("gone")
        assert verdicts(wave) == [expected]
        assert wave.has_waiting  # the next one had no fair try


def test_a_word_of_the_server_before_the_dot_is_taken_is_no_answer_to_it(clock):
    first = message(1, content=long_content(SLICE // 2))
    dialogue, wave = talk(first, message(2), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    dialogue.next_slice()
    dialogue.wrote(SLICE // 4)
    hear(dialogue, OK)
    assert dialogue.is_broken
    assert verdicts(wave) == [Verdict.DEFERRED]
    assert wave.has_waiting


def test_a_frozen_process_does_not_write_the_rest_of_what_it_had_begun(clock):
    dialogue, wave = talk(message(1, content=long_content(SLICE // 2)), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    dialogue.next_slice()
    dialogue.wrote(100)
    assert dialogue.may_go_on()
    assert dialogue.deadline(clock.now) - clock.now == 180
    clock.now += 181
    assert not dialogue.may_go_on()
    assert verdicts(wave) == [Verdict.DEFERRED]


def test_a_frozen_process_does_not_finish_finish_what_others_may_have_taken_over(clock):
    dialogue, wave = talk(message(1, content=long_content(SLICE * 3)), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    dialogue.next_slice()
    clock.now += 181
    assert dialogue.next_slice() is None
    assert dialogue.is_broken
    assert verdicts(wave) == [Verdict.DEFERRED]


def test_told_to_stop_with_354_given_the_line_is_dropped_without_a_dot(clock):
    dialogue, wave = talk(message(1), message(2), clock=clock, may_begin=lambda *_: False)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    assert dialogue.is_broken
    assert said(dialogue) == []
    assert verdicts(wave) == [Verdict.NOT_BEGUN, Verdict.NOT_BEGUN]


def test_a_refused_recipient_is_cleaned_up_together_with_the_next_message(clock):
    dialogue, wave = talk(message(1), message(2), clock=clock)
    said(dialogue)
    hear(dialogue, OK, Reply(550, "5.1.1 nobody"), Reply(503, "5.5.1 no recipient"))
    assert verdicts(wave) == [Verdict.FAILED]
    (group,) = said(dialogue)
    assert group.startswith(b"RSET\r\nMAIL FROM:")
    hear(dialogue, OK, OK, OK, GO_AHEAD)
    said(dialogue)
    hear(dialogue, OK)
    assert verdicts(wave) == [Verdict.ACCEPTED]


def test_the_first_refusal_is_the_one_that_is_told(clock):
    dialogue, wave = talk(message(1), clock=clock)
    said(dialogue)
    hear(dialogue, Reply(452, "4.3.1 no room"), Reply(503, "MAIL first"), Reply(503, "RCPT first"))
    assert [(o.stage, o.code) for o in wave.known()] == [("mail", 452)]


def test_a_421_on_the_next_mail_burns_no_attempt(clock):
    dialogue, wave = talk(message(1), message(2), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    said(dialogue)
    hear(dialogue, OK, Reply(421, "4.7.0 enough for now"))
    assert verdicts(wave) == [Verdict.ACCEPTED]
    assert dialogue.is_broken
    assert wave.has_waiting


def test_only_a_connection_that_has_proved_itself_gives_a_message_back(clock):
    for is_kept, expected in ((True, []), (False, [Verdict.DEFERRED])):
        dialogue, wave = talk(message(1), clock=clock)
        if is_kept:
            dialogue.join(wave)
        said(dialogue)
        dialogue.cut("gone")
        assert verdicts(wave) == expected


def test_size_is_told_and_a_message_too_big_is_refused_before_mail(clock):
    big = message(1, content=long_content(5000))
    dialogue, wave = talk(big, message(2), clock=clock, offers_size=True, size_limit=1000)
    (group,) = said(dialogue)
    assert group.startswith(b"MAIL FROM:<brief@example.org> SIZE=57\r\nRCPT TO:<p2@")
    (outcome,) = wave.known()
    assert (outcome.verdict, outcome.blame) == (Verdict.FAILED, "message")
    assert "1000" in outcome.reply


def test_an_international_address_needs_smtputf8(clock):
    letter = message(1, recipient="zoë@bücher.example")
    dialogue, wave = talk(letter, clock=clock, smtputf8=True)
    (group,) = said(dialogue)
    assert group.startswith(b"MAIL FROM:<brief@example.org> BODY=8BITMIME SMTPUTF8\r\n")
    assert "RCPT TO:<zoë@xn--bcher-kva.example>".encode() in group
    dialogue, wave = talk(letter, clock=clock)
    assert said(dialogue) == []
    (outcome,) = wave.known()
    assert (outcome.verdict, outcome.blame) == (Verdict.FAILED, "address")
    assert "SMTPUTF8" in outcome.reply


def test_a_sender_address_that_is_none_waits_for_somebody_to_mend_it(clock):
    dialogue, wave = talk(message(1, envelope_from="not an address"), clock=clock)
    assert said(dialogue) == []
    (outcome,) = wave.known()
    assert (outcome.verdict, outcome.blame) == (Verdict.DEFERRED, "sender")


def test_content_that_would_end_early_never_leaves(clock):
    smuggled = FixedContent(b"Subject: x\r\n\r\nhi\r\n.\r\nMAIL FROM:<eve@example.org>\r\n")
    dialogue, wave = talk(message(1, content=smuggled), clock=clock)
    assert said(dialogue) == []
    (outcome,) = wave.known()
    assert (outcome.verdict, outcome.blame) == (Verdict.FAILED, "message")


def test_an_early_word_of_the_server_within_the_content_ends_it(clock):
    dialogue, wave = talk(message(1, content=long_content(SLICE * 3)), clock=clock)
    said(dialogue)
    hear(dialogue, OK, OK, GO_AHEAD)
    dialogue.next_slice()
    hear(dialogue, Reply(552, "5.3.4 too much"))
    assert dialogue.is_broken
    (outcome,) = wave.known()
    assert (outcome.verdict, outcome.stage, outcome.code) == (Verdict.DEFERRED, "body", 552)


def test_the_dot_is_waited_for_ten_minutes(clock):
    dialogue, _ = talk(message(1), message(2), clock=clock)
    said(dialogue)
    assert dialogue.deadline(clock.now) - clock.now == 300
    hear(dialogue, OK, OK, GO_AHEAD)
    said(dialogue)
    assert dialogue.deadline(clock.now) - clock.now == 600
    hear(dialogue, OK)
    assert dialogue.deadline(clock.now) - clock.now == 300
