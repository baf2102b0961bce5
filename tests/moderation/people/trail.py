from __future__ import annotations

from sqlmodel import col, select

from relay.context import Relay
from relay.models import Event, EventSubject


def trail(relay: Relay, *left_out: str) -> list[tuple[str, str, dict[str, object]]]:
    """What the record tells of accounts, in its order: what, by whom, with which words, but those `left_out`."""
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == EventSubject.account).order_by(col(Event.id))).all()
    return [(row.what, row.person, {k: v for k, v in row.details.items() if k not in left_out}) for row in rows]
