from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from relay import alerts
from relay.alerts import ADVICE, GIVE_UP, advice, open_alerts, raise_alert, resolve
from relay.context import Relay
from relay.models import Alert, Delivery, NotificationState
from tests.fakes.clock import FakeClock


@pytest.fixture
def told(relay: Relay) -> Relay:
    """People are told by mail and by webhook."""
    relay.store.channels = ("mail", "webhook")
    return relay


def trouble(relay: Relay, key: str = "vk:captcha", text: str = "VK wants a captcha.") -> bool:
    with relay.transaction() as session:
        return raise_alert(session, key, text, relay.now())


def is_over(relay: Relay, key: str = "vk:captcha") -> bool:
    with relay.transaction() as session:
        return resolve(session, key, relay.now())


def outbox(relay: Relay) -> list[tuple[str, str]]:
    with relay.reading() as session:
        return [(row.channel, row.text) for row in session.exec(select(Delivery).order_by(Delivery.id))]


def sends_what_is_due(relay: Relay) -> None:
    with relay.transaction() as session:
        for row in session.exec(
            select(Delivery).where(Delivery.sent_at.is_(None), Delivery.next_try_at <= relay.now())
        ):
            row.sent_at, row.attempts = relay.now(), row.attempts + 1
            session.add(row)


@pytest.mark.slow
def test_the_same_trouble_is_told_once_until_it_is_resolved(relay: Relay, clock: FakeClock) -> None:
    assert [trouble(relay), trouble(relay)] == [True, False]
    with relay.reading() as session:
        assert [(alert.text, alert.times) for alert in open_alerts(session)] == [("VK wants a captcha.", 2)]
    assert is_over(relay)
    assert not is_over(relay)
    clock.moves(hours=1)
    assert trouble(relay)


@pytest.mark.slow
def test_news_leaves_one_message_for_each_channel(told: Relay) -> None:
    for _ in range(5):
        trouble(told)
    assert outbox(told) == [("mail", "VK wants a captcha."), ("webhook", "VK wants a captcha.")]


@pytest.mark.slow
def test_without_channels_nothing_waits_to_be_sent(relay: Relay) -> None:
    trouble(relay)
    assert outbox(relay) == []


@pytest.mark.slow
def test_alert_and_messages_are_written_together_or_not_at_all(told: Relay) -> None:
    class Crash(BaseException):
        pass

    with pytest.raises(Crash), told.transaction() as session:
        raise_alert(session, "disk", "The disk is full.", told.now())
        raise Crash
    with told.reading() as session:
        assert open_alerts(session) == []
    assert outbox(told) == []
    assert trouble(told, "disk"), "what was not committed is still news"
    assert len(outbox(told)) == 2


@pytest.mark.slow
def test_twin_a_message_that_is_written_afterwards_is_lost_by_a_crash(relay: Relay) -> None:
    """The guard is that both stand in one transaction: here the message comes in a second one, and never comes."""
    assert trouble(relay)  # the process is killed here …
    relay.store.channels = ("mail",)
    assert not trouble(relay)  # … and the next one has no news to tell
    assert outbox(relay) == []


@pytest.mark.slow
def test_that_it_is_over_is_told_to_those_who_were_told(told: Relay) -> None:
    trouble(told)
    sends_what_is_due(told)
    is_over(told)
    assert outbox(told)[2:] == [
        ("mail", "It is over: VK wants a captcha."),
        ("webhook", "It is over: VK wants a captcha."),
    ]


@pytest.mark.slow
def test_what_passed_before_it_was_told_is_not_told(told: Relay) -> None:
    trouble(told)
    is_over(told)
    assert outbox(told) == []


@pytest.mark.slow
def test_what_may_be_on_its_way_is_not_taken_back(told: Relay) -> None:
    trouble(told)
    with told.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.attempts = 1
            session.add(row)
    is_over(told)
    assert len(outbox(told)) == 2


def come_and_go(relay: Relay, clock: FakeClock, times: int) -> int:
    """Trouble that returns every five minutes, with a sender that is always there. How many messages went out."""
    for _ in range(times):
        for change in (trouble, is_over):
            change(relay)
            sends_what_is_due(relay)
            clock.moves(minutes=5)
    with relay.reading() as session:
        return len(session.exec(select(Delivery).where(Delivery.sent_at.is_not(None))).all())


