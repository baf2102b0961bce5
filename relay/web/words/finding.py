"""Filters of lists in words: what a field is called, and what a value of it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from relay.language import dates
from relay.language.catalogue import N_, translator
from relay.moderation.consent import SCOPES
from relay.search import filters
from relay.search.filters import UNKNOWN
from relay.sources import networks
from relay.web.words import wording

FIELDS: Mapping[str, str] = {
    "q": N_("Words"),
    "state": N_("State"),
    "match": N_("Match"),
    "network": N_("Network"),
    "source": N_("Source"),
    "district": N_("District"),
    "town": N_("Town"),
    "tag": N_("Tag"),
    "flag": N_("Mark"),
    "shape": N_("Shape"),
    "consent": N_("Consent"),
    "by": N_("Decided by"),
    "came": N_("Came"),
    "text": N_("Text that is read"),
    "quote": N_("Number of the text"),
    "origin": N_("Where the text is from"),
    "heard": N_("Text that was heard, not confirmed"),
    "named": N_("Name, as credited"),
    "double": N_("The same recording"),
    "doubtful": N_("Withdrawn?"),
    "video": N_("Video"),
    "min": N_("Seconds, at least"),
    "max": N_("Seconds, at most"),
    "since": N_("Published from"),
    "until": N_("Published until"),
    "decided_since": N_("Decided from"),
    "decided_until": N_("Decided until"),
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "state": wording.STATES,
    "match": wording.MATCHES,
    "shape": {"upright": N_("Upright"), "wide": N_("Wide"), "square": N_("Square")},
    "came": {"crawled": N_("Found by the tag"), "handed-in": N_("Handed in")},
    "consent": {**{scope.value: text for scope, text in SCOPES.items()}, UNKNOWN: N_("Not known")},
    "origin": {**wording.ORIGINS, UNKNOWN: N_("Not known")},
    "text": {"true": N_("Known"), "false": N_("Not known")},
    "named": {"true": N_("Known"), "false": N_("Not known")},
    "double": {"true": N_("Posted more than once"), "false": N_("Posted once")},
    "doubtful": {"true": N_("Perhaps withdrawn"), "false": N_("Surely there")},
    "video": {
        "none": N_("Without a video"),
        "some": N_("With a video"),
        "clip": N_("With a clip"),
        "waiting": N_("Not fetched yet"),
    },
}
NOBODYS: Mapping[str, str] = {
    **dict.fromkeys(("district", "town", "quote"), N_("Not known")),
    "tag": N_("Without a tag"),
}
ORDERS: Mapping[str, str] = {
    "oldest": N_("Oldest first"),
    "newest": N_("Newest first"),
    "longest": N_("Longest first"),
    "shortest": N_("Shortest first"),
    "name": N_("By name"),
    "decided": N_("Last decided first"),
}
DONE: Mapping[str, str] = {
    **wording.VERDICTS,
    "edit": N_("Corrected"),
    "tag": N_("Tagged “{tag}”"),
    "untag": N_("Tag “{tag}” removed"),
}
"""What was done to many clips, before their number."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One value of a filter; `without` is the address's query when it is taken away."""

    field: str
    text: str
    without: str


def chips(chosen: Any, language: str, titles: Mapping[str, str]) -> list[Chip]:
    """`titles`: of sources, by number."""
    return [
        Chip(FIELDS[name], _text(name, value, language, titles), filters.query(chosen, **_without(chosen, name, value)))
        for name, value in filters.pairs(chosen)
        if name != "sort"
    ]


def done(kind: str, what: str, language: str) -> str:
    text = translator(language).gettext(DONE.get(what if kind == "decide" else kind, what))
    return text[:1].upper() + text[1:].format(tag=what)


def _without(chosen: Any, name: str, value: str) -> dict[str, Any]:
    kept = getattr(chosen, name)
    if not isinstance(kept, tuple):
        return {name: type(chosen).__dataclass_fields__[name].default}
    return {name: tuple(each for each in kept if str(each) != value)}


def _text(name: str, value: str, language: str, titles: Mapping[str, str]) -> str:
    translate: Callable[[str], str] = translator(language).gettext
    if name in VALUES:
        return translate(VALUES[name].get(value, value))
    if value == UNKNOWN and name in NOBODYS:
        return translate(NOBODYS[name])
    if name == "network":
        return networks.describe(value).title(language)
    if name == "flag":
        return translate(wording.flag(value)[1])
    if name.endswith(("since", "until")):
        return dates.short_day(date.fromisoformat(value), language, 0)
    return titles.get(value, value) if name == "source" else value


def twice(values: Sequence[str]) -> list[tuple[str, str]]:
    """Choices of a field whose values are their own words."""
    return [(value, value) for value in values]


def networks_in(names: Sequence[str], language: str) -> list[tuple[str, str]]:
    return [(name, networks.describe(name).title(language)) for name in names]


def flags_in(language: str) -> list[tuple[str, str]]:
    translate = translator(language).gettext
    return [(name, translate(text)) for name, (_icon, text) in wording.FLAGS.items()]
