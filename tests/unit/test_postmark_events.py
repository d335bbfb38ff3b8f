"""Postmark's reports, read: each kind once, nothing dropped, nothing kept that tells who."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feedback.keep import LEFT_OUT, MOST_TEXT, kept
from service.feedback.mailbox import MailboxState, state_told, weaker_than
from service.feedback.parsers.postmark import READINGS, parse
from service.feedback.standing import StopReason, Word, stop_of
from service.feedback.values import Bounce, EventKind, Origin, Reference, proves_acceptance
from tests.factories.postmark_reports import NAMES, report

DOCUMENTED_BOUNCES = (
    *("HardBounce", "Transient", "Unsubscribe", "Subscribe", "AutoResponder"),
    *("AddressChange", "DnsError", "SpamNotification", "OpenRelayTest", "Unknown"),
    *("SoftBounce", "VirusNotification", "ChallengeVerification", "BadEmailAddress"),
    *("SpamComplaint", "ManuallyDeactivated", "Unconfirmed", "Blocked", "SMTPApiError"),
    *("InboundError", "DMARCPolicy", "TemplateRenderingFailed"),
)
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "kind", "bounce", "origin"),
    [
        ("delivery", EventKind.DELIVERED, None, None),
        ("bounce_hard", EventKind.BOUNCED, Bounce.PERMANENT, None),
        ("bounce_soft", EventKind.BOUNCED, Bounce.TRANSIENT, None),
        ("bounce_transient", EventKind.DEFERRED, None, None),
        ("spam_complaint", EventKind.COMPLAINED, None, None),
        ("open", EventKind.OPENED, None, None),
        ("click", EventKind.CLICKED, None, None),
        ("suppressed_hard_bounce", EventKind.BOUNCED, Bounce.PERMANENT, None),
        ("suppressed_complaint", EventKind.COMPLAINED, None, None),
        ("unsubscribed", EventKind.UNSUBSCRIBED, None, Origin.RECIPIENT),
        ("suppressed_by_hand", EventKind.UNSUBSCRIBED, None, Origin.CUSTOMER),
        ("reactivated", EventKind.RESUBSCRIBED, None, None),
    ],
)
def test_each_documented_report_is_read_as_what_it_says(name, kind, bounce, origin):
    told = parse(report(name))
    assert (told.kind, told.bounce, told.origin) == (kind, bounce, origin)
    assert told.recipient == "ada@example.org"


@pytest.mark.parametrize("name", NAMES)
def test_a_report_names_its_hand_over_and_its_moment(name):
    told = parse(report(name))
    is_about_nothing = name in ("suppressed_by_hand", "reactivated")
    assert told.reference == (None if is_about_nothing else Reference(1, 1))
    assert told.happened_at is not None
    assert told.happened_at.utcoffset() == dt.timedelta(0)
    assert told.happened_at.date() == dt.date(2026, 11, 22)


def test_every_bounce_type_that_is_documented_has_a_meaning():
    assert {f"Bounce/{name}" for name in DOCUMENTED_BOUNCES} <= READINGS.keys()


@pytest.mark.parametrize("kind", ["Blocked", "SpamNotification", "DMARCPolicy", "Unknown"])
def test_what_is_refused_for_our_sake_is_nobodys_permanent_bounce(kind):
    assert parse(report("bounce_hard", Type=kind)).bounce is Bounce.TRANSIENT


@pytest.mark.parametrize("kind", ["SMTPApiError", "InboundError", "TemplateRenderingFailed"])
def test_what_postmark_never_took_proves_nothing(kind):
    told = parse(report("bounce_hard", Type=kind))
    assert told.kind is EventKind.UNKNOWN
    assert not proves_acceptance(told.kind, told.origin)


@pytest.mark.parametrize(
    "changed",
    [
        {"RecordType": "Teleported"},
        {"RecordType": "Bounce", "Type": "NeverSeen"},
        {"RecordType": 7},
        {"RecordType": None},
        {"RecordType": "SubscriptionChange", "SuppressSending": "yes"},
    ],
)
def test_what_we_have_no_word_for_is_unknown_and_not_dropped(changed):
    told = parse(report("delivery", **changed))
    assert told.kind is EventKind.UNKNOWN
    assert json.loads(told.raw)["MessageID"] == report("delivery")["MessageID"]


def test_a_suppression_for_a_new_reason_still_stops_mail():
    told = parse(report("suppressed_hard_bounce", SuppressionReason="Karma"))
    assert (told.kind, told.origin) == (EventKind.UNSUBSCRIBED, Origin.PROVIDER)


@pytest.mark.parametrize("name", NAMES)
def test_a_repeat_has_the_key_of_the_first_and_other_reports_have_others(name):
    first, repeat = parse(report(name)), parse(dict(reversed(report(name).items())))
    assert first.key == repeat.key
    assert len(first.key) <= 100
    others = {parse(report(other)).key for other in NAMES if other != name}
    assert first.key not in others


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_kept_tells_who_it_was_about(name):
    told = parse(report(name))
    for text in (told.raw, told.detail):
        assert "ada@" not in text
        assert "203.0.113.7" not in text
        assert "AbCdEfGhIj" not in text, "a signed link is a key"
    assert "Bees" not in told.raw


def test_what_is_left_out_leaves_its_name():
    assert json.loads(parse(report("open")).raw)["Geo"] == LEFT_OUT


@pytest.mark.parametrize(
    "given_reference",
    [
        "",
        "1",
        "1.",
        ".1",
        "1.1.1",
        "-1.1",
        "0.1",
        "1.0",
        "x.y",
        "\u0663.\u0661",
        " 1.1",
        "1.1\n",
        1.1,
        None,
    ],
)
def test_a_reference_that_is_not_ours_names_nothing(given_reference):
    assert parse(report("delivery", Metadata={"delivery": given_reference})).reference is None


@pytest.mark.parametrize("metadata", [None, [], "1.1", {}, {"delivery": ["1.1"]}])
def test_metadata_of_any_form_does_no_harm(metadata):
    assert parse(report("delivery", Metadata=metadata)).reference is None


@pytest.mark.parametrize(
    "moment", ["", "yesterday", None, 7, "2026-13-01", "0001-01-01T00:00+23:59"]
)
def test_a_moment_that_cannot_be_read_is_none(moment):
    assert parse(report("delivery", DeliveredAt=moment)).happened_at is None


def test_a_moment_with_an_offset_is_the_same_moment():
    told = parse(report("delivery", DeliveredAt="2026-11-22T02:00:00.1234567-05:00"))
    assert told.happened_at == dt.datetime(2026, 11, 22, 7, 0, 0, 123456, tzinfo=dt.UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*report("bounce_hard"), "Recipient", "x"]), json_values))
def test_any_object_is_read_as_something(found):
    told = parse(found)
    assert told.kind in EventKind
    assert "\x00" not in told.raw + told.detail
    json.loads(told.raw)


def test_however_large_a_report_is_little_of_it_is_kept():
    vast = report("delivery", Details="a" * 3_000_000, More=["b" * 600] * 5_000)
    told = parse(vast)
    assert len(told.raw) < 3 * MOST_TEXT
    assert len(told.detail) <= 300


def test_text_that_is_cut_says_so():
    assert json.loads(kept({"a": "x" * 501}, leave_out=()))["a"] == "x" * 500 + "…"


def test_a_complaint_outranks_everything_a_mailbox_can_say():
    assert set(weaker_than(MailboxState.COMPLAINED)) == set(MailboxState) - {
        MailboxState.COMPLAINED
    }
    assert state_told(EventKind.OPENED, None) is MailboxState.DELIVERED
    assert state_told(EventKind.UNSUBSCRIBED, None) is None


def word(kind: EventKind, hour: int, **more) -> Word:
    moment = NOON.replace(hour=hour)
    return Word(
        **(
            {"kind": kind, "bounce": None, "origin": None, "happened_at": moment, "detail": ""}
            | more
        )
    )


def bounced(hour: int) -> Word:
    return word(EventKind.BOUNCED, hour, bounce=Bounce.PERMANENT)


def test_an_address_mailed_again_after_its_bounce_may_be_written_to():
    words = [bounced(9), word(EventKind.RESUBSCRIBED, 10)]
    assert stop_of(words) is None
    assert stop_of(reversed(words)) is None


def test_a_bounce_after_that_stops_it_again_from_then_on():
    words = [bounced(9), word(EventKind.RESUBSCRIBED, 10), bounced(11)]
    stop = stop_of(words)
    assert stop is not None
    assert (stop.reason, stop.since.hour) == (StopReason.BOUNCED, 11)


def test_a_complaint_holds_whatever_the_provider_does_later():
    stop = stop_of([word(EventKind.COMPLAINED, 9), word(EventKind.RESUBSCRIBED, 10)])
    assert stop is not None
    assert stop.reason is StopReason.COMPLAINED


def test_somebody_who_left_a_list_may_still_be_written_to():
    assert stop_of([word(EventKind.UNSUBSCRIBED, 9, origin=Origin.RECIPIENT)]) is None
    assert stop_of([word(EventKind.UNSUBSCRIBED, 9, origin=Origin.CUSTOMER)]) is not None
