from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from relay.alerts import CALM, GIVE_UP, raise_alert, resolve
from relay.context import Relay
from relay.models import Campaign, Delivery, Source
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


def test_each_channel_is_told_once_however_often_the_trouble_repeats(
    desk: Relay, mail: FakeChannel, webhook: FakeChannel, clock: FakeClock
) -> None:
    for _ in range(4):
        trouble(desk, url="https://vk.com/captcha")
        outbox.send_due(desk)
        clock.moves(minutes=1)
    assert [letter.text for letter in mail.letters] == ["VK wants a captcha."]
    (letter,) = webhook.letters
    assert (letter.key, letter.state, letter.url) == ("vk:abc", "open", "https://vk.com/captcha")
    assert letter.advice.startswith("Relay tries")


@pytest.mark.slow
def test_twin_without_the_key_each_repeat_is_told(desk: Relay, mail: FakeChannel) -> None:
    """The guard is that a trouble is known again by its key."""
    for number in range(4):
        trouble(desk, f"vk:abc {number}")
        outbox.send_due(desk)
    assert len(mail.letters) == 4


def test_that_it_is_over_is_told_after_a_while_and_belongs_to_the_first(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    outbox.send_due(desk)
    is_over(desk)
    outbox.send_due(desk)
    assert len(mail.letters) == 1
    clock.moves(seconds=CALM.total_seconds())
    outbox.send_due(desk)
    first, second = mail.letters
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
    assert len(webhook.letters) == 1
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
    post = next(post for post in outbox.posts(desk) if post.channel == "mail")
    assert (post.given_up, post.waiting, post.reason) == (1, 0, "The mail server can't be reached.")
    trouble(desk, "disk", "The disk is full.")
    outbox.send_due(desk)
    assert not next(post for post in outbox.posts(desk) if post.channel == "mail").in_trouble


def test_a_machine_that_was_off_for_long_tells_what_it_never_tried(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    clock.moves(days=10)
    outbox.send_due(desk)
    assert len(mail.letters) == 1


def test_killed_between_sending_and_commit_it_repeats_the_same_number_at_most_once(
    desk: Relay, mail: FakeChannel, clock: FakeClock
) -> None:
    trouble(desk)
    mail.kills_the_sender()
    with pytest.raises(Killed):
        outbox.send_due(desk)
    mail.recovers()
    outbox.send_due(desk)
    assert len(mail.letters) == 1, "nobody may send what another process has claimed"
    for _ in range(3):
        clock.moves(seconds=outbox.CLAIM.total_seconds())
        outbox.send_due(desk)
    first, second = mail.letters
    assert first.id == second.id
    assert mail.told == [("open", "VK wants a captcha.")]


def test_twin_with_a_number_of_its_own_the_repeat_would_be_a_second_message(
    desk: Relay, mail: FakeChannel, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter("abcdefgh")
    monkeypatch.setattr(outbox, "_number", lambda _delivery: next(numbers))
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
    assert [letter.state for letter in mail.letters] == ["open", "over"]


@pytest.mark.slow
def test_two_processes_send_each_message_once(desk: Relay, mail: FakeChannel) -> None:
    for number in range(4):
        trouble(desk, f"source:{number}")
    threads = [threading.Thread(target=outbox.send_due, args=(desk,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mail.letters) == len({letter.id for letter in mail.letters}) == 4


def test_numbers_of_two_installations_differ(desk: Relay, mail: FakeChannel, clock: FakeClock) -> None:
    one = Delivery(id=1, alert_id=1, channel="mail", text="t", created_at=clock(), next_try_at=clock())
    clock.moves(seconds=0.001)
    other = Delivery(id=1, alert_id=1, channel="mail", text="t", created_at=clock(), next_try_at=clock())
    assert outbox._number(one) != outbox._number(other)


def test_the_campaign_of_a_source_is_told(desk: Relay, mail: FakeChannel) -> None:
    now = desk.now()
    with desk.transaction() as session:
        session.add(Campaign(slug="proryv80", title="Прорыв", opens_at=now, closes_at=now, tz="UTC", created_at=now))
        session.add(Source(campaign_id=1, address="vk:club1", network="vk", created_at=now))
    trouble(desk, "source:1", "The wall is closed.")
    outbox.send_due(desk)
    assert mail.letters[0].campaign == "proryv80"


def test_a_channel_that_is_set_up_no_more_keeps_what_waits(desk: Relay, relay: Relay, webhook: FakeChannel) -> None:
    trouble(desk)
    without = dataclasses.replace(desk, channels={"webhook": webhook})
    outbox.send_due(without)
    assert [row.sent_at is None for row in rows(desk)] == [True, False]


def test_a_test_message_goes_out_now_and_says_what_came_back(
    desk: Relay, mail: FakeChannel, webhook: FakeChannel
) -> None:
    webhook.is_down("The webhook answers with: HTTP 404")
    assert [dataclasses.astuple(answer) for answer in outbox.test(desk)] == [
        ("mail", True, "250 OK"),
        ("webhook", False, "The webhook answers with: HTTP 404"),
    ]
    assert rows(desk) == []


def test_what_was_told_of_an_alert(desk: Relay, mail: FakeChannel, webhook: FakeChannel) -> None:
    webhook.is_down()
    trouble(desk)
    outbox.send_due(desk)
    (messages,) = outbox.told(desk).values()
    assert [(message["channel"], message["state"]) for message in messages] == [
        ("mail", "sent"),
        ("webhook", "waiting"),
    ]


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 5), (4, 15), (5, 30), (6, 60), (7, 60), (999, 60)]
)
def test_the_pauses_grow_to_an_hour(attempts: int, minutes: int) -> None:
    assert outbox.pause_after(attempts) == timedelta(minutes=minutes)
