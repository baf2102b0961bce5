"""A cut as something that can be played without being encoded: what shows when, in whole frames of the film. Pure.

It is read off the same timeline and compositions that shots are made of, so that what is played and what is rendered
can't differ in a cut, a name or a card. Whoever plays it has the clips' copies and the cards' pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay.almanac.film.cut import Cut
from relay.almanac.film.ffmpeg import Composition, Overlay, Still, View
from relay.almanac.film.timeline import ItemKind


@dataclass(frozen=True, slots=True)
class PlayedLayer:
    """A picture of the whole frame over an item, from its frame `first` up to and without `last`.

    `fade_in`, `fade_out`: frames in which it comes and goes.
    """

    picture: str
    first: int
    last: int
    fade_in: int
    fade_out: int


@dataclass(frozen=True, slots=True)
class PlayedItem:
    """One item of the film, from its frame `start` on; `fade`: how many of its last frames the next item shares.

    `dip`: the colour (`#rrggbb`) in which the two meet, empty: they dissolve. Of a clip `sha256` and `first`, the
    frame of it that it begins with; of a card `ground`, the picture that its layers lie on, with `rise` and `sink`,
    the frames in which it comes out of black and goes into it, and the camera's `motion` (x, y, zoom) from … to.
    """

    kind: ItemKind
    start: int
    frames: int
    fade: int
    dip: str
    sha256: str
    first: int
    ground: str
    rise: int
    sink: int
    motion: Sequence[Sequence[float]]
    layers: Sequence[PlayedLayer]


@dataclass(frozen=True, slots=True)
class PlayedCaption:
    """What is said from a frame of the film up to and without another one."""

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class PlayedMoment:
    """What an item shows in one frame of the film: its own frame, and how much of it is seen, from 0 to 1."""

    item: int
    frame: int
    seen: float


def items(cut: Cut) -> list[PlayedItem]:
    """In the order of the film; `clips` of the cut are places in this list."""
    rows = zip(cut.timeline.items, cut.timeline.starts, cut.compositions, strict=True)
    return [
        _item(item.kind, start, look, cut.timeline.tail(number), item.dip)
        for number, (item, start, look) in enumerate(rows)
    ]


def captions(cut: Cut) -> dict[str, list[PlayedCaption]]:
    """By language, those that the film carries as tracks; as their files beside it have them."""
    fps = cut.house.fps
    return {
        language: [PlayedCaption(round(cue.start * fps), round(cue.end * fps), cue.text) for cue in cues]
        for language, cues in cut.cues.items()
        if cues
    }


def at(played: Sequence[PlayedItem], frame: int) -> list[PlayedMoment]:
    """What shows in a frame of the film: one item, or two of which the second comes in over the first.

    In a dip only one of them shows, which sinks into the colour or rises from it.
    """
    found = []
    for number, item in enumerate(played):
        own = frame - item.start
        if not 0 <= own < item.frames:
            continue
        before = played[number - 1] if number else None
        found.append(PlayedMoment(number, own, _seen(item, own, before)))
    return [one for one in found if one.seen > 0] or found[-1:]


def _seen(item: PlayedItem, own: int, before: PlayedItem | None) -> float:
    """A dissolve brings the next item in over the whole last one; its first frame is all of the old (ffmpeg's fade)."""
    left = item.frames - own
    if item.dip and left <= item.fade:
        gone = item.fade - left
        return max(0.0, 1 - gone / (item.fade // 2)) if gone < item.fade // 2 else 0.0
    if before is None or own >= before.fade:
        return 1.0
    if not before.dip:
        return own / before.fade
    half = before.fade // 2
    return 0.0 if own < half else (own - half) / (before.fade - half)


def _item(kind: ItemKind, start: int, look: Composition, fade: int, dip: str) -> PlayedItem:
    still = look.source if isinstance(look.source, Still) else None
    return PlayedItem(
        kind=kind,
        start=start,
        frames=look.frames,
        fade=fade,
        dip=f"#{dip.removeprefix('0x')}" if dip and fade else "",
        sha256="" if still is not None else look.source.sha256,
        first=look.first,
        ground=still.sha256 if still is not None else "",
        rise=look.from_black,
        sink=look.to_black,
        motion=[_view(view) for view in look.motion or ()],
        layers=[_layer(layer) for layer in look.layers],
    )


def _view(view: View) -> list[float]:
    return [view.x, view.y, view.zoom]


def _layer(layer: Overlay) -> PlayedLayer:
    return PlayedLayer(layer.sha256, layer.span.first, layer.span.last, layer.fade_in, layer.fade_out)
