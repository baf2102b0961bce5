"""What is known of two clips, and which clips hang together by it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, or_, update
from sqlmodel import Session, col, select

from relay.models import Clip, Kinship, Said, need_id


def renumber(session: Session, clip_ids: Iterable[int]) -> None:
    """Families are what hangs together by kinships that nobody has denied."""
    session.flush()
    for group in groups(session, clip_ids):
        number = min(group) if len(group) > 1 else None
        session.exec(
            update(Clip)
            .where(col(Clip.id).in_(group), col(Clip.family).is_distinct_from(number))
            .values(family=number)
            .execution_options(synchronize_session="fetch")
        )


def groups(session: Session, clip_ids: Iterable[int]) -> list[set[int]]:
    """The families of these clips, a clip that is alone among them."""
    left, found = set(clip_ids), []
    while left:
        group = {left.pop()}
        edge = set(group)
        while edge:
            near = {one for row in of(session, edge) if row.said is not Said.other for one in (row.a_id, row.b_id)}
            edge = near - group
            group |= edge
        left -= group
        found.append(group)
    return found


def of(session: Session, clip_ids: Iterable[int]) -> list[Kinship]:
    """All that is known of these clips and others."""
    ids = sorted(clip_ids)
    rows: dict[int, Kinship] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        rows |= {need_id(row): row for row in session.exec(_ABOUT, params={"clips": some})}
    return list(rows.values())


_CLIPS: Any = bindparam("clips", expanding=True)
_ABOUT = (
    select(Kinship).where(or_(col(Kinship.a_id).in_(_CLIPS), col(Kinship.b_id).in_(_CLIPS))).order_by(col(Kinship.id))
)


def between(session: Session, one: int, other: int) -> Kinship | None:
    """What is known of two clips."""
    a, b = sorted((one, other))
    return session.exec(select(Kinship).where(Kinship.a_id == a, Kinship.b_id == b)).first()
