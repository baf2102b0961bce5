"""A plan as data, and what a person may do to it by hand. Pure: a sheet in, another one out.

`Sheet.token` names exactly this state of the plan: whoever changes it says which state was seen, so that two editors
never overwrite each other. `difference` tells what of one sheet has to be kept to get it back from another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relay.errors import Refused
from relay.language.text import one_line
from relay.models import ByHand, SegmentPin

LONGEST_REASON = 500
_ORDER = {SegmentPin.opening: 0, SegmentPin.none: 1, SegmentPin.closing: 2}


@dataclass(frozen=True, slots=True)
class ClipPiece:
    """Sentences `at` up to and without `end` of the film's text, in frames `first` up to and without `last`."""

    at: int
    end: int
    first: int
    last: int

    def kept(self) -> list[int]:
        return [self.at, self.end, self.first, self.last]


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip in the film: models.Segment without its numbers. `pieces`: in the order of the text."""

    clip: int
    first: int = 0
    last: int | None = None
    name: str | None = None
    town: str | None = None
    by_hand: frozenset[ByHand] = frozenset()
    pinned: SegmentPin = SegmentPin.none
    pieces: tuple[ClipPiece, ...] = ()

    @property
    def touched(self) -> bool:
        return bool(self.by_hand or self.pinned)

    @property
    def may_be_cut(self) -> bool:
        """Whether nobody has set where it stands, or which part of it is shown."""
        return not self.pinned and not self.by_hand & {ByHand.place, ByHand.first, ByHand.last}

    def bounds(self, first: int, last: int, available: int) -> tuple[int, int]:
        """What is used of the clip, in frames: the points set here, and where there are none those proposed for it."""
        begin = self.first if ByHand.first in self.by_hand or self.first else first
        end = last
        if ByHand.last in self.by_hand or self.last is not None:
            end = available if self.last is None else min(self.last, available)
        return (begin, end) if begin < end else (self.first, end)

    def cut(self, first: int, last: int, available: int) -> list[tuple[int, int]]:
        """Frames of each of its pieces, as `bounds`; of one that is used as a whole, its bounds. Points that somebody
        set are where the first piece begins and the last one ends; of a piece beyond them nothing is left.
        """
        if not self.pieces:
            return [self.bounds(first, last, available)]
        begin, end = self.bounds(self.pieces[0].first, self.pieces[-1].last, available)
        edges = [[max(piece.first, begin), min(piece.last, end)] for piece in self.pieces]
        edges[0][0], edges[-1][1] = begin, end
        return [(first, max(first, last)) for first, last in edges]

    def kept(self) -> list[Any]:
        told = [self.first, self.last, self.name, self.town, sorted(self.by_hand), self.pinned]
        return [*told, [piece.kept() for piece in self.pieces]] if self.pieces else told

    @staticmethod
    def again(clip: int, kept: Sequence[Any]) -> ClipRow:
        first, last, name, town, by_hand, pinned, *more = kept
        pieces = pieces_of(more[0]) if more else ()
        return ClipRow(clip, first, last, name, town, frozenset(map(ByHand, by_hand)), SegmentPin(pinned), pieces)


def pieces_of(kept: Sequence[Sequence[int]]) -> tuple[ClipPiece, ...]:
    return tuple(ClipPiece(*piece) for piece in kept)


def in_text(rows: Sequence[ClipRow]) -> list[tuple[int, int]]:
    """The film's pieces: places of rows, and which of the row's pieces, in the order in which they are seen. Each row
    begins with its first piece; the others come where the text has them, before the next row goes on with the text.
    """
    pieces = [(piece.at, place, number) for place, row in enumerate(rows) for number, piece in enumerate(row.pieces)]
    later = sorted(piece for piece in pieces if piece[2])
    found: list[tuple[int, int]] = []
    for place, row in enumerate(rows):
        while row.pieces and later and later[0][0] < row.pieces[0].at:
            found.append(later.pop(0)[1:])
        found.append((place, 0))
    return [*found, *(rest[1:] for rest in later)]


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """`left_out`: clips that somebody took out by hand, with the reason given."""

    rows: tuple[ClipRow, ...] = ()
    left_out: Mapping[int, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> list[int]:
        return [row.clip for row in self.rows]

    @property
    def token(self) -> str:
        rows = [[row.clip, *row.kept()] for row in self.rows]
        words = json.dumps([rows, sorted(self.left_out.items()), sorted(self.rules.items())], ensure_ascii=False)
        return hashlib.sha256(words.encode()).hexdigest()[:20]

    def row(self, clip: int) -> ClipRow:
        """Raises Refused."""
        for row in self.rows:
            if row.clip == clip:
                return row
        raise Refused("Clip {clip} is not in this almanac.", clip=clip)

    def pinned(self, where: SegmentPin) -> int | None:
        return next((row.clip for row in self.rows if row.pinned == where), None)

    @property
    def touched(self) -> set[int]:
        return {row.clip for row in self.rows if row.touched}

    @property
    def placed(self) -> set[int]:
        return {row.clip for row in self.rows if ByHand.place in row.by_hand and not row.pinned}


def in_order(sheet: PlanDocument, order: Sequence[int]) -> PlanDocument:
    """The clips named, in that order; new ones as they are; the opening first and the closing last."""
    there = {row.clip: row for row in sheet.rows}
    return replace(sheet, rows=_settled([there.get(clip) or ClipRow(clip) for clip in order]))


def place(sheet: PlanDocument, clip: int, before: int | None) -> PlanDocument:
    """Puts a clip before another one, or at the end; a clip that is not in the plan comes in. Raises Refused."""
    if before == clip:
        raise Refused("A clip can't stand before itself.")
    moved = next((row for row in sheet.rows if row.clip == clip), ClipRow(clip))
    rest = [row for row in sheet.rows if row.clip != clip]
    at = len(rest) if before is None else rest.index(sheet.row(before))
    rest.insert(at, replace(moved, by_hand=moved.by_hand | {ByHand.place}))
    left_out = {number: reason for number, reason in sheet.left_out.items() if number != clip}
    return replace(sheet, rows=_settled(rest), left_out=left_out)


def trim(
    sheet: PlanDocument,
    clip: int,
    *,
    first: int | None,
    last: int | None,
    available: int,
    proposed: tuple[int, int] | None = None,
) -> PlanDocument:
    """New in and out points, in frames of the film's rate; None leaves one as it is. `available`: the clip's frames.

    `proposed`: what is used where nobody has set a point (ClipRow.bounds); without it all of the clip. An out point at
    the clip's end is kept as "to its end". Raises Refused where less than a frame would be left.
    """
    row = sheet.row(clip)
    now = row.bounds(*(proposed or (0, available)), available)
    start = now[0] if first is None else first
    end = now[1] if last is None else last
    if not 0 <= start < min(end, available):
        raise Refused("Nothing would be left of clip {clip} between these points.", clip=clip)
    hand = row.by_hand | ({ByHand.first} if first is not None else set())
    hand |= {ByHand.last} if last is not None else set()
    kept = row.first if first is None else start, row.last if last is None else None if end >= available else end
    return _with(sheet, replace(row, first=kept[0], last=kept[1], by_hand=hand))


def whole(sheet: PlanDocument, clip: int) -> PlanDocument:
    """All of the clip, also where less of it was proposed."""
    row = sheet.row(clip)
    return _with(sheet, replace(row, first=0, last=None, by_hand=row.by_hand | {ByHand.first, ByHand.last}, pieces=()))


def untrim(sheet: PlanDocument, clip: int) -> PlanDocument:
    """As it was proposed, or all of it."""
    row = sheet.row(clip)
    return _with(sheet, replace(row, first=0, last=None, by_hand=row.by_hand - {ByHand.first, ByHand.last}))


def retitle(sheet: PlanDocument, clip: int, *, name: str | None, town: str | None) -> PlanDocument:
    """Card texts of this film; None takes the clip's own again."""
    row = sheet.row(clip)
    name, town = (None if text is None else one_line(text) for text in (name, town))
    hand = row.by_hand - {ByHand.name, ByHand.town}
    hand |= ({ByHand.name} if name is not None else set()) | ({ByHand.town} if town is not None else set())
    return _with(sheet, replace(row, name=name, town=town, by_hand=hand))


