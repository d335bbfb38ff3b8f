"""A report of what became of mail: stored once, and what it changes."""

import pytest
from sqlalchemy import func, select

from service.audience.models import Consent, Suppression
from service.feedback.recipients import RecipientMarks
from tests.factories.postmark_reports import about, report
from tests.factories.told import Told, make_told


@pytest.fixture
def told(database, clock) -> Told:
    return make_told(database, clock)


@pytest.mark.parametrize(
    "name",
    [
        *("delivery", "bounce_hard", "bounce_soft", "bounce_transient", "spam_complaint"),
        *("open", "click", "unsubscribed", "suppressed_complaint"),
    ],
)
def test_whatever_postmark_says_of_an_attempt_proves_it_had_taken_it(told, name):
    assert told.tell(report(name)) == [True]
    found = told.brief()
    assert (found.state, found.reason) == ("accepted", "evidence")
    assert found.settled_at == told.clock.now()
    assert found.provider_id == report(name)["MessageID"]


@pytest.mark.parametrize("name", ["suppressed_by_hand", "reactivated"])
def test_what_is_about_an_address_alone_proves_nothing(told, name):
    told.tell(about(name, 1))
    assert told.brief().state == "in_doubt"


def test_a_report_of_a_kind_we_do_not_know_is_kept_and_proves_nothing(told):
    told.tell(report("delivery", RecordType="Teleported"))
    assert told.brief().state == "in_doubt"
    assert [event.kind for event in told.events()] == ["unknown"]


def test_a_report_told_twice_is_stored_once_and_done_once(told):
    assert told.tell(report("unsubscribed")) == [True]
    assert told.tell(report("unsubscribed"), report("unsubscribed")) == [False, False]
    assert len(told.events()) == 1
    with told.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 1


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (["bounce_transient"], "deferred"),
        (["bounce_soft", "bounce_transient"], "bounced_transient"),
        (["delivery", "bounce_soft"], "delivered"),
        (["open"], "delivered"),
        (["bounce_hard", "delivery"], "bounced_permanent"),
        (["spam_complaint", "delivery", "click", "bounce_hard"], "complained"),
        (["unsubscribed"], None),
    ],
)
def test_the_mailbox_state_is_the_strongest_thing_heard(told, names, state):
    told.tell(*(report(name) for name in names))
    assert told.brief().mailbox_state == state


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bounce_hard", "bounced"),
        ("suppressed_hard_bounce", "bounced"),
        ("spam_complaint", "complained"),
        ("suppressed_complaint", "complained"),
        ("suppressed_by_hand", "by hand"),
    ],
)
def test_an_address_that_must_not_be_written_to_is_suppressed(told, name, reason):
    told.tell(report(name))
    assert told.suppressed() == {"ada@example.org": (reason, "postmark")}


@pytest.mark.parametrize("name", ["bounce_soft", "bounce_transient", "delivery", "open", "click"])
def test_what_is_no_reason_suppresses_nobody(told, name):
    told.tell(report(name))
    assert told.suppressed() == {}


def test_an_address_nobody_has_here_is_suppressed_too(told):
    told.tell(report("bounce_hard", Email="Gone@EXAMPLE.net"))
    assert told.suppressed() == {"gone@example.net": ("bounced", "postmark")}
    assert [event.verdict for event in told.events()] == ["unmatched"]


def test_a_reactivation_lifts_what_postmark_had_us_do(told):
    told.tell(report("suppressed_hard_bounce"))
    told.tell(report("reactivated"))
    assert told.suppressed() == {}


def test_a_reactivation_lifts_no_complaint(told):
    told.tell(report("spam_complaint"), report("reactivated"))
    assert told.suppressed()["ada@example.org"] == ("complained", "postmark")


