from __future__ import annotations

from relay import alerts
from relay.context import Relay
from relay.upkeep import outbox, told_alerts
from tests.fakes.clock import FakeClock


def test_open_alerts_are_listed_last_first_and_past_ones_when_asked_for(relay: Relay, clock: FakeClock) -> None:
    with relay.transaction() as session:
        alerts.raise_alert(session, "disk", "Full.", clock())
        clock.moves(minutes=1)
        alerts.raise_alert(session, "proxy", "Away.", clock())
        alerts.raise_alert(session, "clock", "Late.", clock())
        clock.moves(minutes=1)
        alerts.raise_alert(session, "disk", "Full.", clock())
        alerts.resolve(session, "clock", clock())
    disk, proxy = told_alerts.listing(relay)
    assert (disk.key, disk.text, disk.times, disk.over, disk.told) == ("disk", "Full.", 2, None, [])
    assert (disk.since, disk.last) == ("2023-01-12T09:00:00+00:00", "2023-01-12T09:02:00+00:00")
    assert disk.advice == alerts.advice("disk")
    assert (proxy.key, proxy.times) == ("proxy", 1)
    assert [each.key for each in told_alerts.listing(relay, past=True)] == ["disk", "proxy", "clock"]
    assert told_alerts.listing(relay, past=True)[-1].over == "2023-01-12T09:02:00+00:00"


def test_what_people_were_told_of_an_alert_stands_with_it(relay: Relay, clock: FakeClock, monkeypatch) -> None:
    with relay.transaction() as session:
        alerts.raise_alert(session, "disk", "Full.", clock())
        alerts.raise_alert(session, "proxy", "Away.", clock())
        (number,) = [row.id for row in alerts.open_alerts(session) if row.key == "disk"]
    sent = outbox.SentMessage("mail", "sent", outbox.NotificationState.open, clock(), 2, "")
    monkeypatch.setattr(outbox, "messages_by_alert", lambda _relay: {number: [sent]})
    told = {each.key: each.told for each in told_alerts.listing(relay)}
    assert told["proxy"] == []
    assert told["disk"] == [told_alerts.ToldMessage("mail", "sent", sent.about, "2023-01-12T09:00:00+00:00", 2, "")]
