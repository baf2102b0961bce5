"""A film as editing programs know it: pictures in a row, pictures over them, voices, music. Pure.

Every number is a frame of the film. A dissolve is cut in its middle, as all of these programs do it:

    pictures   |   item 0    |~fade~|  item 1   |~fade~| …    one file each, without names
    overlays                   |name|           |name|        PNG of the film's size, in lanes that nothing shares
    voices     |   item 0           |                         a file each, in two lanes by turns, because neighbours
               |             item 1             |             overlap; they come and go in the file itself
    music      |                                         |    as it gives way to these voices
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from relay.almanac.delivery.exports.carried import FilmPart
from relay.almanac.film.cut import CardText, Cut
from relay.almanac.film.ffmpeg import Overlay
from relay.almanac.film.footage import Footage

ENDS = ("title", "credits", "ending")
"""Kinds of cards with which films begin and end."""


class LayerKind(StrEnum):
    words = "name"
    caption = "caption"
    dip = "dip"


@dataclass(frozen=True, slots=True)
class PicturePiece:
    """An item: `frames` long from `start` on, `head` and `tail` of which it shares with its neighbours.

    `clip`: which clip of the plan, None for a card; `card`: what is written on it. `voiced`: it is heard.
    `dip`: the colour out of which it rises; then it is cut hard against the one before it, under a layer of kind dip.
    """

    item: int
    start: int
    frames: int
    head: int
    tail: int
    clip: int | None = None
    card: CardText | None = None
    voiced: bool = False
    dip: str = ""

    @property
    def shown(self) -> tuple[int, int]:
        """Frames of the item up to the middle of the dissolves around it."""
        return self.head // 2, self.frames - (self.tail - self.tail // 2)


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture over the film from frame `start` on. `sha256` of what is drawn at `x`, `y`; of a dip its colour.

    `fade_in`, `fade_out`: frames in which it comes and goes, within `frames`.
    """

    kind: LayerKind
    item: int
    start: int
    frames: int
    fade_in: int = 0
    fade_out: int = 0
    sha256: str = ""
    x: int = 0
    y: int = 0
    colour: str = ""

    @property
    def end(self) -> int:
        return self.start + self.frames


@dataclass(frozen=True, slots=True)
class Edit:
    """`lanes`: overlays by track, from below to above; within a lane none meets another. `voices`: two lanes."""

    title: str
    frames: int
    fps: int
    width: int
    height: int
    pieces: tuple[PicturePiece, ...]
    lanes: tuple[tuple[Layer, ...], ...]
    voices: tuple[tuple[PicturePiece, ...], ...]


def edit_of(cut: Cut) -> Edit:
    """What stands where."""
    timeline, clips = cut.timeline, {item: number for number, item in enumerate(cut.clips)}
    pieces = []
    for number, (start, item) in enumerate(zip(timeline.starts, timeline.items, strict=True)):
        source = cut.compositions[number].source
        piece = PicturePiece(
            item=number,
            start=start,
            frames=item.frames,
            head=timeline.head(number),
            tail=timeline.tail(number),
            clip=clips.get(number),
            card=cut.cards.get(number),
            voiced=isinstance(source, Footage) and source.audio is not None,
            dip=timeline.items[number - 1].dip if timeline.head(number) else "",
        )
        pieces.append(piece)
    voiced = [piece for piece in pieces if piece.voiced]
    return Edit(
        title=cut.title,
        frames=timeline.frames,
        fps=cut.house.fps,
        width=cut.house.width,
        height=cut.house.height,
        pieces=tuple(pieces),
        lanes=_lanes(cut, pieces),
        voices=tuple(lane for lane in (tuple(voiced[::2]), tuple(voiced[1::2])) if lane),
    )


def _lanes(cut: Cut, pieces: Sequence[PicturePiece]) -> tuple[tuple[Layer, ...], ...]:
    """Names below captions, and both below the colours that a film sinks into: those take all away with them."""
    strips, captions = [], []
    for piece in pieces:
        if piece.clip is None:
            continue
        look = cut.compositions[piece.item]
        strips += [_layer(LayerKind.words, piece, one) for one in ([look.layer] if look.layer else [])]
        captions += [_layer(LayerKind.caption, piece, one) for one in look.above]
    dips = [_dip(piece) for piece in pieces if piece.dip]
    return tuple(lane for kind in (strips, captions, dips) for lane in apart(kind))


def _layer(kind: LayerKind, piece: PicturePiece, layer: Overlay) -> Layer:
    """One that stands in a dissolve comes and goes with its picture."""
    head = max(0, piece.head - layer.span.first) if kind is LayerKind.words else 0
    tail = max(0, layer.span.last - (piece.frames - piece.tail)) if kind is LayerKind.words else 0
    return Layer(
        kind=kind,
        item=piece.item,
        start=piece.start + layer.span.first,
        frames=layer.span.frames,
        fade_in=layer.fade_in or head,
        fade_out=layer.fade_out or tail,
        sha256=layer.sha256,
        x=layer.x,
        y=layer.y,
    )


def _dip(piece: PicturePiece) -> Layer:
    """The colour comes over the old picture and goes off the new one, a half of the dissolve each."""
    half = piece.head // 2
    return Layer(LayerKind.dip, piece.item, piece.start, piece.head, half, piece.head - half, colour=piece.dip)


def apart(layers: Iterable[Layer]) -> list[tuple[Layer, ...]]:
    """As few lanes as hold all of them without two at once, each in the order of time."""
    lanes: list[list[Layer]] = []
    for layer in sorted(layers, key=lambda one: one.start):
        free = next((lane for lane in lanes if lane[-1].end <= layer.start), None)
        if free is None:
            lanes.append(free := [])
        free.append(layer)
    return [tuple(lane) for lane in lanes]


def held(cut: Cut, edit: Edit) -> set[FilmPart]:
    """What a film shows and lets hear."""
    kinds = {card.kind for card in cut.cards.values()}
    layers = {layer.kind for lane in edit.lanes for layer in lane}
    found = {FilmPart.framing}
    sounds = bool(edit.voices) or cut.music is not None
    there = {
        FilmPart.ends: bool(kinds & set(ENDS)),
        FilmPart.cards: bool(kinds - set(ENDS)),
        FilmPart.names: LayerKind.words in layers,
        FilmPart.burned: LayerKind.caption in layers,
        FilmPart.dips: LayerKind.dip in layers,
        FilmPart.dissolves: any(piece.head and not piece.dip for piece in edit.pieces),
        FilmPart.loudness: bool(edit.voices),
        FilmPart.sound: sounds,
        FilmPart.limiter: sounds,
        FilmPart.music: cut.music is not None,
        FilmPart.captions: bool(cut.captions),
        FilmPart.chapters: bool(cut.chapters),
    }
    return found | {part for part, yes in there.items() if yes}
