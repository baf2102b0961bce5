"""Sends what is in the outbox: each Delivery is tried until a channel accepts it, with growing pauses, or given up.

The rows are the queue. A row is claimed by moving its next try ahead, so that of several processes one sends it; what
a process that died had claimed is due again a little later. Between the sending and the commit lies the one moment in
which a message may be sent a second time, and then it has the same id as the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, select

from relay import alerts, clocks, logs
from relay.alerts import GIVE_UP
from relay.context import Relay
from relay.errors import ConfigError, NotSent
from relay.language.sentence import filled
from relay.models import Alert, Campaign, Delivery, NotificationState, Source
from relay.ports import Notification
from relay.upkeep.zone import zone_of

CLAIM = timedelta(minutes=5)
"""Longer than any channel may take."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
LONGEST = max(*PAUSES, alerts.CALM, CLAIM)

log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test message went: `line` is the channel's answer, or why it was not sent."""

    channel: str
    sent: bool
    line: str


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel's outbox: messages that wait, those given up since the last that went out, and why."""

    channel: str
    is_set_up: bool
    sent_at: datetime | None = None
    waiting: int = 0
    given_up: int = 0
    reason: str = ""

    @property
    def in_trouble(self) -> bool:
        return bool(self.given_up or self.reason)


def send_due(relay: Relay) -> int:
    """Sends what is due, oldest first, and returns how many were sent. A channel that fails is left until the next
    call, its reason is stored with the rows; the other channels go on.
    """
    sent, failed = 0, set[str]()
    for delivery_id, channel in _due(relay):
        if channel in failed or channel not in relay.channels:
            continue
        delivery = _claim(relay, delivery_id)
        if delivery is None:
            continue
        try:
            relay.channels[channel].send(_notification(relay, delivery))
        except (NotSent, ConfigError) as error:
            log.warning("a message was not sent", channel=channel, fault=error.line)
            failed.add(channel)
            _postpone(relay, delivery, error.line)
        else:
            _confirm(relay, delivery)
            sent += 1
    return sent


def test(relay: Relay) -> Iterator[TestResult]:
    """Sends a message through every channel now, without the outbox; yields what came back."""
    text = filled("This is a test. Whoever reads this will be told when Relay needs a person.")
    with relay.reading() as session:
        zone = zone_of(session).key
    for name, channel in relay.channels.items():
        message_id = hashlib.sha256(f"test {name} {relay.now().isoformat()}".encode()).hexdigest()[:32]
        try:
            yield TestResult(
                name,
                True,
                channel.send(
                    Notification(message_id, "test", NotificationState.test, text, "", relay.now(), zone=zone)
                ),
            )
        except (NotSent, ConfigError) as error:
            yield TestResult(name, False, error.line)


def channel_states(relay: Relay) -> list[ChannelState]:
    """How the outbox of each channel stands: of those that are set up, and of those for which something waits."""
    now = relay.now()
    with relay.reading() as session:
        rows = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
    names = dict.fromkeys([*relay.store.channels, *(row.channel for row in rows if row.sent_at is None)])
    return [_channel_state(relay, name, [row for row in rows if row.channel == name], now) for name in names]


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message about an alert, `about` whether it is open or over; `state`: sent, given up or waiting."""

    channel: str
    state: str
    about: NotificationState
    sent_at: datetime | None
    attempts: int
    reason: str


def messages_by_alert(relay: Relay) -> dict[int, list[SentMessage]]:
    """What was sent about each alert, or is to be sent: by the alert's number, oldest first."""
    found: dict[int, list[SentMessage]] = {}
    now = relay.now()
    with relay.reading() as session:
        for row in session.exec(select(Delivery).order_by(col(Delivery.id))):
            found.setdefault(row.alert_id, []).append(
                SentMessage(
                    channel=row.channel,
                    state="sent" if row.sent_at else "given up" if alerts.is_given_up(row, now) else "waiting",
                    about=row.about,
                    sent_at=row.sent_at,
                    attempts=row.attempts,
                    reason=row.reason,
                )
            )
    return found


