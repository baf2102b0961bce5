from __future__ import annotations

import dataclasses
import threading
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select, update

from relay.alerts import ADVICE, CALM, GIVE_UP, raise_alert, resolve
from relay.clocks import SKEW
from relay.context import Relay
from relay.models import Campaign, CampaignState, Delivery, NotificationState, Source
from relay.ports import Notification
from relay.upkeep import outbox
from tests.fakes.channel import FakeChannel
from tests.fakes.clock import FakeClock
from tests.fakes.source import Killed


@pytest.fixture
def mail() -> FakeChannel:
    return FakeChannel("mail")


@pytest.fixture
def webhook() -> FakeChannel:
    return FakeChannel("webhook")


@pytest.fixture
def desk(relay: Relay, mail: FakeChannel, webhook: FakeChannel) -> Relay:
    relay.store.channels = ("mail", "webhook")
    return dataclasses.replace(relay, channels={"mail": mail, "webhook": webhook})


def trouble(relay: Relay, key: str = "vk:abc", text: str = "VK wants a captcha.", url: str = "") -> None:
    with relay.transaction() as session:
        raise_alert(session, key, text, relay.now(), action_url=url)


def is_over(relay: Relay, key: str = "vk:abc") -> None:
    with relay.transaction() as session:
        resolve(session, key, relay.now())


def rows(relay: Relay) -> list[Delivery]:
    with relay.reading() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)))


@pytest.mark.slow
def test_each_channel_is_told_once_however_often_the_trouble_repeats(
    desk: Relay, mail: FakeChannel, webhook: FakeChannel, clock: FakeClock
) -> None:
    for _ in range(4):
        trouble(desk, url="https://vk.com/captcha")
        outbox.send_due(desk)
        clock.moves(minutes=1)
    assert [letter.text for letter in mail.sent] == ["VK wants a captcha."]
    (letter,) = webhook.sent
    assert (letter.key, letter.state, letter.url) == ("vk:abc", "open", "https://vk.com/captcha")
    assert letter.advice.startswith("Relay tries")


@pytest.mark.slow
def test_twin_without_the_key_each_repeat_is_told(desk: Relay, mail: FakeChannel) -> None:
    """The guard is that a trouble is known again by its key."""
    for number in range(4):
        trouble(desk, f"vk:abc {number}")
        outbox.send_due(desk)
    assert len(mail.sent) == 4