@pytest.mark.parametrize("source", ["admin", "sending"])
def test_a_reactivation_leaves_what_others_have_suppressed(told, source):
    with told.database.transaction() as session:
        session.add(
            Suppression(
                address_key="ada@example.org",
                reason="by hand",
                source=source,
                since=told.clock.now(),
            )
        )
    told.tell(report("suppressed_hard_bounce"), report("reactivated"))
    assert told.suppressed() == {"ada@example.org": ("by hand", source)}


def test_what_an_admin_has_lifted_does_not_come_back_by_itself(told):
    told.tell(report("spam_complaint"))
    with told.database.transaction() as session:
        session.delete(session.get_one(Suppression, "ada@example.org"))
    told.tell(report("reactivated"), report("delivery"), report("spam_complaint"))
    assert told.suppressed() == {}


def test_somebody_who_left_at_postmark_has_left_that_list(told):
    told.tell(report("unsubscribed"))
    assert told.subscription() == "unsubscribed"
    assert told.suppressed() == {}
    with told.database.reading() as session:
        assert session.scalars(select(Consent.source)).all() == ["postmark"]


def test_a_wish_to_leave_that_names_no_brief_ends_all_they_have(told):
    told.tell(report("unsubscribed", Metadata={}))
    assert told.subscription() == "unsubscribed"


def test_somebody_who_came_back_since_then_stays(told):
    with told.database.transaction() as session:
        session.add(
            Consent(
                subscription_id=told.people.subscription_id,
                act="given",
                source="form",
                happened_at=told.clock.now(),
            )
        )
    told.tell(report("unsubscribed"))
    assert told.subscription() == "active"


def test_a_reactivation_signs_nobody_up(told):
    told.tell(report("unsubscribed"), report("reactivated"))
    assert told.subscription() == "unsubscribed"


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("accepted", "noted"),
        ("sending", "noted"),
        ("unknown", "too_late"),
        ("failed", "contradicts"),
        ("expired", "contradicts"),
        ("deferred", "contradicts"),
    ],
)
def test_only_a_doubt_is_settled_and_the_rest_is_noted(told, state, verdict):
    told.set_brief(state=state)
    told.tell(report("delivery"))
    found = told.brief()
    assert (found.state, found.mailbox_state) == (state, "delivered")
    assert [event.verdict for event in told.events()] == [verdict]


@pytest.mark.parametrize(
    "foreign",
    [
        about("delivery", 1, attempt=2),  # an attempt we never made
        about("delivery", 99),
        about("delivery", 1, Recipient="somebody@example.net"),  # another installation's brief 1
        about("delivery", 1, Recipient=""),
    ],
)
def test_a_report_that_does_not_fit_settles_nothing(told, foreign):
    told.tell(foreign)
    assert told.brief().state == "in_doubt"
    assert [(event.brief_id, event.verdict) for event in told.events()] == [(None, "unmatched")]


def test_somebody_who_changed_their_address_is_found_by_postmarks_own_id(told):
    told.set_brief(state="accepted", provider_id=report("delivery")["MessageID"])
    told.tell(report("delivery", Recipient="ada@old.example"))
    assert told.brief().mailbox_state == "delivered"


def test_an_earlier_attempt_that_arrived_settles_the_later_one(told):
    told.set_brief(attempt=2)
    told.tell(report("delivery"))
    assert (told.brief().state, told.brief().provider_id) == ("accepted", None)


def test_an_event_holds_no_address_and_is_found_by_any_of_our_keys(told):
    told.tell(report("bounce_hard"))
    (event,) = told.events()
    assert "ada@" not in repr(vars(event))
    rotated = RecipientMarks([b"n" * 32, b"k" * 32])
    assert event.recipient != rotated.mark("ada@example.org")
    assert event.recipient in rotated.known("ada@example.org")


def test_an_event_of_tomorrow_happened_now(told):
    told.tell(report("delivery", DeliveredAt="2099-01-01T00:00:00Z"))
    assert told.events()[0].happened_at == told.clock.now()
