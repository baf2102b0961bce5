"""Who of those at the desk is asked first to look again: whose looks have been right most often (looks.asked_first)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, case, func, select, union_all
from sqlmodel import Session, col

from relay.models import Clip, LookState, SecondLook
from relay.moderation.review.looks import LookRecord, asked_first
from relay.records import leads_to
from relay.store import run


def is_asked_first(session: Session, campaign_id: int, person: str, here: Iterable[str]) -> bool:
    """`here`: who is at the desk."""
    known = records(session, campaign_id)
    return person in asked_first({name: known.get(name, LookRecord(0, 0)) for name in {person, *here}})


def records(session: Session, campaign_id: int) -> Mapping[str, LookRecord]:
    """By person, of the campaign's looks that somebody looked at again."""
    found: dict[str, LookRecord] = {}
    for person, right, of in run(session, _RECORDS, campaign=campaign_id):
        before = found.get(person, LookRecord(0, 0))
        found[person] = LookRecord(before.right + right, before.of + of)
    return found


def _of(person: Any, verdict: Any) -> Any:
    right = case((col(SecondLook.state) == LookState.agreed, 1), (col(SecondLook.third) == verdict, 1), else_=0)
    return (
        select(person, func.sum(right), func.count())
        .join(Clip, col(Clip.id) == col(SecondLook.clip_id))
        .where(leads_to(bindparam("campaign")))
        .where(col(SecondLook.state).in_([LookState.agreed, LookState.settled]))
        .group_by(person)
    )


_RECORDS = union_all(
    _of(col(SecondLook.first_by), col(SecondLook.first)), _of(col(SecondLook.second_by), col(SecondLook.second))
)