def pin(sheet: PlanDocument, clip: int, where: str) -> PlanDocument:
    """`opening`, `closing`, or empty to let it go again. What was pinned there before is let go. Raises Refused."""
    if where not in list(SegmentPin):
        raise Refused("A clip is pinned as opening or closing, not as {place}.", place=where)
    end = SegmentPin(where)
    row = replace(sheet.row(clip), pinned=end)
    rows = [row if old.clip == clip else _let_go(old, end) for old in sheet.rows]
    return replace(sheet, rows=_settled(rows))


def leave_out(sheet: PlanDocument, clip: int, reason: str) -> PlanDocument:
    sheet.row(clip)
    rows = tuple(row for row in sheet.rows if row.clip != clip)
    return replace(sheet, rows=rows, left_out={**sheet.left_out, clip: one_line(reason, LONGEST_REASON)})


def bring_back(sheet: PlanDocument, clip: int) -> PlanDocument:
    """Only lifts the bar: where it comes to stand is the rules' business, or a person's. Raises Refused."""
    if clip not in sheet.left_out:
        raise Refused("Nobody has left out clip {clip}.", clip=clip)
    return replace(sheet, left_out={number: why for number, why in sheet.left_out.items() if number != clip})


def release(sheet: PlanDocument, clip: int) -> PlanDocument:
    """Gives a clip's place back to the rules; its points and texts stay."""
    row = sheet.row(clip)
    return _with(sheet, replace(row, by_hand=row.by_hand - {ByHand.place}))


