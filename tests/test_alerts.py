from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from relay import alerts
from relay.alerts import ADVICE, advice, open_alerts, raise_alert, resolve
from relay.context import Relay
from relay.models import Delivery
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


def test_the_same_trouble_is_told_once_until_it_is_resolved(relay: Relay, clock: FakeClock) -> None:
    assert [trouble(relay), trouble(relay)] == [True, False]
    with relay.reading() as session:
        assert [(alert.text, alert.times) for alert in open_alerts(session)] == [("VK wants a captcha.", 2)]
    assert is_over(relay)
    assert not is_over(relay)
    clock.moves(hours=1)
    assert trouble(relay)


def test_news_leaves_one_message_for_each_channel(told: Relay) -> None:
    for _ in range(5):
        trouble(told)
    assert outbox(told) == [("mail", "VK wants a captcha."), ("webhook", "VK wants a captcha.")]


def test_without_channels_nothing_waits_to_be_sent(relay: Relay) -> None:
    trouble(relay)
    assert outbox(relay) == []


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


def test_twin_a_message_that_is_written_afterwards_is_lost_by_a_crash(relay: Relay) -> None:
    """The guard is that both stand in one transaction: here the message comes in a second one, and never comes."""
    assert trouble(relay)  # the process is killed here …
    relay.store.channels = ("mail",)
    assert not trouble(relay)  # … and the next one has no news to tell
    assert outbox(relay) == []


def test_that_it_is_over_is_told_to_those_who_were_told(told: Relay) -> None:
    trouble(told)
    sends_what_is_due(told)
    is_over(told)
    assert outbox(told)[2:] == [
        ("mail", "It is over: VK wants a captcha."),
        ("webhook", "It is over: VK wants a captcha."),
    ]


def test_what_passed_before_it_was_told_is_not_told(told: Relay) -> None:
    trouble(told)
    is_over(told)
    assert outbox(told) == []


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


def test_the_newest_trouble_comes_first(relay: Relay, clock: FakeClock) -> None:
    for key in ("a", "b", "a"):
        clock.moves(minutes=1)
        with relay.transaction() as session:
            raise_alert(session, key, key, relay.now())
    with relay.reading() as session:
        assert [(alert.key, alert.times) for alert in open_alerts(session)] == [("a", 2), ("b", 1)]
