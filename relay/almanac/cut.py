"""The cut: what a film consists of, as plain data, before anything is encoded.

`Cut` is all that film.py needs; it knows no database. `draw_up` makes one of clips and words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relay.almanac.cards import Cards, Person, Picture
from relay.almanac.recipe import Footage, Layer, Look, Still
from relay.almanac.timeline import House, Item, Kind, Span, Timeline, lay_out
from relay.errors import Refused

TEXT_FADE = 10
"""Frames in which words come and go."""


@dataclass(frozen=True, slots=True)
class Take:
    """A clip as it is to be used: `first` to `last` in frames of the film's rate, `last` None for its end."""

    footage: Footage
    path: Path
    person: Person
    first: int = 0
    last: int | None = None

    def span(self, house: House) -> Span:
        """Raises Refused where nothing is left of the clip."""
        available = self.footage.frames(house)
        last = available if self.last is None else min(self.last, available)
        if not 0 <= self.first < last:
            raise Refused(
                "Nothing is left of a clip between its frames {first} and {last}.", first=self.first, last=last
            )
        return Span(self.first, last)


@dataclass(frozen=True, slots=True)
class Words:
    """What the cards say. Without a title the film begins with its first clip."""

    title: str = ""
    subtitle: str = ""
    hashtag: str = ""
    dates: str = ""
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class Cut:
    """`looks[i]` is how item i of the timeline looks. `files`: every picture and original by its sha256."""

    house: House
    timeline: Timeline
    looks: tuple[Look, ...]
    files: Mapping[str, Path]
    title: str = ""


def draw_up(takes: Sequence[Take], words: Words, house: House, folder: Path, *, credits: bool = True) -> Cut:
    """Title, clips, credits pages and an end page. `folder` keeps the cards. Raises Refused without clips."""
    if not takes:
        raise Refused("There are no clips for the film.")
    cards = Cards(folder, house, words.language)
    titles = [_title(cards, words, house)] if words.title else []
    endings = _endings(cards, takes, words, house) if credits else []
    spans = [take.span(house) for take in takes]
    strips = [cards.strip(take.person) for take in takes]
    items = [
        *(_Card.item(card) for card in titles),
        *(Item(Kind.clip, span.frames, named=strip is not None) for span, strip in zip(spans, strips, strict=True)),
        *(_Card.item(card) for card in endings),
    ]
    timeline = lay_out(items, house)
    files = {card.text.sha256: card.text.path for card in (*titles, *endings)}
    files |= {take.footage.sha256: take.path for take in takes}
    files |= {strip.sha256: strip.path for strip in strips if strip is not None}
    if titles or endings:
        files[cards.ground.sha256] = cards.ground.path
    looks = [card.look(cards.ground) for card in titles]
    for number, (take, span, strip) in enumerate(zip(takes, spans, strips, strict=True), len(titles)):
        layer = _strip(strip, timeline.strips[number], house)
        looks.append(Look(take.footage, span.frames, span.first, layer))
    looks += [card.look(cards.ground) for card in endings]
    return Cut(house, timeline, tuple(looks), files, words.title)


def alone(take: Take, house: House, folder: Path) -> Cut:
    """A clip as it will stand in any film, with a dissolve at both ends; what is beside it is left open."""
    strip = Cards(folder, house).strip(take.person)
    span = take.span(house)
    beside = Item(Kind.card, house.piece)
    timeline = lay_out([beside, Item(Kind.clip, span.frames, named=strip is not None), beside], house)
    open_side = Look(Still(""), house.piece)
    look = Look(take.footage, span.frames, span.first, _strip(strip, timeline.strips[1], house))
    files = {take.footage.sha256: take.path} | ({} if strip is None else {strip.sha256: strip.path})
    return Cut(house, timeline, (open_side, look, open_side), files)


@dataclass(frozen=True, slots=True)
class _Card:
    """`shown`: when its words are there; a dissolve takes them along where they reach the item's end."""

    text: Picture
    frames: int
    shown: Span
    fade_in: int
    fade_out: int
    from_black: int = 0
    to_black: int = 0
    cut: bool = False

    def item(self) -> Item:
        return Item(Kind.card, self.frames, cut=self.cut)

    def look(self, ground: Picture) -> Look:
        layer = Layer(self.text.sha256, self.text.x, self.text.y, self.shown, self.fade_in, self.fade_out)
        return Look(Still(ground.sha256), self.frames, 0, layer, self.from_black, self.to_black)


def _title(cards: Cards, words: Words, house: House) -> _Card:
    frames = house.frames(house.title_seconds)
    rise = min(TEXT_FADE, frames // 6)
    picture = cards.title(words.title, words.subtitle, words.hashtag)
    return _Card(picture, frames, Span(rise // 2, frames), rise, 0, from_black=rise)


def _endings(cards: Cards, takes: Sequence[Take], words: Words, house: House) -> list[_Card]:
    """Pages follow each other on the same ground, so only their words come and go.

    The first page's words come after the dissolve into it, which so stays the same when one of them changes.
    """
    made = []
    for number, picture in enumerate(cards.credits([take.person for take in takes])):
        frames = house.frames(house.page_seconds)
        edge = min(TEXT_FADE, frames // 6)
        first = 0 if number else min(house.fade, frames // 3)
        made.append(_Card(picture, frames, Span(first, frames), edge, edge, cut=True))
    frames = house.frames(house.end_seconds)
    if frames:
        edge = min(TEXT_FADE, frames // 6)
        shown = Span(0, frames - edge // 2)
        made.append(_Card(cards.ending(words.hashtag, words.dates), frames, shown, edge, edge, to_black=edge))
    return made


def _strip(strip: Picture | None, span: Span | None, house: House) -> Layer | None:
    """With a dissolve at that end the name comes and goes with the picture; otherwise softly by itself."""
    if strip is None or span is None:
        return None
    edge = 0 if house.strip_in_fades else min(TEXT_FADE, span.frames // 4)
    return Layer(strip.sha256, strip.x, strip.y, span, edge, edge)
