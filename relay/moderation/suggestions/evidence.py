"""What goes in and comes out: a clip's words, the campaign's knowledge, and proposals with the words they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SHOWN_FROM = 0.6
"""Proposals below this confidence are not shown."""
SURE_FROM = 0.75
"""From this confidence on one key takes a proposal together with the others."""
ROUND = 26
"""About so many signs are shown on either side of the words that a proposal came from, in whole words."""


class Field(StrEnum):
    """`relation`: who reads, to whom (a pupil of class 5, somebody's granddaughter). `origin`: a TextOrigin's value."""

    name = "name"
    town = "town"
    district = "district"
    age = "age"
    quote = "quote"
    relation = "relation"
    origin = "origin"
    text_author = "text_author"


class Origin(StrEnum):
    """Where the words stand."""

    post = "post"
    video_title = "video title"
    video_description = "video description"
    profile = "profile"
    source = "source"
    campaign = "campaign"


@dataclass(frozen=True, slots=True)
class ClipText:
    """A text of the clip. `person`: of a profile, whether the network says that it is a person's, None: not known."""

    where: Origin
    text: str
    person: bool | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the campaign's selection."""

    number: str
    text: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the campaign knows: towns that were typed and their districts, its texts, and districts of the sources."""

    towns: Mapping[str, str] = field(default_factory=dict)
    texts: Sequence[Text] = ()
    publics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that something came from, as they stand at `start` … `end` of a text, with a few on either side."""

    where: Origin
    before: str
    words: str
    after: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clue:
    """One rule's finding. `why`: a sentence for people; `confidence`: 0 … 1."""

    field: Field
    value: str
    confidence: float
    why: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`sure`: one key takes it with the others. `confidence`: 0 … 1; `why`: a message for people."""

    field: Field
    value: str
    confidence: float
    sure: bool
    why: str
    evidence: Evidence


def quoted(words: ClipText, start: int, end: int) -> Evidence:
    """The words at `start` … `end`, with what stands around them in their paragraph."""
    text = words.text
    before, after = text[max(0, start - ROUND) : start], text[end : end + ROUND]
    if start > ROUND:
        before = "…" + (before.partition(" ")[2] if " " in before.rstrip() else before)
    if end + ROUND < len(text):
        after = (after.rpartition(" ")[0] if " " in after.lstrip() else after) + "…"
    return Evidence(words.where, _flat(before), _flat(text[start:end]), _flat(after), start, end)


def _flat(text: str) -> str:
    lead, tail = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{lead}{' '.join(text.split())}{tail}" if text.strip() else " " * bool(text)
