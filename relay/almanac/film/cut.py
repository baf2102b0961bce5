"""From clips and words to a cut: which items the film has, how each looks, and which picture lies over it when.

Cards and strips are drawn here (cards/renderer.py), so the result is plain data that timeline.py, ffmpeg.py and
needs.py work from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from relay.almanac.cards.backgrounds import fills
from relay.almanac.cards.between import Between, PlacedCard
from relay.almanac.cards.kinds import KINDS
from relay.almanac.cards.kinds.ending import EndingCard
from relay.almanac.cards.kinds.thanks import ThanksSection
from relay.almanac.cards.kinds.title import TitleCard
from relay.almanac.cards.pacing import page_lengths, reading_seconds
from relay.almanac.cards.people import Cast, Person
from relay.almanac.cards.places import MouthsSeen
from relay.almanac.cards.renderer import CardImage, CardRenderer, CreditsPage
from relay.almanac.cards.themes import Theme, Transition, theme
from relay.almanac.film.chapters import Chapter, in_order
from relay.almanac.film.cues import Cue, srt, within
from relay.almanac.film.ffmpeg import Composition, Hold, Overlay, Still, View
from relay.almanac.film.footage import Footage
from relay.almanac.film.framing import NO_FACES, FacesSeen
from relay.almanac.film.mouths import looks_of
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.timeline import Item, ItemKind, ShotKind, Span, Timeline, lay_out, strip_frames
from relay.almanac.formats import House
from relay.errors import Refused

TEXT_FADE = 10
"""Frames in which words come and go."""
PAGE_BACKERS = 6
"""Organizers and partners on a page that is shown for the house's `page_seconds`; a fuller one stays longer."""


Bring = Callable[[], Path]
"""Brings a file to this machine when it is to be read. Raises NotFound, StorageDown, DiskFull."""


@dataclass(frozen=True, slots=True)
class Subclip:
    """A clip as it is to be used: `first` to `last` in frames of the film's rate, `last` None for its end.

    `before`: cards in front of it; `into`: how the film goes over into them, or into it (None: the theme's way).
    `captions`: what is said, by language, in seconds of the clip. `framing`: see ffmpeg.Composition. `faces`: those
    that were found in the whole clip. `is_named`: its name stands over it. `joined`: it is a piece of a text that other
    clips read too, and goes over into its neighbours within so many frames.
    """

    footage: Footage
    path: Path | Bring
    person: Person
    first: int = 0
    last: int | None = None
    before: tuple[Between, ...] = ()
    into: Transition | None = None
    captions: Mapping[str, Sequence[Cue]] = field(default_factory=dict)
    framing: tuple[Hold, ...] = ()
    faces: FacesSeen = NO_FACES
    is_named: bool = True
    joined: int = 0

    def span(self, house: House) -> Span:
        """Raises Refused where nothing is left of the clip."""
        available = self.footage.frames(house)
        last = available if self.last is None else min(self.last, available)
        if not 0 <= self.first < last:
            raise Refused(
                "Nothing is left of a clip between its frames {first} and {last}.", first=self.first, last=last
            )
        return Span(self.first, last)

    def item(self, house: House, *, named: bool) -> Item:
        reading = house.frames(reading_seconds(self.person.name, self.person.town, self.person.origin))
        return Item(ItemKind.clip, self.span(house).frames, named=named, reading=reading if named else 0)

    def named(self, house: House) -> tuple[int, int]:
        """Frames of the clip, first and how many, over which its name stands, whatever is beside it in the film."""
        span = self.span(house)
        return span.first, min(span.frames, strip_frames(self.item(house, named=True), house.fade, house))

    def looks(self, house: House) -> list[MouthsSeen]:
        """At the faces in the frame while the name stands there."""
        return looks_of(self.faces, self.footage, self.framing, *self.named(house), house)


