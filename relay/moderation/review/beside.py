"""What a decision means for all that stands beside it, in the transaction that makes or takes back the decision."""

from __future__ import annotations

from sqlmodel import Session

from relay.context import Relay
from relay.models import Clip, Decision
from relay.moderation.review import mending, opinions, second_looks


def decided(session: Session, relay: Relay, clip: Clip, decision: Decision) -> None:
    """As `settled`, for a moderator's verdict, which somebody else may have to look at again."""
    settled(session, decision)
    second_looks.wanted(session, relay, clip, decision)


def settled(session: Session, decision: Decision) -> None:
    """A decision answers questions, ends the waiting for a participant, and stands in place of the one before it."""
    session.flush()
    opinions.settled(session, decision)
    mending.settled(session, decision)
    second_looks.overtaken(session, decision)


def undone(session: Session, decision_id: int) -> None:
    """What it settled is open again."""
    session.flush()
    opinions.undone(session, decision_id)
    mending.undone(session, decision_id)
    second_looks.undone(session, decision_id)