@pytest.mark.slow
def test_trouble_that_comes_and_goes_is_told_once(told: Relay, clock: FakeClock) -> None:
    assert come_and_go(told, clock, 3) == 2
    clock.moves(hours=1)
    sends_what_is_due(told)
    assert trouble(told)
    assert [text for _channel, text in outbox(told)][::2] == [
        "VK wants a captcha.",
        "It is over: VK wants a captcha.",
        "VK wants a captcha.",
    ]


@pytest.mark.slow
def test_twin_without_the_calm_each_return_is_told(
    told: Relay, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "CALM", timedelta())
    assert come_and_go(told, clock, 3) == 12


@pytest.mark.slow
def test_what_was_given_up_is_told_again_when_it_returns(told: Relay, clock: FakeClock) -> None:
    trouble(told)
    with told.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.attempts = 40
            session.add(row)
    is_over(told)
    clock.moves(days=4)
    trouble(told)
    assert len(outbox(told)) == 4


@pytest.mark.slow
def test_of_two_processes_one_has_the_news(told: Relay) -> None:
    import threading

    news: list[bool] = []
    threads = [threading.Thread(target=lambda: news.append(trouble(told))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(news) == [False] * 3 + [True]
    assert len(outbox(told)) == 2


@pytest.mark.parametrize(
    ("key", "begins"),
    [("extractor:vk", "Update"), ("source:7", "Open"), ("vk:abc:wall.get", "Relay tries"), ("x", "")],
)
def test_what_to_do_goes_by_the_kind_of_trouble(key: str, begins: str) -> None:
    assert advice(key).startswith(begins)
    assert bool(advice(key)) == bool(begins)


def test_every_advice_is_a_whole_sentence() -> None:
    assert all(text.endswith(".") for text in ADVICE.values())
    assert alerts.CALM < alerts.GIVE_UP


@pytest.mark.slow
def test_the_newest_trouble_comes_first(relay: Relay, clock: FakeClock) -> None:
    for key in ("a", "b", "a"):
        clock.moves(minutes=1)
        with relay.transaction() as session:
            raise_alert(session, key, key, relay.now())
    with relay.reading() as session:
        assert [(alert.key, alert.times) for alert in open_alerts(session)] == [("a", 2), ("b", 1)]


# Whole rows


def alert_rows(relay: Relay) -> list[dict[str, Any]]:
    with relay.reading() as session:
        return [alert.model_dump() for alert in session.exec(select(Alert).order_by(Alert.key))]


def delivery_rows(relay: Relay) -> list[dict[str, Any]]:
    with relay.reading() as session:
        return [row.model_dump() for row in session.exec(select(Delivery).order_by(Delivery.id))]


@pytest.mark.slow
def test_an_alert_keeps_its_beginning_and_takes_the_newest_words(told: Relay, clock: FakeClock) -> None:
    begun = clock()
    trouble(told, "other", "The disk is full.")
    with told.transaction() as session:
        assert raise_alert(session, "k", "One.", told.now(), action_url="https://a")
    clock.moves(minutes=5)
    with told.transaction() as session:
        assert not raise_alert(session, "k", "Two.", told.now(), action_url="https://b")
    assert alert_rows(told) == [
        {"id": 2, "key": "k", "text": "Two.", "action_url": "https://b", "times": 2, "first_at": begun,
         "last_at": clock(), "resolved_at": None},
        {"id": 1, "key": "other", "text": "The disk is full.", "action_url": "", "times": 1, "first_at": begun,
         "last_at": begun, "resolved_at": None},
    ]  # fmt: skip
    again = clock()
    assert is_over(told, "k")
    assert [(row["key"], row["resolved_at"]) for row in alert_rows(told)] == [("k", again), ("other", None)]
    clock.moves(minutes=5)
    assert trouble(told, "k", "Three.")
    assert alert_rows(told)[0] == {
        "id": 2, "key": "k", "text": "Three.", "action_url": "", "times": 1, "first_at": clock(), "last_at": clock(),
        "resolved_at": None,
    }  # fmt: skip


@pytest.mark.slow
def test_a_message_is_due_at_once_and_that_it_is_over_after_the_calm(told: Relay, clock: FakeClock) -> None:
    with told.transaction() as session:
        raise_alert(session, "k", "One.", told.now(), action_url="https://a")
    first = {"id": 1, "alert_id": 1, "channel": "mail", "text": "One.", "action_url": "https://a", "attempts": 0,
             "about": "open", "reason": "", "created_at": clock(), "next_try_at": clock(), "sent_at": None}  # fmt: skip
    assert delivery_rows(told) == [first, {**first, "id": 2, "channel": "webhook"}]
    clock.moves(minutes=1)
    sends_what_is_due(told)
    clock.moves(minutes=1)
    is_over(told, "k")
    assert delivery_rows(told)[2] == {
        **first, "id": 3, "about": "over", "text": "It is over: One.", "action_url": "", "created_at": clock(),
        "next_try_at": clock() + timedelta(minutes=30),
    }  # fmt: skip


@pytest.mark.slow
def test_only_the_trouble_that_is_over_is_closed(told: Relay) -> None:
    trouble(told, "a", "A.")
    trouble(told, "b", "B.")
    sends_what_is_due(told)
    assert is_over(told, "b")
    assert outbox(told)[4:] == [("mail", "It is over: B."), ("webhook", "It is over: B.")]
    assert not is_over(told, "nothing")
    with told.reading() as session:
        assert [alert.key for alert in open_alerts(session)] == ["a"]


@pytest.mark.slow
def test_a_trouble_that_returns_within_the_calm_takes_back_that_it_was_over(told: Relay, clock: FakeClock) -> None:
    trouble(told)
    sends_what_is_due(told)
    is_over(told)
    clock.moves(minutes=29)
    assert trouble(told)
    assert outbox(told) == [("mail", "VK wants a captcha."), ("webhook", "VK wants a captcha.")]


def test_who_may_have_heard_that_it_was_over_is_told_that_it_returned(told: Relay, clock: FakeClock) -> None:
    trouble(told)
    sends_what_is_due(told)
    is_over(told)
    with told.transaction() as session:
        tried = session.exec(select(Delivery).where(Delivery.id == 3)).one()
        tried.attempts = 1
        session.add(tried)
    trouble(told)
    assert outbox(told)[2:] == [("mail", "VK wants a captcha.")]


@pytest.mark.slow
@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_what_is_still_on_its_way_on_one_channel_is_not_sent_twice(told: Relay, channel: str) -> None:
    trouble(told)
    with told.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.attempts, row.sent_at = 1, None if row.channel == channel else told.now()
            session.add(row)
    is_over(told)
    trouble(told)
    assert [row["channel"] for row in delivery_rows(told) if row["sent_at"] is None] == [channel]


@pytest.mark.parametrize(
    ("sent", "attempts", "age", "given_up"),
    [
        (False, 1, GIVE_UP, True),
        (False, 1, GIVE_UP - timedelta(seconds=1), False),
        (False, 0, GIVE_UP, False),
        (True, 1, GIVE_UP, False),
    ],
)
def test_a_message_is_given_up_after_three_days_of_tries(
    clock: FakeClock, sent: bool, attempts: int, age: timedelta, given_up: bool
) -> None:
    row = Delivery(alert_id=1, channel="mail", text="t", created_at=clock() - age, next_try_at=clock())
    row.attempts, row.sent_at = attempts, clock() if sent else None
    assert alerts.is_given_up(row, clock()) is given_up
    assert timedelta(days=3) == GIVE_UP


@pytest.mark.slow
def test_an_end_is_told_once_and_only_of_what_has_ended(relay: Relay, clock: FakeClock) -> None:
    first = Delivery(alert_id=1, channel="mail", text="It hurts.", created_at=clock(), next_try_at=clock())
    over = first.model_copy(update={"text": "It is over: It hurts.", "about": NotificationState.over})
    assert (alerts.is_over(first), alerts.is_over(over)) == (False, True)
    trouble(relay)
    with relay.transaction() as session:
        (alert,) = open_alerts(session)
        alerts.add_over_message(session, alert, first)
        alert.resolved_at = clock()
        alerts.add_over_message(session, alert, over)
    assert outbox(relay) == []


def test_a_moment_is_told_to_the_minute_with_its_zone(clock: FakeClock) -> None:
    assert alerts.local_time(clock(), ZoneInfo("Europe/Moscow")) == "2023-01-12 12:00 MSK"
    assert alerts.local_time(clock(), UTC) == "2023-01-12 09:00 UTC"


def test_the_advice_for_a_whole_key_goes_before_that_for_its_kind() -> None:
    assert {key: advice(key if ":" in key else f"{key}:more") for key in ADVICE} == dict(ADVICE)
    assert advice("") == advice("nothing:vk") == ""
