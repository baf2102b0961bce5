"""What needs a person. One row per trouble: the same trouble again is counted, not told again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.models import Alert


def raise_alert(session: Session, key: str, text: str, now: datetime, *, action_url: str = "") -> bool:
    """Opens the alert, or counts it once more. True when it is news (new, or open again after it was resolved)."""
    alert = session.exec(select(Alert).where(Alert.key == key)).first()
    if alert is None:
        session.add(Alert(key=key, text=text, action_url=action_url, first_at=now, last_at=now))
        return True
    news = alert.resolved_at is not None
    alert.times = 1 if news else alert.times + 1
    alert.first_at = now if news else alert.first_at
    alert.text, alert.action_url, alert.last_at, alert.resolved_at = text, action_url, now, None
    session.add(alert)
    return news


def resolve(session: Session, key: str, now: datetime) -> bool:
    """Closes the alert; False when it was not open."""
    closed = session.exec(
        update(Alert).where(col(Alert.key) == key, col(Alert.resolved_at).is_(None)).values(resolved_at=now)
    )
    return bool(closed.rowcount)


def open_alerts(session: Session) -> list[Alert]:
    """Newest trouble first."""
    return list(session.exec(select(Alert).where(col(Alert.resolved_at).is_(None)).order_by(col(Alert.last_at).desc())))
