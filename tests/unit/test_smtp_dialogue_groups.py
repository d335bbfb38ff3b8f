"""Replies that come together are heard together, and mean what they mean one by one."""

from hypothesis import given
from hypothesis import strategies as st

from service.sending.transports.smtp_reply import Reply
from tests.factories.outgoing import message
from tests.factories.smtp_dialogue import GO_AHEAD, OK, HandClock, said, talk

ANSWERS = st.sampled_from(
    [
        *(OK, OK, OK, GO_AHEAD, GO_AHEAD),
        *(
            Reply(250, "2.0.0 Ok: queued as 4XYZ"),
            Reply(421, "4.3.2 bye"),
            Reply(451, "4.7.1 later"),
        ),
        *(Reply(550, "5.1.1 nobody"), Reply(554, "no"), Reply(200, "hm")),
    ]
)


@given(groups=st.lists(st.lists(ANSWERS, max_size=5) | st.just([OK, OK, OK, GO_AHEAD])))
def test_replies_heard_together_mean_what_they_mean_one_by_one(groups: list[list[Reply]]):
    told = []
    for together in (False, True):
        letters = [message(number) for number in range(1, 5)]
        dialogue, wave = talk(*letters, clock=HandClock())
        written = [said(dialogue)]
        for replies in groups:
            if dialogue.is_broken:
                break
            if together:
                dialogue.hear_group(replies)
            else:
                for reply in replies:
                    dialogue.hear(reply)
                    if dialogue.is_broken:
                        break
            written.append(said(dialogue))
        dialogue.cut("the end")
        told.append((written, [str(outcome) for outcome in wave.known()], wave.unknown))
    assert told[0] == told[1]
