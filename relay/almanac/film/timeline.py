"""Film time: items in a row become shots. Pure; every number is a whole frame of the film's rate.

A film is a row of items (title card, clips, credits pages). Neighbours dissolve into each other, so a film of
items n₀ … nₖ has Σn − Σfades frames. What is encoded is not the item but the shot: the dissolves, the part of a
clip that carries the name, and the rest, each by itself, so that a change re-encodes what it touches and no more.

    item A  |--------- body ---------|~fade~|
    item B                           |~fade~|-- name strip --|------- rest -------|~fade~|
    shots   |         clip A         | fade |   lower third  |        clip        | fade | …
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from relay.almanac.formats import House
from relay.errors import Refused

JOINED = 3
"""Frames in which the pieces of one text dissolve into each other: the pause at their edges is no shorter."""


class ItemKind(StrEnum):
    card = "card"
    clip = "clip"


class ShotKind(StrEnum):
    card = "card"
    lower_third = "lower third"
    clip = "clip"
    fade = "fade"


@dataclass(frozen=True, slots=True)
class Item:
    """`named`: carries a name strip, which is read in so many frames (`reading`).

    `cut`: goes over into the next item without a dissolve.

    `fade`: frames of the dissolve into the next item, None for the house's. `dip`: the colour, `0xRRGGBB`, into which
    this item sinks and out of which the next one rises, instead of dissolving into each other.
    """

    kind: ItemKind
    frames: int
    named: bool = False
    cut: bool = False
    fade: int | None = None
    dip: str = ""
    reading: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Frames from `first` up to and without `last`."""

    first: int
    last: int

    @property
    def frames(self) -> int:
        return self.last - self.first

    def parts(self, count: int) -> list[Span]:
        """The same frames in `count` parts of nearly the same length."""
        edges = [self.first + self.frames * number // count for number in range(count)] if count else []
        return [Span(first, last) for first, last in pairwise([*edges, self.last])]

    def meets(self, other: Span) -> bool:
        return max(self.first, other.first) < min(self.last, other.last)


@dataclass(frozen=True, slots=True)
class Shot:
    """`start`: where it begins in the film. `span`: which frames of the item it shows.

    A fade shows `span` of its item (the one that comes in, always from its frame 0) over `out` of the item before.
    """

    kind: ShotKind
    start: int
    item: int
    span: Span
    out: Span | None = None

    @property
    def frames(self) -> int:
        return self.span.frames


@dataclass(frozen=True, slots=True)
class Timeline:
    """`starts[i]`: the film's frame in which item i begins. `fades[i]`: frames that items i and i+1 share.

    `strips[i]`: the frames of item i that carry its name, or None.
    """

    items: tuple[Item, ...]
    starts: tuple[int, ...]
    fades: tuple[int, ...]
    strips: tuple[Span | None, ...]
    shots: tuple[Shot, ...]
    frames: int

    def head(self, index: int) -> int:
        """Frames that an item shares with the one before it."""
        return self.fades[index - 1] if index else 0

    def tail(self, index: int) -> int:
        """Frames that an item shares with the one after it."""
        return self.fades[index] if index < len(self.fades) else 0


def lay_out(items: Sequence[Item], house: House) -> Timeline:
    """Puts items in a row. Raises Refused for an empty row or an item without frames."""
    if not items:
        raise Refused("There is nothing to put into the film.")
    if any(item.frames < 1 for item in items):
        raise Refused("An item of the film has no frames.")
    fades = tuple(_fade(left, right, house.fade) for left, right in pairwise(items))
    starts = [0]
    for item, fade in zip(items, fades, strict=False):
        starts.append(starts[-1] + item.frames - fade)
    heads, tails = (0, *fades), (*fades, 0)
    strips = tuple(strip_span(item, head, tail, house) for item, head, tail in zip(items, heads, tails, strict=True))
    shots: list[Shot] = []
    for index, (item, start, strip) in enumerate(zip(items, starts, strips, strict=True)):
        head, tail = heads[index], tails[index]
        if head:
            before = items[index - 1].frames
            shots.append(Shot(ShotKind.fade, start, index, Span(0, head), Span(before - head, before)))
        shots += [
            Shot(_kind(item, strip, span), start + span.first, index, span)
            for span in _cut(Span(head, item.frames - tail), strip, house)
        ]
    return Timeline(
        items=tuple(items),
        starts=tuple(starts),
        fades=fades,
        strips=strips,
        shots=tuple(shots),
        frames=starts[-1] + items[-1].frames,
    )


def _fade(left: Item, right: Item, wanted: int) -> int:
    """A dissolve takes at most a third of either neighbour, so that every item also stands alone for a while."""
    if left.cut:
        return 0
    wanted = wanted if left.fade is None else left.fade
    frames = min(wanted, left.frames // 3, right.frames // 3)
    return frames if frames >= 2 else 0


def strip_frames(item: Item, head: int, house: House) -> int:
    """Up to which frame an item carries its name: for `strip_seconds`, a long name until it has been read."""
    wanted = house.frames(house.strip_seconds)
    return max(wanted, head + item.reading) if wanted else 0


def strip_span(item: Item, head: int, tail: int, house: House) -> Span | None:
    """The frames of an item that carry its name. One that is too short for it to be read between the dissolves has it
    in them too.
    """
    if not item.named:
        return None
    wanted = strip_frames(item, head, house)
    tight = min(item.frames - tail, wanted) - head < item.reading
    first, end = (0, item.frames) if house.strip_in_fades or tight else (head, item.frames - tail)
    span = Span(first, min(end, wanted))
    return span if span.frames > 0 else None


def _kind(item: Item, strip: Span | None, span: Span) -> ShotKind:
    if item.kind is ItemKind.card:
        return ShotKind.card
    return ShotKind.lower_third if strip is not None and strip.meets(span) else ShotKind.clip


def _cut(body: Span, strip: Span | None, house: House) -> list[Span]:
    """Body → the part with the name, and the rest, both in pieces.

    Every shot costs about as much as eight frames more (a key frame, an encoder's start: measured, docs/almanac.md),
    so there are as few as serve corrections: a rest of under two seconds stays with the name.
    """
    named_until = body.first
    if strip is not None and strip.meets(body):
        named_until = min(strip.last, body.last)
        if body.last - named_until < house.gop:
            named_until = body.last
    named = Span(body.first, named_until)
    spans = named.parts(-(-named.frames // house.piece))
    at = named_until
    while body.last - at > house.piece + house.gop:
        spans.append(Span(at, at + house.piece))
        at += house.piece
    if body.last > at:
        spans.append(Span(at, body.last))
    return spans
