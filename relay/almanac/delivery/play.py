"""The plan as the browser plays it: the played film of film/playing.py, with who is seen, and its cards as pictures.

A plan is drawn up for this without a look at any file; cards are drawn by the film's own renderer when somebody comes
to them, and lie then where the render finds them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from sqlmodel import select

from relay.almanac.assets.music import KIND
from relay.almanac.cards.renderer import CardImage, CardSketcher
from relay.almanac.cards.themes import Theme
from relay.almanac.delivery import render
from relay.almanac.film import playing
from relay.almanac.film.cut import Cut
from relay.almanac.film.playing import PlayedCaption, PlayedItem
from relay.almanac.formats import House
from relay.almanac.plan import queries, store
from relay.almanac.plan.queries import Entry
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Track

WIDEST = 1280
"""Pixels of a card's picture: as wide as anybody watches a plan."""
MOST_SKETCHES = 4
"""Plans whose sketches are kept, in one process."""


@dataclass(frozen=True, slots=True)
class PlayedClip:
    """A clip of the film, which `item` shows: by whom it is, and what there is to play. `turn`: degrees clockwise."""

    item: int
    clip: int
    sha256: str
    name: str
    town: str
    turn: int
    proxy: bool
    poster: bool


@dataclass(frozen=True, slots=True)
class PlayedPlan:
    """`version` names the state of the plan, `frames` its length.

    `music`: sha256 of the bed, empty without one; `under`: `film` or `cards`. `captions`: tracks, by language.
    """

    version: str
    fps: int
    width: int
    height: int
    frames: int
    items: Sequence[PlayedItem]
    clips: Sequence[PlayedClip]
    music: str
    under: str
    captions: Mapping[str, Sequence[PlayedCaption]]


class Sketchbook:
    """Plans that were drawn up lately, so that each of their cards can be drawn without all of it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], CardSketcher] = OrderedDict()

    def plan(self, relay: Relay, slug: str, name: str) -> PlayedPlan:
        """Raises NotFound, and Refused for a plan that no film can be made of, with the reason."""
        made: list[CardSketcher] = []

        def sketcher(folder: Path, house: House, language: str, look: Theme) -> CardSketcher:
            made.append(CardSketcher(folder, house, language, look))
            return made[-1]

        with relay.store.one_look():
            cut, entries = render.sketched(relay, slug, name, sketcher)
            with relay.reading() as session:
                version = store.load(session, queries.find(session, slug, name)).token
        with self._lock:
            self._kept[_place(relay, slug, name)] = made[0]
            self._kept.move_to_end(_place(relay, slug, name))
            while len(self._kept) > MOST_SKETCHES:
                self._kept.popitem(last=False)
        return _played(cut, entries, version)

    def card(self, relay: Relay, slug: str, name: str, key: str) -> CardImage:
        """One of the plan's pictures. Raises NotFound for what the plan does not show (any more), and Refused."""
        for again in (False, True):
            if again:
                self.plan(relay, slug, name)
            with self._lock:
                kept = self._kept.get(_place(relay, slug, name))
            if kept is not None and key in kept.drawings:
                return kept.drawn(key)
        raise NotFound("There is no such file.")


def picture(card: CardImage, width: int, height: int) -> tuple[bytes, str]:
    """A card as a picture of the whole frame, and its media type: opaque as JPEG, else PNG with nothing around it."""
    from PIL import Image

    size = (width, height) if width <= WIDEST else (WIDEST, round(height * WIDEST / width))
    drawn, file = Image.open(card.path), BytesIO()
    if drawn.mode == "RGB":
        drawn.resize(size, Image.Resampling.BILINEAR).save(file, "JPEG", quality=90)
        return file.getvalue(), "image/jpeg"
    frame = Image.new("RGBA", (width, height))
    frame.paste(drawn, (card.x, card.y))
    frame.resize(size, Image.Resampling.BILINEAR).save(file, "PNG", compress_level=1)
    return file.getvalue(), "image/png"


def music(relay: Relay, slug: str, name: str, sha256: str) -> Path:
    """The file of a piece of the campaign's music. Raises NotFound."""
    with relay.reading() as session:
        campaign = queries.find(session, slug, name).campaign_id
        known = select(Track.id).where(Track.campaign_id == campaign, Track.sha256 == sha256)
        if session.exec(known).first() is None:
            raise NotFound("There is no such file.")
    return relay.media.local(f"{KIND}/{sha256}")


def _place(relay: Relay, slug: str, name: str) -> tuple[str, str, str]:
    return str(relay.settings.data_dir), slug, name


def _played(cut: Cut, entries: Sequence[Entry], version: str) -> PlayedPlan:
    return PlayedPlan(
        version=version,
        fps=cut.house.fps,
        width=cut.house.width,
        height=cut.house.height,
        frames=cut.timeline.frames,
        items=playing.items(cut),
        clips=[_clip(item, entry) for item, entry in zip(cut.clips, entries, strict=True)],
        music=cut.music.sha256 if cut.music is not None else "",
        under=cut.music.under if cut.music is not None else "",
        captions=playing.captions(cut),
    )


def _clip(item: int, entry: Entry) -> PlayedClip:
    return PlayedClip(
        item=item,
        clip=entry.clip.id or 0,
        sha256=entry.clip.sha256,
        name=entry.name,
        town=entry.town,
        turn=entry.turn,
        proxy=bool(entry.inspection.proxy),
        poster=bool(entry.inspection.poster),
    )