@pytest.mark.slow
def test_that_it_is_over_is_told_after_a_while_and_belongs_to_the_first(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    outbox.send_due(desk)
    is_over(desk)
    outbox.send_due(desk)
    assert len(mail.sent) == 1
    clock.moves(seconds=CALM.total_seconds())
    outbox.send_due(desk)
    first, second = mail.sent
    assert (second.state, second.text, second.after) == ("over", "It is over: VK wants a captcha.", first.id)
    assert second.id != first.id


@pytest.mark.slow
def test_a_channel_that_is_down_is_tried_later_and_later_and_stops_no_other(
    desk: Relay, mail: FakeChannel, webhook: FakeChannel, clock: FakeClock
) -> None:
    mail.is_down()
    trouble(desk)
    waits = []
    for _ in range(8):
        outbox.send_due(desk)
        row = rows(desk)[0]
        waits.append((row.next_try_at - clock()) / timedelta(minutes=1))
        clock.is_at(row.next_try_at)
    assert waits == [1, 2, 5, 15, 30, 60, 60, 60]
    assert rows(desk)[0].reason == "The mail server can't be reached."
    assert len(webhook.sent) == 1
    mail.recovers()
    outbox.send_due(desk)
    assert mail.told == [("open", "VK wants a captcha.")]
    assert rows(desk)[0].reason == ""


@pytest.mark.slow
def test_one_look_makes_one_try_at_a_channel_that_is_down(desk: Relay, mail: FakeChannel) -> None:
    mail.is_down()
    for number in range(4):
        trouble(desk, f"source:{number}")
    outbox.send_due(desk)
    assert mail.tries == 1


@pytest.mark.slow
def test_after_days_it_is_given_up_and_the_reason_stays(desk: Relay, mail: FakeChannel, clock: FakeClock) -> None:
    mail.is_down()
    trouble(desk)
    outbox.send_due(desk)
    clock.moves(seconds=GIVE_UP.total_seconds())
    tries = mail.tries
    mail.recovers()
    outbox.send_due(desk)
    assert mail.tries == tries
    post = next(post for post in outbox.channel_states(desk) if post.channel == "mail")
    assert (post.given_up, post.waiting, post.reason) == (1, 0, "The mail server can't be reached.")
    trouble(desk, "disk", "The disk is full.")
    outbox.send_due(desk)
    assert not next(post for post in outbox.channel_states(desk) if post.channel == "mail").in_trouble


@pytest.mark.slow
def test_a_machine_that_was_off_for_long_tells_what_it_never_tried(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    clock.moves(days=10)
    outbox.send_due(desk)
    assert len(mail.sent) == 1


def test_killed_between_sending_and_commit_it_repeats_the_same_number_at_most_once(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    mail.kills_the_sender()
    with pytest.raises(Killed):
        outbox.send_due(desk)
    mail.recovers()
    outbox.send_due(desk)
    assert len(mail.sent) == 1, "nobody may send what another process has claimed"
    for _ in range(3):
        clock.moves(seconds=outbox.CLAIM.total_seconds())
        outbox.send_due(desk)
    first, second = mail.sent
    assert first.id == second.id
    assert mail.told == [("open", "VK wants a captcha.")]


@pytest.mark.slow
def test_twin_with_a_number_of_its_own_the_repeat_would_be_a_second_message(
    desk: Relay, mail: FakeChannel, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter("abcdefgh")
    monkeypatch.setattr(outbox, "message_id_of", lambda _delivery: next(numbers))
    trouble(desk)
    mail.kills_the_sender()
    with pytest.raises(Killed):
        outbox.send_due(desk)
    mail.recovers()
    clock.moves(seconds=outbox.CLAIM.total_seconds())
    outbox.send_due(desk)
    assert len(mail.told) == 2


@pytest.mark.slow
def test_what_was_on_its_way_when_the_trouble_passed_is_followed_by_the_end(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    mail.is_down()
    outbox.send_due(desk)
    is_over(desk)
    mail.recovers()
    clock.moves(minutes=1)
    outbox.send_due(desk)
    clock.moves(seconds=CALM.total_seconds())
    outbox.send_due(desk)
    assert [letter.state for letter in mail.sent] == ["open", "over"]


@pytest.mark.slow
def test_two_processes_send_each_message_once(desk: Relay, mail: FakeChannel) -> None:
    for number in range(4):
        trouble(desk, f"source:{number}")
    threads = [threading.Thread(target=outbox.send_due, args=(desk,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mail.sent) == len({letter.id for letter in mail.sent}) == 4


def test_numbers_of_two_installations_differ(desk: Relay, mail: FakeChannel, clock: FakeClock) -> None:
    one = Delivery(id=1, alert_id=1, channel="mail", text="t", created_at=clock(), next_try_at=clock())
    clock.moves(seconds=0.001)
    other = Delivery(id=1, alert_id=1, channel="mail", text="t", created_at=clock(), next_try_at=clock())
    assert outbox.message_id_of(one) != outbox.message_id_of(other)


def test_the_campaign_of_a_source_is_told(desk: Relay, mail: FakeChannel) -> None:
    now = desk.now()
    with desk.transaction() as session:
        session.add(Campaign(slug="proryv80", title="Прорыв", opens_at=now, closes_at=now, tz="UTC", created_at=now))
        session.add(Source(campaign_id=1, address="vk:club1", network="vk", created_at=now))
    trouble(desk, "source:1", "The wall is closed.")
    outbox.send_due(desk)
    assert mail.sent[0].campaign == "proryv80"


@pytest.mark.slow
def test_a_channel_that_is_set_up_no_more_keeps_what_waits(desk: Relay, relay: Relay, webhook: FakeChannel) -> None:
    trouble(desk)
    without = dataclasses.replace(desk, channels={"webhook": webhook})
    outbox.send_due(without)
    assert [row.sent_at is None for row in rows(desk)] == [True, False]


@pytest.mark.slow
def test_a_test_message_goes_out_now_and_says_what_came_back(
    desk: Relay, mail: FakeChannel, webhook: FakeChannel
) -> None:
    webhook.is_down("The webhook answers with: HTTP 404")
    assert [dataclasses.astuple(answer) for answer in outbox.test(desk)] == [
        ("mail", True, "250 OK"),
        ("webhook", False, "The webhook answers with: HTTP 404"),
    ]
    assert rows(desk) == []


@pytest.mark.slow
def test_what_was_told_of_an_alert(desk: Relay, mail: FakeChannel, webhook: FakeChannel) -> None:
    webhook.is_down()
    trouble(desk)
    outbox.send_due(desk)
    (messages,) = outbox.messages_by_alert(desk).values()
    assert [(message.channel, message.state) for message in messages] == [
        ("mail", "sent"),
        ("webhook", "waiting"),
    ]


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 5), (4, 15), (5, 30), (6, 60), (7, 60), (999, 60)]
)
def test_the_pauses_grow_to_an_hour(attempts: int, minutes: int) -> None:
    assert outbox.pause_after(attempts) == timedelta(minutes=minutes)


# Whole letters and whole rows


def has_source(relay: Relay, tz: str = "UTC") -> None:
    now = relay.now()
    words = {"opens_at": now, "closes_at": now, "created_at": now, "state": CampaignState.running}
    with relay.transaction() as session:
        session.add(Campaign(slug="other", title="x", tz="Asia/Omsk", **words | {"state": CampaignState.draft}))
        session.add(Campaign(slug="proryv80", title="x", tz=tz, **words))
        session.flush()
        for number in (1, 2):
            session.add(Source(campaign_id=number, address=f"vk:club{number}", network="vk", created_at=now))


@pytest.mark.slow
def test_a_letter_says_all_that_a_person_needs(desk: Relay, mail: FakeChannel, clock: FakeClock) -> None:
    has_source(desk, "Europe/Moscow")
    begun = clock()
    trouble(desk, "source:2", "The wall is closed.", "https://vk.com/club2")
    clock.moves(minutes=2)
    assert outbox.send_due(desk) == 2
    (first,) = mail.sent
    assert len(first.id) == 32
    assert first == Notification(
        id=first.id, key="source:2", state="open", text="The wall is closed.", url="https://vk.com/club2", at=begun,
        advice=ADVICE["source"], campaign="proryv80", after="", zone="Europe/Moscow",
    )  # fmt: skip
    is_over(desk, "source:2")
    over_at = clock()
    clock.moves(minutes=31)
    assert outbox.send_due(desk) == 2
    second = mail.sent[1]
    assert second == Notification(
        id=second.id, key="source:2", state="over", text="It is over: The wall is closed.", url="", at=over_at,
        advice="", campaign="proryv80", after=first.id, zone="Europe/Moscow",
    )  # fmt: skip


@pytest.mark.slow
def test_each_end_belongs_to_the_message_before_it_of_its_own_alert_and_channel(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    desk.store.channels = ()
    for key in ("a", "b"):
        trouble(desk, key)
    with desk.transaction() as session:
        for alert_id, channel in ((1, "mail"), (2, "mail"), (1, "webhook"), (1, "mail")):
            session.add(delivery(clock(), channel, alert_id=alert_id, sent_at=clock()))
        session.add(delivery(clock(), "mail", alert_id=1, about=NotificationState.over))
        session.add(delivery(clock(), "mail", alert_id=1))
    before = outbox.message_id_of(rows(desk)[3])
    outbox.send_due(desk)
    assert [(letter.state, letter.after) for letter in mail.sent] == [("over", before), ("open", "")]
    assert len({outbox.message_id_of(row) for row in rows(desk)}) == 6


@pytest.mark.slow
def test_what_is_about_no_source_of_ours_is_about_no_campaign(desk: Relay, mail: FakeChannel) -> None:
    has_source(desk)
    desk.store.channels = ("mail",)
    for key in ("source:1x", "source:", "source:99", "vk:1", "clip:1", "source", "source:1"):
        trouble(desk, key)
    outbox.send_due(desk)
    assert [letter.campaign for letter in mail.sent] == ["", "", "", "", "", "", "other"]


@pytest.mark.slow
def test_what_was_sent_is_noted_and_nothing_else(desk: Relay, mail: FakeChannel, clock: FakeClock) -> None:
    mail.is_down()
    trouble(desk)
    begun = clock()
    assert outbox.send_due(desk) == 1
    whole = {"alert_id": 1, "text": "VK wants a captcha.", "action_url": "", "created_at": begun, "attempts": 1}
    whole["about"] = "open"
    assert [row.model_dump() for row in rows(desk)] == [
        {**whole, "id": 1, "channel": "mail", "reason": "The mail server can't be reached.", "sent_at": None,
         "next_try_at": begun + timedelta(minutes=1)},
        {**whole, "id": 2, "channel": "webhook", "reason": "", "sent_at": begun,
         "next_try_at": begun + timedelta(minutes=5)},
    ]  # fmt: skip
    clock.moves(seconds=59)
    assert outbox.send_due(desk) == 0
    assert mail.tries == 1
    clock.moves(seconds=1)
    mail.recovers()
    assert outbox.send_due(desk) == 1
    sent = rows(desk)[0]
    assert (sent.attempts, sent.reason, sent.sent_at) == (2, "", clock())
    clock.moves(days=1)
    assert outbox.send_due(desk) == 0


@pytest.mark.slow
def test_a_channel_that_fails_is_left_alone_for_this_time_and_the_others_go_on(
    desk: Relay, mail: FakeChannel, webhook: FakeChannel
) -> None:
    mail.is_down()
    for key in ("a", "b", "c"):
        trouble(desk, key, key)
    assert outbox.send_due(desk) == 3
    assert (mail.tries, [letter.text for letter in webhook.sent]) == (1, ["a", "b", "c"])


@pytest.mark.slow
def test_what_is_due(desk: Relay, clock: FakeClock, mail: FakeChannel) -> None:
    cases = [
        (0, timedelta(), timedelta(), True),
        (0, timedelta(), timedelta(seconds=1), False),
        (0, -4 * GIVE_UP, timedelta(seconds=-1), True),
        (1, timedelta(seconds=1) - GIVE_UP, timedelta(), True),
        (1, -GIVE_UP, timedelta(), False),
        # the clock was set back since
        (0, SKEW, SKEW, False),
        (0, SKEW + timedelta(seconds=1), SKEW, True),
        (1, SKEW + timedelta(seconds=1), SKEW, False),
        (1, timedelta(), timedelta(hours=1) + SKEW, False),
        (1, timedelta(), timedelta(hours=1, seconds=1) + SKEW, True),
    ]
    desk.store.channels = ("mail",)
    trouble(desk)
    for attempts, created, next_try, is_sent in cases:
        mail.sent.clear()
        words = {"attempts": attempts, "created_at": clock() + created, "next_try_at": clock() + next_try}
        with desk.transaction() as session:
            session.exec(update(Delivery).values(**words, sent_at=None))
        assert outbox.send_due(desk) == len(mail.sent) == int(is_sent), (attempts, created, next_try)


def delivery(now: datetime, channel: str, **more: Any) -> Delivery:
    words = {"alert_id": 1, "text": "It hurts.", "created_at": now, "next_try_at": now}
    return Delivery(channel=channel, **words | more)


@pytest.mark.slow
def test_how_the_outbox_of_each_channel_stands(desk: Relay, clock: FakeClock) -> None:
    trouble(desk)
    now = clock()
    lost = {"attempts": 9, "reason": "HTTP 500", "created_at": now - GIVE_UP}
    older = {"attempts": 9, "reason": "HTTP 400", "created_at": now - 2 * GIVE_UP}
    with desk.transaction() as session:
        for row in rows(desk):
            session.delete(row)
        session.add_all(
            [
                delivery(now, "old", attempts=1, reason="No answer."),
                delivery(now, "mail", sent_at=now - GIVE_UP - timedelta(seconds=2)),
                delivery(now, "mail", sent_at=now - GIVE_UP - timedelta(seconds=1)),
                delivery(now, "mail", **older),
                delivery(now, "mail", **lost),
                delivery(now, "mail", **lost | {"reason": "HTTP 502"}),
                delivery(now, "mail", attempts=1),
                delivery(now, "mail"),
                delivery(now, "gone", sent_at=now),
            ]
        )
    desk.store.channels = ("mail", "webhook")
    sent = now - GIVE_UP - timedelta(seconds=1)
    assert outbox.channel_states(desk) == [
        outbox.ChannelState("mail", True, sent_at=sent, waiting=2, given_up=2, reason="HTTP 502"),
        outbox.ChannelState("webhook", True),
        outbox.ChannelState("old", False, waiting=1, reason="No answer."),
    ]
    assert [post.in_trouble for post in outbox.channel_states(desk)] == [True, False, True]
    assert outbox.ChannelState("mail", True, given_up=1).in_trouble


@pytest.mark.slow
def test_what_was_sent_since_makes_up_for_what_was_given_up(desk: Relay, clock: FakeClock) -> None:
    trouble(desk)
    now, at = clock(), clock() - GIVE_UP
    with desk.transaction() as session:
        for row in rows(desk):
            session.delete(row)
        session.add(delivery(now, "mail", attempts=9, reason="HTTP 500", created_at=at))
        session.add(delivery(now, "mail", sent_at=at))
    (post, _) = outbox.channel_states(desk)
    assert (post.given_up, post.waiting, post.reason, post.sent_at) == (0, 0, "", at)


@pytest.mark.slow
def test_what_was_told_of_each_alert_stands_with_all_that_came_of_it(desk: Relay, clock: FakeClock) -> None:
    trouble(desk, "a", "A.")
    trouble(desk, "b", "B.")
    now = clock()
    with desk.transaction() as session:
        for row in rows(desk):
            session.delete(row)
        over = {"text": "It is over: A.", "about": "over"}
        for more in (
            {"id": 11, "alert_id": 1, "channel": "mail", "sent_at": now, "attempts": 2},
            {"id": 12, "alert_id": 1, "channel": "mail", "attempts": 1, "reason": "No answer.", **over},
            {"id": 13, "alert_id": 2, "channel": "webhook", "attempts": 9, "created_at": now - GIVE_UP},
        ):
            session.add(Delivery(**{"text": "A.", "created_at": now, "next_try_at": now, **more}))
    first = {"channel": "mail", "state": "sent", "about": "open", "sent_at": now, "attempts": 2, "reason": ""}
    unsent = {**first, "sent_at": None}
    told = {alert: [asdict(message) for message in sent] for alert, sent in outbox.messages_by_alert(desk).items()}
    assert told == {
        1: [first, {**unsent, "state": "waiting", "about": "over", "attempts": 1, "reason": "No answer."}],
        2: [{**unsent, "channel": "webhook", "state": "given up", "attempts": 9}],
    }


@pytest.mark.slow
def test_a_test_letter_says_what_it_is_and_when(desk: Relay, mail: FakeChannel, clock: FakeClock) -> None:
    has_source(desk, "Asia/Tomsk")
    list(outbox.test(desk))
    clock.moves(seconds=1)
    list(outbox.test(desk))
    first, second = mail.sent
    text = "This is a test. Whoever reads this will be told when Relay needs a person."
    assert second == Notification(second.id, "test", "test", text, "", clock(), zone="Asia/Tomsk")
    assert first.id != second.id
    assert len(first.id) == 32


def test_a_claim_outlasts_what_any_channel_may_take() -> None:
    assert timedelta(minutes=5) == outbox.CLAIM
    assert timedelta(hours=1) == outbox.LONGEST
