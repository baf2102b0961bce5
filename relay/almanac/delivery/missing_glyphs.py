"""What of a film's words no font can draw, told before it is made, so that a person can write it in other letters.

Nobody is left out for it: of a name the rest is drawn, and where nothing is left, “a participant” keeps the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from relay.almanac.assets import backers, cards, styles
from relay.almanac.assets.styles import CREDITS
from relay.almanac.captions import store as captions
from relay.almanac.cards.typography import has_letters, missing, readable
from relay.almanac.cards.words import card_words
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import Almanac, Campaign
from relay.permissions.rules import uses_of


class Where(StrEnum):
    """Whose letters. `whole`: a name of which nothing is left."""

    whole = "whole"
    name = "name"
    town = "town"
    caption = "caption"
    card = "card"


SENTENCES: Mapping[Where, str] = {
    Where.whole: "Clip {clip}: no font has the letters of the name “{text}”; the film says “{instead}” in its place. "
    "Write it in other letters: relay clip edit {clip} --name …",
    Where.name: "Clip {clip}: no font has these letters of the name “{text}”: {letters}. "
    "Write it in others: relay clip edit {clip} --name …",
    Where.town: "Clip {clip}: no font has these letters of the town “{text}”: {letters}. "
    "Write it in others: relay clip edit {clip} --town …",
    Where.caption: "Clip {clip}: no font has these letters of the caption “{text}”: {letters}.",
    Where.card: "No font has these letters of the card “{text}”: {letters}.",
}


@dataclass(frozen=True, slots=True)
class UndrawnText:
    """A text and those of its `letters` that no font has; `clip` is None for a card of the film.

    `instead`: what stands in the place of a name of which nothing is left.
    """

    clip: int | None
    what: Where
    text: str
    letters: list[str]
    instead: str


def of_film(relay: Relay, slug: str, name: str) -> list[UndrawnText]:
    """Of everything that a film of the plan will show. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
        people = _people(session, campaign, almanac, relay.now())
        captions = _captions(session, [clip for clip, _, _ in people], str(almanac.style.get("burn", "")))
        language, thanked = queries.language_of(campaign, almanac), backers.words(session, campaign, almanac)
    title, subtitle = styles.title_of(almanac, language)
    cards = [title or campaign.title, subtitle, *_cards(relay, slug, name), *thanked]
    return [
        *(one for clip, who, town in people for one in of_person(clip, who, town, language)),
        *(_told(clip, Where.caption, text) for clip, text in captions if missing(text)),
        *(_told(None, Where.card, text) for text in cards if missing(text)),
    ]


def lacks(texts: Iterable[str]) -> bool:
    """Whether any of them holds a letter that can't be drawn."""
    return bool(missing(" ".join(texts)))


def of_person(clip: int | None, name: str, town: str, language: str) -> Iterator[UndrawnText]:
    """The same of a participant in a film in that language."""
    if missing(name):
        left = has_letters(readable(name))
        nobody = card_words(language)["nobody"]
        yield _told(clip, Where.name if left else Where.whole, name, "" if left else nobody)
    if missing(town):
        yield _told(clip, Where.town, town)


def line(one: UndrawnText) -> tuple[str, Mapping[str, object]]:
    """Its sentence, which is a message id, and what fills it."""
    words = {"clip": one.clip, "text": one.text, "letters": " ".join(one.letters), "instead": one.instead}
    return SENTENCES[one.what], words


def _told(clip: int | None, what: Where, text: str, instead: str = "") -> UndrawnText:
    return UndrawnText(clip, what, " ".join(text.split()), list(missing(text)), instead)


def _people(session: Session, campaign: Campaign, almanac: Almanac, now: datetime) -> list[tuple[int | None, str, str]]:
    """Clip, name and town of everybody who is named in the film: those in it, and those who are thanked besides."""
    there = [(entry.clip.id, entry.credited, entry.town) for entry in queries.entries(session, almanac, now=now)]
    if almanac.style.get("credits", CREDITS[0]) != "all":
        return list(there)
    shown = {clip for clip, _, _ in there}
    accepted = queries.approved(session, campaign, uses=uses_of(almanac.uses), now=now)
    others = (clip for clip in accepted if clip.id not in shown)
    return [*there, *((clip.id, clip.name, clip.town) for clip in others)]


def _captions(session: Session, clips: Sequence[int | None], language: str) -> list[tuple[int, str]]:
    """Those that are drawn into the picture."""
    if not language:
        return []
    said = captions.of_clips(session, [clip for clip in clips if clip is not None])
    return [(clip, cue.text) for clip, spoken in said.items() for cue in spoken.get(language, ())]


def _cards(relay: Relay, slug: str, name: str) -> list[str]:
    listed = cards.listing(relay, slug, name)
    return [text for card in listed for part, text in card.words.items() if part.split(".")[0] != "link"]
