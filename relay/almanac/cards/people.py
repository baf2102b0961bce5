"""Who is named on cards, and how: each person once, and a place also for whom no name, or no font, is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relay.almanac.cards.typography import has_letters, missing, readable
from relay.almanac.cards.words import card_words, counted


@dataclass(frozen=True, slots=True)
class Person:
    """`origin`: where the text is from that they read, in the cards' language; only a name strip shows it."""

    name: str
    town: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is thanked at the end: those in the film, those who took part besides."""

    people: Sequence[Person]
    others: Sequence[Person] = ()
    texts: Sequence[tuple[str, str]] = ()
    """Authors of the selection's texts that are read, with where the text is found."""


@dataclass(frozen=True, slots=True)
class CreditsSection:
    """A heading, and under it lines of name and town; one without names has numbers of people and their towns."""

    heading: str
    lines: Sequence[tuple[str, str]]


def shown_name(name: str, words: Mapping[str, str]) -> str:
    """What stands for a name: what of it can be drawn, “a participant” where nothing can, nothing for no name."""
    drawn = readable(name)
    return words["nobody"] if missing(name) and not has_letters(drawn) else drawn


def sections(cast: Cast, language: str) -> list[CreditsSection]:
    """Everybody, each person once, in the order given; those without a name come last, by town."""
    words = card_words(language)
    named, more = _named(cast.people, words), _named(cast.others, words)
    unknown = [readable(who.town) for who in (*cast.people, *cast.others) if not shown_name(who.name, words)]
    found = (
        CreditsSection(words["people"], list(named.values())),
        CreditsSection(words["others"], [line for key, line in more.items() if key not in named]),
        CreditsSection(words["unknown"], by_town(unknown, language)),
        CreditsSection(words["texts"], [(readable(author), readable(link)) for author, link in cast.texts]),
    )
    return [section for section in found if section.lines]


def by_town(towns: Sequence[str], language: str) -> list[tuple[str, str]]:
    """Participants without names, given by their towns, as lines: how many from where, those of no town last."""
    counts: dict[str, int] = {}
    for town in towns:
        counts[town] = counts.get(town, 0) + 1
    known = [(town, counted(count, language)) for town, count in sorted(counts.items()) if town]
    return known + ([(counted(counts[""], language), "")] if "" in counts else [])


def _named(people: Sequence[Person], words: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """Everybody with a name, once, as it is drawn: by the name as it is written, for two may be drawn alike."""
    return {
        (readable(person.name) + "".join(missing(person.name)), readable(person.town)): (shown, readable(person.town))
        for person in people
        if (shown := shown_name(person.name, words))
    }
