"""What a version has that the one before it had not, by their manifests: for whoever watches it again. Pure.

Older manifests tell less: what they don't say counts as unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relay.almanac.delivery.reviewing.carrying import Manifest, PlacedClip, placed
from relay.almanac.plan import rules
from relay.language.catalogue import N_


class Changed(StrEnum):
    """In the order in which they are told."""

    came = "in"
    went = "out"
    withdrawn = "withdrawn"
    moved = "moved"
    trimmed = "trimmed"
    named = "named"
    turned = "turned"
    card_added = "card in"
    card_removed = "card out"
    card_changed = "card changed"
    film_title = "title"
    music = "music"
    no_music = "no music"
    captions = "captions"
    looks = "looks"
    shape = "format"


SENTENCES: Mapping[Changed, str] = {
    Changed.came: N_("New: {name}."),
    Changed.went: N_("Not in it any more: {name}."),
    Changed.withdrawn: N_("Not in it any more: somebody who has taken their video back."),
    Changed.moved: N_("In another place: {name}."),
    Changed.trimmed: N_("Cut differently: {name}, {now:.1f} s instead of {before:.1f} s."),
    Changed.named: N_("Another name: “{name}” instead of “{was}”."),
    Changed.turned: N_("Turned: {name}."),
    Changed.card_added: N_("A new card: {name}."),
    Changed.card_removed: N_("A card less: {name}."),
    Changed.card_changed: N_("Other words on a card: “{name}” instead of “{was}”."),
    Changed.film_title: N_("Another title: “{name}” instead of “{was}”."),
    Changed.music: N_("Other music: {name}."),
    Changed.no_music: N_("The music is gone."),
    Changed.captions: N_("Other captions: {name}."),
    Changed.looks: N_("The cards look different."),
    Changed.shape: N_("Another format: {name} instead of {was}."),
}


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One difference. `clip`: of which, if of one; `before`, `now`: how many seconds of it were and are used."""

    what: Changed
    name: str = ""
    was: str = ""
    clip: int | None = None
    before: float = 0.0
    now: float = 0.0


def between(before: Manifest, after: Manifest, withdrawn: Sequence[int] = ()) -> list[VersionChange]:
    """`withdrawn`: clips that their participants have taken back; those are told without a name."""
    if not before or not after:
        return []
    gone = set(withdrawn)
    found = [*_clips(before, after, gone), *_cards(before, after), *_whole(before, after)]
    return sorted(found, key=lambda one: list(Changed).index(one.what))


def _clips(before: Manifest, after: Manifest, gone: set[int]) -> Iterator[VersionChange]:
    was, there = _by_clip(placed(before)), _by_clip(placed(after))
    left = [number for number in was if number not in there]
    if gone & set(left):
        yield VersionChange(Changed.withdrawn)
    yield from (VersionChange(Changed.went, person(was[one][0]), clip=one) for one in left if one not in gone)
    new = [pieces[0] for clip, pieces in there.items() if clip not in was]
    yield from (VersionChange(Changed.came, person(one), clip=one.clip) for one in new)
    stayed = [number for number in was if number in there]
    moved = set(stayed) - rules.unmoved(stayed, [number for number in there if number in was])
    turns = _turns(before), _turns(after)
    for number in stayed:
        if number in moved:
            yield VersionChange(Changed.moved, person(there[number][0]), clip=number)
        yield from _of_both(was[number], there[number])
        if turns[0].get(number, 0) != turns[1].get(number, 0):
            yield VersionChange(Changed.turned, person(there[number][0]), clip=number)


def _by_clip(clips: Sequence[PlacedClip]) -> dict[int, list[PlacedClip]]:
    """The pieces in which each stands in the film; of most there is one."""
    found: dict[int, list[PlacedClip]] = {}
    for one in clips:
        found.setdefault(one.clip, []).append(one)
    return found