def pause_after(attempts: int) -> timedelta:
    """How long after the `attempts`th failure in a row the next try is made."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]


def _channel_state(relay: Relay, name: str, rows: list[Delivery], now: datetime) -> ChannelState:
    last = max((row.sent_at for row in rows if row.sent_at is not None), default=None)
    open_ones = [row for row in rows if row.sent_at is None]
    lost = [row for row in open_ones if alerts.is_given_up(row, now) and (last is None or row.created_at > last)]
    waiting = [row for row in open_ones if not alerts.is_given_up(row, now)]
    reasons = [row.reason for row in (*lost, *waiting) if row.reason]
    return ChannelState(
        name, name in relay.store.channels, last, len(waiting), len(lost), reasons[-1] if reasons else ""
    )


def _due(relay: Relay) -> list[tuple[int, str]]:
    with relay.reading() as session:
        rows = session.exec(
            select(Delivery.id, Delivery.channel).where(_is_due(relay.now())).order_by(col(Delivery.id))
        ).all()
    return [(number or 0, channel) for number, channel in rows]


def _is_due(now: datetime) -> ColumnElement[bool]:
    fresh = or_(col(Delivery.attempts) == 0, col(Delivery.created_at) > now - GIVE_UP)
    before = (col(Delivery.attempts) == 0) & (col(Delivery.created_at) > now + clocks.SKEW)  # the clock was set back
    has_come = clocks.run_out(col(Delivery.next_try_at), now, LONGEST) | before
    return col(Delivery.sent_at).is_(None) & has_come & fresh


def _claim(relay: Relay, delivery_id: int) -> Delivery | None:
    now = relay.now()
    with relay.transaction() as session:
        claimed = session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery_id, _is_due(now))
            .values(attempts=Delivery.attempts + 1, next_try_at=now + CLAIM)
        )
        return session.get_one(Delivery, delivery_id) if claimed.rowcount else None


def _confirm(relay: Relay, delivery: Delivery) -> None:
    """The trouble may have ended while its message was on the way: then a second message says so."""
    with relay.transaction() as session:
        confirmed = session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery.id, col(Delivery.sent_at).is_(None))
            .values(sent_at=relay.now(), reason="")
        )
        if confirmed.rowcount:
            alerts.add_over_message(session, session.get_one(Alert, delivery.alert_id), delivery)


def _postpone(relay: Relay, delivery: Delivery, reason: str) -> None:
    with relay.transaction() as session:
        session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery.id, col(Delivery.sent_at).is_(None))
            .values(reason=reason, next_try_at=relay.now() + pause_after(delivery.attempts))
        )


def _notification(relay: Relay, delivery: Delivery) -> Notification:
    with relay.reading() as session:
        alert = session.get_one(Alert, delivery.alert_id)
        before = _before(session, delivery)
        over = alerts.is_over(delivery)
        return Notification(
            id=message_id_of(delivery),
            key=alert.key,
            state=delivery.about,
            text=delivery.text,
            url=delivery.action_url,
            at=delivery.created_at,
            advice="" if over else alerts.advice(alert.key),
            campaign=_campaign_of(session, alert.key),
            after=message_id_of(before) if over and before is not None else "",
            zone=zone_of(session).key,
        )


def _before(session: Session, delivery: Delivery) -> Delivery | None:
    same = (Delivery.alert_id == delivery.alert_id, Delivery.channel == delivery.channel)
    return session.exec(
        select(Delivery).where(*same, col(Delivery.id) < delivery.id).order_by(col(Delivery.id).desc())
    ).first()


def message_id_of(delivery: Delivery) -> str:
    """The row's own, and no other installation's: the time to the microsecond goes into it."""
    whole = f"{delivery.id} {delivery.alert_id} {delivery.channel} {delivery.created_at.isoformat()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _campaign_of(session: Session, key: str) -> str:
    """The short name of the campaign that an alert is about, or ""."""
    kind, _, number = key.partition(":")
    if kind != "source" or not number.isdecimal():
        return ""
    slug = session.exec(select(Campaign.slug).join(Source).where(Source.id == int(number))).first()
    return slug or ""