def difference(old: PlanDocument, new: PlanDocument) -> dict[str, object]:
    """What of `old` is not in `new`, as JSON: `restore(new, difference(old, new)) == old`."""
    kept: dict[str, Any] = {}
    if old.order != new.order:
        kept["order"] = old.order
    there = {row.clip: row for row in new.rows}
    rows = {str(row.clip): row.kept() for row in old.rows if there.get(row.clip) != row}
    if rows:
        kept["rows"] = rows
    if dict(old.left_out) != dict(new.left_out):
        kept["left_out"] = {str(clip): reason for clip, reason in old.left_out.items()}
    if dict(old.rules) != dict(new.rules):
        kept["rules"] = dict(old.rules)
    return kept


def restore(new: PlanDocument, kept: Mapping[str, Any]) -> PlanDocument:
    rows = {row.clip: row for row in new.rows}
    rows |= {int(clip): ClipRow.again(int(clip), row) for clip, row in kept.get("rows", {}).items()}
    left_out = kept.get("left_out")
    return PlanDocument(
        tuple(rows[clip] for clip in kept.get("order", new.order)),
        new.left_out if left_out is None else {int(clip): reason for clip, reason in left_out.items()},
        kept.get("rules", new.rules),
    )


def _with(sheet: PlanDocument, row: ClipRow) -> PlanDocument:
    return replace(sheet, rows=tuple(row if old.clip == row.clip else old for old in sheet.rows))


def _let_go(row: ClipRow, end: SegmentPin) -> ClipRow:
    return replace(row, pinned=SegmentPin.none) if end and row.pinned is end else row


def _settled(rows: Sequence[ClipRow]) -> tuple[ClipRow, ...]:
    return tuple(sorted(rows, key=lambda row: _ORDER[row.pinned]))
