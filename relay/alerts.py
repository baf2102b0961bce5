"""Alerts: what needs a person. One row per trouble; the same trouble again is counted, and no second message is sent.

An alert that opens, and one that ends, add a Delivery for each channel in the same transaction: what was not committed
is not sent, and what was committed is sent however often the machine stops in between (the outbox;
relay/upkeep/outbox.py sends it). The Store of the session knows the channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from relay.language.sentence import as_sentence, filled
from relay.models import Alert, Delivery, NotificationState, need_id
from relay.store import add_new, run

CALM = timedelta(minutes=30)
"""A trouble must have been over for so long before a message says so: one that returns sooner was never over."""
GIVE_UP = timedelta(days=3)
"""A message that could not be sent for so long is given up; its row keeps the reason."""


def local_time(moment: datetime, zone: tzinfo) -> str:
    """A moment as alerts write it in every language: to the minute, with the zone's name or offset."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def raise_alert(session: Session, key: str, text: str, now: datetime, *, action_url: str = "") -> bool:
    """Opens the alert, or counts it once more. True when it is news (new, or open again after it was resolved)."""
    words: dict[str, Any] = {"text": text, "action_url": action_url, "last_at": now}
    again = update(Alert).where(col(Alert.key) == key, col(Alert.resolved_at).is_(None))
    if session.exec(again.values(times=Alert.times + 1, **words)).rowcount:
        return False
    anew = update(Alert).where(col(Alert.key) == key, col(Alert.resolved_at).is_not(None))
    news = session.exec(anew.values(times=1, first_at=now, resolved_at=None, **words)).rowcount or add_new(
        session, Alert(key=key, first_at=now, **words)
    )
    if not news:  # another process was first
        session.exec(again.values(times=Alert.times + 1, **words))
        return False
    alert = session.exec(select(Alert).where(Alert.key == key)).one()
    for channel in channels(session):
        _add_message(session, alert, channel, now)
    return True


def resolve(session: Session, key: str, now: datetime, *, quietly: bool = False) -> bool:
    """Closes the alert; False when it was not open. `quietly`: the trouble is not over, it only needs nobody any more,
    so no message says so.
    """
    closed = session.exec(
        update(Alert).where(col(Alert.key) == key, col(Alert.resolved_at).is_(None)).values(resolved_at=now)
    )
    if not closed.rowcount:
        return False
    alert = session.exec(select(Alert).where(Alert.key == key)).one()
    for newest in _newest(session, alert).values():
        if newest.sent_at is not None and not quietly:
            add_over_message(session, alert, newest)
        elif newest.sent_at is None and not newest.attempts:
            _drop(session, newest)
    return True


def add_over_message(session: Session, alert: Alert, sent: Delivery) -> None:
    """A message that the trouble of the message `sent` is over, due once it has been calm for a while."""
    if is_over(sent) or alert.resolved_at is None:
        return
    text = filled("It is over: {line}", line=as_sentence(sent.text))
    at = alert.resolved_at
    session.add(
        Delivery(
            alert_id=sent.alert_id,
            channel=sent.channel,
            about=NotificationState.over,
            text=text,
            created_at=at,
            next_try_at=at + CALM,
        )
    )


def is_over(delivery: Delivery) -> bool:
    """Whether the message says that a trouble is over, and not that there is one."""
    return delivery.about is NotificationState.over


def is_given_up(delivery: Delivery, now: datetime) -> bool:
    return delivery.sent_at is None and delivery.attempts > 0 and delivery.created_at + GIVE_UP <= now


def open_alerts(session: Session) -> list[Alert]:
    """Newest trouble first."""
    return list(session.exec(select(Alert).where(col(Alert.resolved_at).is_(None)).order_by(col(Alert.last_at).desc())))


def count_open(session: Session) -> int:
    """How many there are: asked for every page."""
    return int(run(session, _OPEN).scalar_one())


_OPEN = select(func.count()).select_from(Alert).where(col(Alert.resolved_at).is_(None))


def channels(session: Session) -> tuple[str, ...]:
    """The channels by which messages are sent."""
    return tuple(session.info.get("channels", ()))


def advice(key: str) -> str:
    """What a person can do about an alert of this key: a message id, empty where the alert's own text says it."""
    whole = ADVICE.get(key)
    return whole if whole is not None else ADVICE.get(key.partition(":")[0], "")


ADVICE: Mapping[str, str] = {
    "extractor": "Update the downloader with pip install --upgrade yt-dlp and start relay work again. Until it works, "
    "one video is tried from time to time; then all others follow by themselves.",
    "source": "Open the page in a browser. If everybody can see it, run: relay source check CAMPAIGN. "
    "If it is to stay closed, pause the source.",
    "network": "Look whether the network opens in a browser on this machine, and check RELAY_PROXY. "
    "Relay tries again by itself and reads later what it missed.",
    "recheck": "Look at some of the posts in a browser. If they are there, nothing has to be done.",
    "clock": "Look whether the time of this machine is right now, and let it be set by the network. Nothing was lost; "
    "what was written down before the clock was set back may be dated later than now.",
    "bell": "Start it with relay work, or look at its log where systemd starts it. Nothing was lost; it goes on from "
    "where it was.",
    "job": "Look at the log of relay work, and start it again. Nothing was lost.",
    "job:scheduler": "Start relay cluster scheduler on its machine, and look whether this machine reaches the address "
    "in RELAY_CLUSTER. Nothing was lost: what waits is handed out as soon as the scheduler is there again.",
    "machine": "Look whether the machine runs and reaches the database and the scheduler, and start relay worker "
    "there. What it held is another's by now. One that stays away for a day is forgotten.",
    "record": "See what it is by relay audit verify, or on the page Seal of the record. It is evidence: copy the "
    "database before anything else, and compare it with the last backup.",
    "queue": "Look at the log of relay work, and whether the network opens in a browser on this machine.",
    "vk": "Relay tries again by itself from time to time and goes on from where it stopped. To have it try at once, "
    "run: relay source check CAMPAIGN.",
}
"""First part of an alert's key → what to do."""


def _add_message(session: Session, alert: Alert, channel: str, now: datetime) -> None:
    newest = _newest(session, alert).get(channel)
    if newest is not None and newest.sent_at is None and not is_given_up(newest, now):
        if not is_over(newest):
            return  # still on its way from the time before
        _drop(session, newest)
        if not newest.attempts:
            return  # no message has said that it was over
    session.add(
        Delivery(
            alert_id=need_id(alert),
            channel=channel,
            text=alert.text,
            action_url=alert.action_url,
            created_at=now,
            next_try_at=now,
        )
    )


def _newest(session: Session, alert: Alert) -> dict[str, Delivery]:
    """What was last written about the alert, by channel."""
    rows = session.exec(select(Delivery).where(Delivery.alert_id == alert.id).order_by(col(Delivery.id)))
    return {row.channel: row for row in rows}


def _drop(session: Session, delivery: Delivery) -> None:
    session.exec(delete(Delivery).where(col(Delivery.id) == delivery.id, col(Delivery.sent_at).is_(None)))