def _of_both(before: Sequence[PlacedClip], now: Sequence[PlacedClip]) -> Iterator[VersionChange]:
    old, new = before[0], now[0]
    if (old.name, old.town) != (new.name, new.town):
        yield VersionChange(Changed.named, person(new), person(old), new.clip)
    if len(before) != len(now) or any(map(_differs, before, now)):
        lengths = [sum(one.end - one.start for one in pieces) for pieces in (before, now)]
        yield VersionChange(Changed.trimmed, person(new), clip=new.clip, before=lengths[0], now=lengths[1])


def _differs(old: PlacedClip, new: PlacedClip) -> bool:
    """By more than the frame that another rate makes of it."""
    frame = 0.05
    return abs(old.source - new.source) > frame or abs(old.source_end - new.source_end) > frame


def _turns(manifest: Manifest) -> dict[int, int]:
    return {int(one["clip"]): int(one.get("turn", 0)) for one in manifest.get("clips", [])}


def _cards(before: Manifest, after: Manifest) -> Iterator[VersionChange]:
    """Cards are known again by their kind and what they stand before."""
    if "cards" not in before or "cards" not in after:
        return
    was, there = _by_place(before["cards"]), _by_place(after["cards"])
    for place, words in there.items():
        if place not in was:
            yield VersionChange(Changed.card_added, words)
        elif was[place] != words:
            yield VersionChange(Changed.card_changed, words, was[place])
    yield from (VersionChange(Changed.card_removed, words) for place, words in was.items() if place not in there)


def _by_place(cards: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], str]:
    found: dict[tuple[Any, ...], str] = {}
    for card in cards:
        place, number = (card["kind"], card["before"]), 0
        while (*place, number) in found:
            number += 1
        found[(*place, number)] = _told(card)
    return found


def _told(card: Mapping[str, Any]) -> str:
    words = card.get("words") or {}
    return str(next((words[name] for name in ("title", "text", "source") if words.get(name)), "—"))[:80]


def _whole(before: Manifest, after: Manifest) -> Iterator[VersionChange]:
    if before.get("title", "") != after.get("title", ""):
        yield VersionChange(Changed.film_title, after.get("title") or "—", before.get("title") or "—")
    if "music" in before and "music" in after and _music(before) != _music(after):
        yield VersionChange(Changed.music, _music(after)) if _music(after) else VersionChange(Changed.no_music)
    if changed := _spoken_otherwise(before, after):
        yield VersionChange(Changed.captions, ", ".join(changed))
    if "style" in before and "style" in after and _looks(before) != _looks(after):
        yield VersionChange(Changed.looks)
    shapes = shape(before), shape(after)
    if all(shapes) and shapes[0] != shapes[1]:
        yield VersionChange(Changed.shape, shapes[1], shapes[0])


def _spoken_otherwise(before: Manifest, after: Manifest) -> list[str]:
    """All languages of the captions where one came or went, else those whose words are others. Manifests of long
    ago don't tell these.
    """
    there = [sorted(one.get("captions", {})) for one in (before, after)]
    if there[0] != there[1]:
        return there[1] or ["—"]
    said = [one.get("captions_said") for one in (before, after)]
    if said[0] is None or said[1] is None:
        return []
    return [language for language in there[1] if said[0].get(language) != said[1].get(language)]


def _music(manifest: Manifest) -> str:
    music = manifest.get("music") or {}
    return " · ".join(str(music[name]) for name in ("title", "author") if music.get(name))


def _looks(manifest: Manifest) -> dict[str, Any]:
    """What of the style is not told of elsewhere."""
    told = {"music", "under", "captions", "width", "height", "fps"}
    return {name: value for name, value in manifest["style"].items() if name not in told}


def shape(manifest: Manifest) -> str:
    """`1920×1080, 25`; empty where the manifest doesn't tell."""
    house = manifest.get("house") or {}
    sides = house.get("width"), house.get("height"), house.get("fps")
    return "{}×{}, {}".format(*sides) if all(sides) else ""


def person(clip: PlacedClip) -> str:
    """`Анна, Мга`; a clip whose reader nobody has named is told by its number."""
    return ", ".join(text for text in (clip.name, clip.town) if text) or f"№ {clip.clip}"