@dataclass(frozen=True, slots=True)
class Words:
    """What the cards say. Without a title the film begins with its first clip."""

    title: str = ""
    subtitle: str = ""
    hashtag: str = ""
    dates: str = ""
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class Script:
    """What a film has besides its clips. `after`: cards behind the last clip. `others`: who took part besides.
    `texts`: authors that are read, with links. `thanks`: who stands behind it.

    `burn`: the language whose captions are drawn into the picture; `tracks`: those that the film carries beside it.
    """

    theme: Theme = field(default_factory=theme)
    after: tuple[Between, ...] = ()
    others: tuple[Person, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    thanks: tuple[ThanksSection, ...] = ()
    music: MusicBed | None = None
    music_path: Path | None = None
    burn: str = ""
    tracks: tuple[str, ...] = ()
    chapters: bool = False


Renderer = Callable[[Path, House, str, Theme], CardRenderer]


@dataclass(frozen=True, slots=True)
class CardText:
    """What a card says, for those who want to write it anew: its kind, and its words by name (models.Card)."""

    kind: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cut:
    """`compositions[i]` is what item i of the timeline shows. `files`: every picture and original by its sha256.

    `clips[i]`: which item shows clip i. `cues`: captions in film time, by language, those first that are tracks.
    `cards`: what is written on the items that are cards.
    `poster`: the frame that was chosen to stand for the film. `credits`: frames of the pages with names.
    """

    house: House
    timeline: Timeline
    compositions: tuple[Composition, ...]
    files: Mapping[str, Path | Bring]
    title: str = ""
    clips: tuple[int, ...] = ()
    music: MusicBed | None = None
    chapters: tuple[Chapter, ...] = ()
    cues: Mapping[str, Sequence[Cue]] = field(default_factory=dict)
    cards: Mapping[int, CardText] = field(default_factory=dict)
    poster: int | None = None
    credits: int = 0

    def file(self, sha256: str) -> Path:
        """Where a picture or an original can be read; it is brought to this machine now, if it isn't here."""
        found = self.files[sha256]
        return found() if callable(found) else found

    @property
    def captions(self) -> Mapping[str, str]:
        """SubRip texts in film time, by language, which the film carries as tracks."""
        return {language: srt(cues) for language, cues in self.cues.items() if cues}


def draw_up(
    clips: Sequence[Subclip],
    words: Words,
    house: House,
    folder: Path,
    *,
    credits: bool = True,
    script: Script | None = None,
    renderer: Renderer | None = None,
) -> Cut:
    """Title, clips with the cards between them, credits pages and an end page. `folder` keeps the cards.

    `renderer`: of the cards, also one that only sketches them. Raises Refused without clips.
    """
    if not clips:
        raise Refused("There are no clips for the film.")
    script = script or Script()
    director = _Director((renderer or CardRenderer)(folder, house, words.language, script.theme), house, script)
    if words.title:
        director.title(words)
    for clip in clips:
        director.clip(clip)
    for card in script.after:
        director.between(card)
    if credits:
        director.endings(clips, words)
    return director.cut(words)


def alone(clip: Subclip, house: House, folder: Path, language: str = "ru") -> Cut:
    """A clip as it will stand in any film, with a dissolve at both ends; what is beside it is left open."""
    strip = CardRenderer(folder, house, language).strip(clip.person, clip.looks(house))
    span = clip.span(house)
    beside = Item(ItemKind.card, house.piece)
    timeline = lay_out([beside, clip.item(house, named=strip is not None), beside], house)
    open_side = Composition(Still(""), house.piece)
    middle = Composition(clip.footage, span.frames, span.first, _strip(strip, timeline, 1, house))
    files: dict[str, Path | Bring] = {clip.footage.sha256: clip.path}
    if strip is not None:
        files[strip.sha256] = strip.path
    return Cut(house, timeline, (open_side, middle, open_side), files, clips=(1,))


def by_itself(cut: Cut, item: int) -> Cut:
    """One item of a film with the shots that are its own: no dissolve, no other item, no music."""
    shots = tuple(shot for shot in cut.timeline.shots if shot.item == item and shot.kind is not ShotKind.fade)
    compositions = tuple(
        one if number == item else Composition(Still(""), one.frames) for number, one in enumerate(cut.compositions)
    )
    return replace(
        cut, timeline=replace(cut.timeline, shots=shots), compositions=compositions, clips=(item,), music=None
    )


@dataclass(frozen=True, slots=True)
class _Card:
    """`shown`: when its words are there; a dissolve takes them along where they reach the item's end.

    `motion`: the camera's way over `ground`.
    """

    ground: CardImage
    text: CardImage | None
    frames: int
    shown: Span
    fade_in: int = 0
    fade_out: int = 0
    from_black: int = 0
    to_black: int = 0
    motion: tuple[View, View] | None = None

    def composition(self) -> Composition:
        layer = None
        if self.text is not None:
            layer = Overlay(self.text.sha256, self.text.x, self.text.y, self.shown, self.fade_in, self.fade_out)
        still = Still(self.ground.sha256)
        return Composition(still, self.frames, 0, layer, self.from_black, self.to_black, motion=self.motion)


@dataclass(frozen=True, slots=True)
class _Scene:
    """An item that is to come, with what its look will be made of.

    `chapter`: what a chapter that begins here is called; `divides`: a card says so.
    """

    item: Item
    card: _Card | None = None
    clip: Subclip | None = None
    strip: CardImage | None = None
    chapter: str = ""
    divides: bool = False
    said: CardText | None = None


class _Director:
    """Puts scenes in a row; what depends on their place in time is worked out at the end, in `cut`."""

    def __init__(self, cards: CardRenderer, house: House, script: Script) -> None:
        self.cards, self.house, self.script = cards, house, script
        self._scenes: list[_Scene] = []
        self._pictures = self._credits = 0

    # --- scenes ---

    def title(self, words: Words) -> None:
        frames = self.house.frames(self.house.title_seconds)
        rise = min(TEXT_FADE, frames // 6)
        picture = self.cards.draw(TitleCard(words.title, words.subtitle, words.hashtag))
        self._card(
            _Card(self.cards.ground, picture, frames, Span(rise // 2, frames), rise, 0, from_black=rise),
            words.title,
            said=CardText("title", {"title": words.title, "subtitle": words.subtitle, "hashtag": words.hashtag}),
        )

    def clip(self, clip: Subclip) -> None:
        for number, card in enumerate(clip.before):
            self.between(card, clip.into if not number else None)
        strip = self.cards.strip(clip.person, clip.looks(self.house)) if clip.is_named else None
        self._over(ItemKind.clip, clip.into if not clip.before else None, clip.joined)
        self._scenes.append(_Scene(clip.item(self.house, named=strip is not None), clip=clip, strip=strip))

    def between(self, card: Between, into: Transition | None = None) -> None:
        design = KINDS[card.kind]
        placed = design.place(card, self.house)
        if placed is not None:
            chapter = card.words.get("title", "") if design.divides else ""
            said = CardText(card.kind, dict(card.words))
            self._card(self._placed(placed, card.seconds), chapter, into, divides=design.divides, said=said)

    def endings(self, clips: Sequence[Subclip], words: Words) -> None:
        """Pages follow each other on the same ground, so only their words come and go.

        The first page's words come after the dissolve into it, which so stays the same when one of them changes.
        """
        house = self.house
        cast = Cast([clip.person for clip in clips], self.script.others, self.script.texts)
        dips = self.script.theme.chapters is Transition.dip
        pages, thanks = self.cards.credits(cast), self._thanks()
        lengths = page_lengths([page.people for page in pages], house.page_seconds)
        lengths += [house.page_seconds * max(1.0, page.people / PAGE_BACKERS) for page in thanks]
        for number, (page, seconds) in enumerate(zip([*pages, *thanks], lengths, strict=True)):
            frames = house.frames(seconds)
            self._credits += frames
            edge = min(TEXT_FADE, frames // 6)
            first = 0 if number else min(self._dip_frames if dips else house.fade, frames // 3)
            self._card(
                _Card(self.cards.ground, page.picture, frames, Span(first, frames), edge, edge),
                self.cards.words["people"] if not number else "",
                Transition.cut if number else None,
                said=CardText("credits", {"people": _listed(cast)} if not number else {}),
            )
        frames = house.frames(house.end_seconds)
        if frames:
            edge = min(TEXT_FADE, frames // 6)
            picture = self.cards.draw(EndingCard(words.hashtag, words.dates, _credited(self.script.music)))
            shown = Span(0, frames - edge // 2)
            card = _Card(self.cards.ground, picture, frames, shown, edge, edge, to_black=edge)
            ending = {"hashtag": words.hashtag, "dates": words.dates, "music": _credited(self.script.music)}
            self._card(card, "", Transition.cut if pages else None, said=CardText("ending", ending))

    def _thanks(self) -> list[CreditsPage]:
        return self.cards.thanks(self.script.thanks) if self.script.thanks else []

    def _card(
        self,
        card: _Card,
        chapter: str = "",
        into: Transition | None = None,
        *,
        divides: bool = False,
        said: CardText | None = None,
    ) -> None:
        self._over(ItemKind.card, into)
        item = Item(ItemKind.card, card.frames)
        self._scenes.append(_Scene(item, card=card, chapter=chapter, divides=divides, said=said))

    def _over(self, kind: ItemKind, into: Transition | None, joined: int = 0) -> None:
        """Sets how the last scene goes over into one of this kind, which is `joined` to its own kind."""
        if not self._scenes:
            return
        last = self._scenes[-1]
        both = last.item.kind is ItemKind.clip and kind is ItemKind.clip
        look = self.script.theme
        way = into or (look.clips if both else look.chapters)
        item = replace(last.item, cut=way is Transition.cut)
        if way is Transition.dip:
            item = replace(item, fade=self._dip_frames, dip=look.dip_colour)
        elif joined and last.clip is not None and last.clip.joined:
            item = replace(item, fade=min(joined, last.clip.joined))
        self._scenes[-1] = replace(last, item=item)

    @property
    def _dip_frames(self) -> int:
        return 2 * self.house.frames(self.script.theme.dip_seconds / 2)

    def _placed(self, placed: PlacedCard, seconds: float) -> _Card:
        """`seconds` 0: as long as the card needs."""
        frames = self.house.frames(seconds or placed.seconds)
        text = None if placed.text is None else self.cards.draw(placed.text)
        if placed.photo is None or placed.picture is None:
            return _Card(self.cards.ground, text, frames, Span(0, frames))
        self._pictures += 1
        motion = _motion(self._pictures, fills=fills(placed.photo.shape, self.house))
        edge = min(TEXT_FADE, frames // 6)
        return _Card(self.cards.draw(placed.picture), text, frames, Span(0, frames), edge, 0, motion=motion)

    # --- the whole ---

    def cut(self, words: Words) -> Cut:
        timeline = lay_out([scene.item for scene in self._scenes], self.house)
        files: dict[str, Path | Bring] = {}
        compositions = [self._composition(number, scene, timeline, files) for number, scene in enumerate(self._scenes)]
        if self.script.music is not None and self.script.music_path is not None:
            files[self.script.music.sha256] = self.script.music_path
        return Cut(
            house=self.house,
            timeline=timeline,
            compositions=tuple(compositions),
            files=files,
            title=words.title,
            clips=tuple(number for number, scene in enumerate(self._scenes) if scene.clip is not None),
            music=self.script.music,
            chapters=self._chapters(timeline) if self.script.chapters else (),
            cues={language: self._cues(language, timeline) for language in self.script.tracks},
            cards={number: scene.said for number, scene in enumerate(self._scenes) if scene.said is not None},
            credits=self._credits,
        )

    def _composition(
        self, number: int, scene: _Scene, timeline: Timeline, files: dict[str, Path | Bring]
    ) -> Composition:
        if scene.card is not None:
            for picture in (scene.card.ground, scene.card.text):
                if picture is not None:
                    files[picture.sha256] = picture.path
            return scene.card.composition()
        clip = scene.clip
        assert clip is not None
        files[clip.footage.sha256] = clip.path
        if scene.strip is not None:
            files[scene.strip.sha256] = scene.strip.path
        layer = _strip(scene.strip, timeline, number, self.house)
        above = self._burned(number, scene, timeline, files)
        return Composition(clip.footage, scene.item.frames, clip.first, layer, above=above, framing=clip.framing)

    def _burned(
        self, number: int, scene: _Scene, timeline: Timeline, files: dict[str, Path | Bring]
    ) -> tuple[Overlay, ...]:
        """Captions of a clip as layers; while the name stands there, they stand above it."""
        strip_span, layers = timeline.strips[number], []
        for span, text in self._said(self.script.burn, number, timeline):
            meets = strip_span is not None and strip_span.meets(span)
            drawn = self.cards.caption(text, scene.strip if meets and _is_below(scene.strip, self.house) else None)
            if drawn is not None:
                files[drawn.sha256] = drawn.path
                layers.append(Overlay(drawn.sha256, drawn.x, drawn.y, span))
        return tuple(layers)

    def _said(self, language: str, number: int, timeline: Timeline) -> list[tuple[Span, str]]:
        """A clip's captions in frames of its item; each side of a dissolve has its own half of it."""
        clip = self._scenes[number].clip
        if clip is None or not clip.captions.get(language):
            return []
        fps, frames = self.house.fps, self._scenes[number].item.frames
        first = clip.first + timeline.head(number) // 2
        last = clip.first + frames - (timeline.tail(number) + 1) // 2
        offset = first - clip.first
        said = []
        for cue in within(clip.captions[language], first / fps, last / fps):
            span = Span(offset + round(cue.start * fps), offset + round(cue.end * fps))
            if span.frames > 0:
                said.append((span, cue.text))
        return said

    def _cues(self, language: str, timeline: Timeline) -> tuple[Cue, ...]:
        fps = self.house.fps
        return tuple(
            Cue((timeline.starts[number] + span.first) / fps, (timeline.starts[number] + span.last) / fps, text)
            for number in range(len(self._scenes))
            for span, text in self._said(language, number, timeline)
        )

    def _chapters(self, timeline: Timeline) -> tuple[Chapter, ...]:
        """By the chapter cards where there are any, else one for each participant."""
        carded = any(scene.divides for scene in self._scenes)
        made = []
        for scene, start in zip(self._scenes, timeline.starts, strict=True):
            if scene.chapter:
                made.append(Chapter(start, scene.chapter))
            elif scene.clip is not None and scene.clip.is_named and not carded:
                person = scene.clip.person
                made.append(Chapter(start, person.name or person.town or self.cards.words["nobody"]))
        return tuple(in_order(made, timeline.frames))


def _motion(number: int, *, fills: bool) -> tuple[View, View]:
    """Towards the picture, the next time away from it; less where the ground beside it moves along."""
    near = View(0.515, 0.48, 1.1) if fills else View(0.5, 0.485, 1.04)
    if number % 4 >= 2:
        near = View(1 - near.x, near.y, near.zoom)
    far = View(0.5, 0.5, 1.0)
    return (far, near) if number % 2 else (near, far)


def _listed(cast: Cast) -> str:
    """Everybody whom the credits name, a person a line."""
    people = (", ".join(word for word in (one.name, one.town) if word) for one in (*cast.people, *cast.others))
    return "\n".join(dict.fromkeys(line for line in people if line))


def _credited(music: MusicBed | None) -> str:
    if music is None:
        return ""
    return f"{music.author} — {music.title}" if music.author else music.title


def _is_below(strip: CardImage | None, house: House) -> bool:
    return strip is not None and strip.y > house.height / 2


def _strip(strip: CardImage | None, timeline: Timeline, item: int, house: House) -> Overlay | None:
    """In a dissolve at that end the name comes and goes with the picture; otherwise softly by itself."""
    span = timeline.strips[item]
    if strip is None or span is None:
        return None
    edge = 0 if house.strip_in_fades else min(TEXT_FADE, span.frames // 4)
    begin = 0 if span.first < timeline.head(item) else edge
    end = 0 if span.last > timeline.items[item].frames - timeline.tail(item) else edge
    return Overlay(strip.sha256, strip.x, strip.y, span, begin, end)
