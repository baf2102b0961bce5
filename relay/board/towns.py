"""Towns on the map. Children are told by their district only: a village with one pupil would name the pupil."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from relay.board.grid import Participants
from relay.board.map import places
from relay.models import ClipState


@dataclass(frozen=True, slots=True)
class BoardTown:
    """A town with so many approved clips of grown-ups, and clips that `waiting` tells of. `east`, `north`: degrees;
    None where the tables don't have it.
    """

    name: str
    approved: int
    waiting: int
    east: float | None
    north: float | None


@dataclass(frozen=True, slots=True)
class TownMap:
    """`children`: approved clips that are in no town for that reason; `nowhere`: grown-ups who named no town."""

    towns: list[BoardTown]
    children: int
    nowhere: int


def town_map(found: Sequence[Participants]) -> TownMap:
    grown = [each for each in found if not each.is_minor]
    spelled: dict[str, str] = {}
    approved: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for each in grown:
        if each.town:
            name = spelled.setdefault(places.folded(each.town), each.town)
            (approved if each.state is ClipState.approved else waiting)[name] += each.clips
    spots = places.located(spelled.values())
    towns = [
        BoardTown(
            name,
            approved[name],
            waiting[name],
            spots[name].east if name in spots else None,
            spots[name].north if name in spots else None,
        )
        for name in sorted(spelled.values(), key=lambda name: (-approved[name], name.casefold()))
    ]
    return TownMap(
        towns,
        children=sum(each.clips for each in found if each.is_minor and each.state is ClipState.approved),
        nowhere=sum(each.clips for each in grown if not each.town and each.state is ClipState.approved),
    )
