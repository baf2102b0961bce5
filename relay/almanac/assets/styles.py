"""How an almanac looks and sounds: its theme, format, transitions, captions, music. Kept in `Almanac.style`.

theme                  the theme's name
width height fps …     fields of House that differ from the settings' (timeline.py)
transition             between clips, instead of the theme's: `dissolve`, `cut`, `dip`
into                   `{clip: transition}`: the way into one clip, or into the cards before it
captions, burn         languages that the film carries as tracks; the one that is drawn into the picture
music, under           a Track's number; `film` or `cards`
framing                `faces` (cut to the frame around faces, where they are found) or `whole`
credits                `all` (every accepted participant of the campaign) or `film` (those in it)
language               of the cards, instead of the campaign's
titles                 `{language: {title, subtitle}}`: where the cards are in another language than the film's title
origins                `shown`: with a name stands where the text is from, in the credits the selection's authors
names, children        how adults and children are named (plan/naming.py)
accent, ground         colours of the cards, instead of the theme's; letters: the theme whose letters they have
thanks                 `[{role, name, emblem}]`: who stands behind this film, instead of those behind the campaign
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from relay.almanac import formats
from relay.almanac.assets import looks, music
from relay.almanac.captions.store import checked_language
from relay.almanac.cards import themes
from relay.almanac.cards.colouring import recoloured
from relay.almanac.cards.themes import Theme, Transition
from relay.almanac.formats import Format
from relay.almanac.plan import queries
from relay.almanac.plan.naming import Naming
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import Refused
from relay.language.catalogue import N_, is_spoken, languages
from relay.models import Almanac, Campaign, EventKind
from relay.records import add_event

STYLED = N_("changed the style")
UNDER, FRAMING, CREDITS = ("film", "cards"), ("faces", "whole"), ("all", "film")
ORIGINS = ("hidden", "shown")
OFF = "none"
"""What takes a setting away again: `--music none`, `--captions none`."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed; None leaves a thing as it is, `none` takes it away. `into`: by clip."""

    theme: str | None = None
    format: Format | None = None
    transition: str | None = None
    into: Mapping[int, str] | None = None
    captions: Sequence[str] | None = None
    burn: str | None = None
    music: str | None = None
    under: str | None = None
    framing: str | None = None
    credits: str | None = None
    origins: str | None = None
    title: str | None = None
    subtitle: str | None = None
    language: str | None = None
    names: str | None = None
    children: str | None = None
    accent: str | None = None
    ground: str | None = None
    letters: str | None = None
    titles: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """An almanac's style, read."""

    theme: Theme
    transition: Transition | None
    into: Mapping[int, Transition]
    captions: tuple[str, ...]
    burn: str
    music: int | None
    under: str
    framing: str
    credits: str
    origins: str


def of(almanac: Almanac) -> Style:
    """Raises Refused for a theme that is not there any more."""
    kept = almanac.style
    return Style(
        theme=look_of(kept),
        transition=Transition(kept["transition"]) if kept.get("transition") else None,
        into={int(clip): Transition(way) for clip, way in dict(kept.get("into", {})).items()},
        captions=tuple(kept.get("captions", ())),
        burn=str(kept.get("burn", "")),
        music=kept.get("music"),
        under=str(kept.get("under", UNDER[0])),
        framing=str(kept.get("framing", FRAMING[0])),
        credits=str(kept.get("credits", CREDITS[0])),
        origins=str(kept.get("origins", ORIGINS[0])),
    )


def look_of(kept: Mapping[str, Any], name: str = "") -> Theme:
    """The theme with the film's own colours and letters; `name`: another theme than the film's."""
    chosen = themes.theme(name or str(kept.get("theme", "")))
    return recoloured(
        chosen,
        accent=str(kept.get("accent", "")),
        ground=str(kept.get("ground", "")),
        letters=str(kept.get("letters", "")),
    )


def title_of(almanac: Almanac, language: str) -> tuple[str, str]:
    """Title and subtitle in the language of the cards."""
    said = dict(almanac.style.get("titles", {})).get(language, {})
    return said.get("title") or almanac.title, said.get("subtitle") or almanac.subtitle


@dataclass(frozen=True, slots=True)
class StyleView:
    """An almanac's look. `loudness` in LUFS; `into`: how the film goes into a clip, by its number."""

    name: str
    title: str
    subtitle: str
    theme: str
    width: int
    height: int
    fps: int
    loudness: float
    transition: str
    into: Mapping[str, str]
    captions: list[str]
    burn: str
    music: int | None
    under: str
    framing: str
    credits: str
    origins: str
    language: str
    names: str
    children: str
    accent: str
    ground: str
    letters: str


def change(relay: Relay, slug: str, name: str, wanted: Change, *, person: str, seen: str = "") -> StyleView:
    """Changes what is named, and returns what `show` returns. `seen`: see looks.changing.

    Raises NotFound, Stale, Refused; then nothing is changed.
    """
    with looks.changing(relay, slug, name, did=STYLED, person=person, seen=seen) as draft:
        session, almanac = draft.session, draft.almanac
        style = dict(almanac.style)
        for key, value in _changes(wanted, style).items():
            if value in (None, "", {}, []):
                style.pop(key, None)
            else:
                style[key] = value
        if wanted.music not in (None, OFF):
            style["music"] = music.find(session, almanac.campaign_id, _number(wanted.music or "")).id
        almanac.style = style
        if wanted.title is not None:
            almanac.title = " ".join(wanted.title.split())
        if wanted.subtitle is not None:
            almanac.subtitle = " ".join(wanted.subtitle.split())
        _format(relay, almanac, wanted.format)
        of(almanac)  # refuses colours that could not be read
        session.add(almanac)
        said = {key: value for key, value in asdict(wanted).items() if value is not None}
        said["into"] = {str(clip): way for clip, way in (wanted.into or {}).items()}
        add_event(session, relay.now(), almanac, EventKind.styled, person, **said)
        return _shown(relay, draft.campaign, almanac)


