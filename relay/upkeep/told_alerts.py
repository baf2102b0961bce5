"""Alerts with what to do about them, and whether people were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from relay.alerts import advice
from relay.context import Relay
from relay.models import Alert, need_id
from relay.models.upkeep import NotificationState
from relay.upkeep import outbox


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """A message about an alert by one channel; times in UTC."""

    channel: str
    state: str
    about: NotificationState
    sent_at: str | None
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class AlertView:
    """`since`, `last`, `over`: in UTC; `over` None: it is open. `advice`: what to do about it."""

    key: str
    text: str
    advice: str
    url: str
    times: int
    since: str
    last: str
    over: str | None
    told: list[ToldMessage]


def listing(relay: Relay, *, past: bool = False) -> list[AlertView]:
    """The alerts that are open, the last one first. `past`: also those that are over."""
    told = outbox.messages_by_alert(relay)
    with relay.reading() as session:
        rows = session.exec(select(Alert).order_by(col(Alert.last_at).desc())).all()
    wanted = [row for row in rows if past or row.resolved_at is None]
    return [_view(row, told.get(need_id(row), [])) for row in wanted]


def _view(row: Alert, messages: list[outbox.SentMessage]) -> AlertView:
    return AlertView(
        key=row.key,
        text=row.text,
        advice=advice(row.key),
        url=row.action_url,
        times=row.times,
        since=_utc(row.first_at) or "",
        last=_utc(row.last_at) or "",
        over=_utc(row.resolved_at),
        told=[_message(each) for each in messages],
    )


def _message(sent: outbox.SentMessage) -> ToldMessage:
    return ToldMessage(sent.channel, sent.state, sent.about, _utc(sent.sent_at), sent.attempts, sent.reason)


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
