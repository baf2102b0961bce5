from __future__ import annotations

from relay.alerts import open_alerts, raise_alert, resolve
from relay.context import Relay
from tests.fakes.clock import FakeClock


def test_the_same_trouble_is_told_once_until_it_is_resolved(relay: Relay, clock: FakeClock) -> None:
    def trouble() -> bool:
        with relay.transaction() as session:
            return raise_alert(session, "vk:captcha", "VK wants a captcha.", relay.now())

    assert [trouble(), trouble()] == [True, False]
    with relay.reading() as session:
        assert [(alert.text, alert.times) for alert in open_alerts(session)] == [("VK wants a captcha.", 2)]
    with relay.transaction() as session:
        assert resolve(session, "vk:captcha", relay.now())
        assert not resolve(session, "vk:captcha", relay.now())
    clock.moves(hours=1)
    assert trouble()