def show(relay: Relay, slug: str, name: str) -> StyleView:
    """Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        return _shown(relay, session.get_one(Campaign, almanac.campaign_id), almanac)


def titles(relay: Relay, slug: str, name: str) -> dict[str, str]:
    """`title` and `subtitle`, and those in other languages as `title.fr`. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
    found = {"title": almanac.title, "subtitle": almanac.subtitle}
    for code, said in dict(almanac.style.get("titles", {})).items():
        found |= {f"{word}.{code}": text for word, text in said.items()}
    return found


def _shown(relay: Relay, campaign: Campaign, almanac: Almanac) -> StyleView:
    style, house = of(almanac), queries.house_of(relay.settings, almanac)
    return StyleView(
        name=almanac.name,
        title=almanac.title,
        subtitle=almanac.subtitle,
        theme=style.theme.name,
        width=house.width,
        height=house.height,
        fps=house.fps,
        loudness=house.loudness,
        transition=style.transition or style.theme.clips,
        into={str(clip): way for clip, way in style.into.items()},
        captions=list(style.captions),
        burn=style.burn,
        music=style.music,
        under=style.under,
        framing=style.framing,
        credits=style.credits,
        origins=style.origins,
        language=queries.language_of(campaign, almanac),
        names=str(almanac.style.get("names", Naming.full)),
        children=str(almanac.style.get("children", Naming.full)),
        accent=str(almanac.style.get("accent", "")),
        ground=str(almanac.style.get("ground", "")),
        letters=str(almanac.style.get("letters", "")),
    )


def _changes(wanted: Change, style: Mapping[str, Any]) -> dict[str, object]:
    """Keys of the style and their new values; an empty one is taken away. Raises Refused."""
    made: dict[str, Any] = {}
    if wanted.theme is not None:
        made["theme"] = themes.theme(wanted.theme).name
    if wanted.transition is not None:
        made["transition"] = "" if wanted.transition == OFF else _transition(wanted.transition)
    if wanted.into:
        ways = {str(clip): way for clip, way in dict(style.get("into", {})).items()}
        ways |= {str(clip): "" if way == OFF else _transition(way) for clip, way in wanted.into.items()}
        made["into"] = {clip: way for clip, way in ways.items() if way}
    if wanted.captions is not None:
        made["captions"] = [] if list(wanted.captions) == [OFF] else [checked_language(one) for one in wanted.captions]
    if wanted.burn is not None:
        made["burn"] = "" if wanted.burn == OFF else checked_language(wanted.burn)
    if wanted.music == OFF:
        made["music"] = None
    for key, value, allowed in (
        ("under", wanted.under, UNDER),
        ("framing", wanted.framing, FRAMING),
        ("credits", wanted.credits, CREDITS),
        ("origins", wanted.origins, ORIGINS),
        ("names", wanted.names, tuple(Naming)),
        ("children", wanted.children, tuple(Naming)),
    ):
        if value is not None:
            made[key] = _one_of(value, allowed)
    return made | _of_the_cards(wanted, style)


def _of_the_cards(wanted: Change, style: Mapping[str, Any]) -> dict[str, Any]:
    """Language, colours and letters of the cards."""
    made: dict[str, Any] = {}
    if wanted.language is not None:
        made["language"] = "" if wanted.language == OFF else _spoken(wanted.language)
    for key, value in (("accent", wanted.accent), ("ground", wanted.ground)):
        if value is not None:
            made[key] = "" if value in (OFF, "") else themes.hexadecimal(value)
    if wanted.letters is not None:
        made["letters"] = "" if wanted.letters in (OFF, "") else themes.theme(wanted.letters).name
    if wanted.titles is not None:
        given = {_spoken(code): dict(said) for code, said in wanted.titles.items()}
        known = {**dict(style.get("titles", {})), **given}
        made["titles"] = {code: said for code, said in known.items() if any(said.values())}
    return made


def _spoken(language: str) -> str:
    if not is_spoken(language):
        raise Refused(
            "Cards can't be in {language}.", hint="There are: {known}.", language=language, known=", ".join(languages())
        )
    return language


def _format(relay: Relay, almanac: Almanac, wanted: Format | None) -> None:
    """Segments are kept in frames of the almanac's rate, so the rate stays what it was when they were set."""
    if wanted is None:
        return
    before = queries.house_of(relay.settings, almanac)
    if wanted.fps not in (0, before.fps):
        raise Refused(
            "The rate of an almanac is set when it is made.", hint="For one film take: relay almanac render --fps."
        )
    after = formats.applied(before, wanted)
    changed = {"width": after.width, "height": after.height}
    if wanted.loudness is not None:
        changed["loudness"] = wanted.loudness  # type: ignore[assignment]
    almanac.style = {**almanac.style, **changed}


def _transition(text: str) -> str:
    return _one_of(text, tuple(Transition))


def _one_of(value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise Refused("{value} is none of these: {allowed}.", value=repr(value), allowed=", ".join(allowed))
    return str(value)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise Refused("{text} is no number of a piece of music.", hint="See: relay music list.", text=repr(text))
    return int(text)
