"""What a decision means for all that stands beside it, in the transaction that makes or takes back the decision."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, or_, select
from sqlmodel import Session, col

from relay.context import Relay
from relay.models import Clip, Decision, Mending, Question, SecondLook
from relay.moderation.review import mending, opinions, second_looks
from relay.store import run


def decided(session: Session, relay: Relay, clip: Clip, decision: Decision) -> None:
    """As `settled`, for a moderator's verdict, which somebody else may have to look at again."""
    settled(session, decision)
    second_looks.wanted(session, relay, clip, decision)


def settled(session: Session, decision: Decision) -> None:
    """A decision answers questions, ends the waiting for a participant, and stands in place of the one before it."""
    session.flush()
    if not run(session, _ANYTHING, clip=decision.clip_id).scalar_one():
        return  # as with nearly every clip
    opinions.settled(session, decision)
    mending.settled(session, decision)
    second_looks.overtaken(session, decision)


_QUESTION = exists().where(col(Question.clip_id) == bindparam("clip"))
_MENDING = exists().where(or_(col(Mending.clip_id) == bindparam("clip"), col(Mending.new_clip_id) == bindparam("clip")))
_LOOK = exists().where(col(SecondLook.clip_id) == bindparam("clip"))
_ANYTHING = select(or_(_QUESTION, _MENDING, _LOOK))


def undone(session: Session, decision_id: int) -> None:
    """What it settled is open again."""
    session.flush()
    opinions.undone(session, decision_id)
    mending.undone(session, decision_id)
    second_looks.undone(session, decision_id)
