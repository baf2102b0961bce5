"""Rules, changes and sign-offs of films in the words of editors and officials. All are message ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from relay.almanac.delivery.reviewing import changes
from relay.almanac.delivery.reviewing.changes import VersionChange
from relay.errors import RelayError
from relay.language.catalogue import N_
from relay.language.sentence import Sentence, filled
from relay.views import as_json

ORDERS: Mapping[str, str] = {
    "published": N_("as they were published"),
    "district": N_("by district"),
    "quote": N_("by text"),
    "age": N_("by age, the youngest first"),
    "length": N_("by length, the shortest first"),
    "best": N_("the best first"),
}
CHAPTERS: Mapping[str, str] = {
    "none": N_("none"),
    "district": N_("a chapter for each district"),
    "quote": N_("a chapter for each text"),
}
FIELDS: Mapping[str, str] = {
    "district": N_("Only these districts"),
    "quote": N_("Only these texts"),
    "length": N_("Length of all clips, minutes:seconds"),
    "shortest": N_("A clip lasts at least"),
    "longest": N_("A clip lasts at most"),
    "youngest": N_("Age from"),
    "oldest": N_("Age to"),
    "score": N_("Quality, from 0 to 100, at least"),
    "per-author": N_("Clips of one participant, at most"),
}
"""Rules that are typed: the rule's name → the field's label."""
VOICES = N_("One text by many voices, sentence by sentence")
ORIGIN = N_("Only texts of these origins")
SWITCHES: Mapping[str, str] = {
    "family": N_("Never the same recording twice"),
    "quotes-apart": N_("Never the same text twice in a row"),
    "unused": N_("Only clips that are in no other film"),
    "gaps": N_("Leave out sentences of that text which nobody is heard to read"),
}
PROPOSALS: Mapping[str, str] = {
    "add": N_("Add"),
    "remove": N_("Take out"),
    "move": N_("Move"),
    "recut": N_("Cut anew"),
}
SIGN_OFFS: Mapping[str, str] = {
    "agreed": N_("agreed"),
    "remarks": N_("has remarks"),
    "revoked": N_("link revoked"),
    "expired": N_("link expired"),
    "open": N_("no answer yet"),
}
STANDINGS: Mapping[str, str] = {
    "draft": N_("a plan so far"),
    "preview": N_("preview only"),
    "finished": N_("finished"),
    "signed": N_("signed off"),
    "stale": N_("the plan has changed since"),
    "withdrawn": N_("shows somebody who has taken their video back"),
}
PACES: Mapping[str, str] = {
    "at once": N_("at once, what happens within minutes together"),
    "daily": N_("once a day, in the morning"),
    "none": N_("none"),
}
"""How often letters come."""
TOOLS: Mapping[str, str] = {"pen": N_("Pen"), "arrow": N_("Arrow"), "rectangle": N_("Rectangle")}
BY_HAND: Mapping[str, str] = {
    "place": N_("placed by hand"),
    "in": N_("trimmed by hand"),
    "out": N_("trimmed by hand"),
    "name": N_("named by hand"),
    "town": N_("named by hand"),
    "opening": N_("opens the film"),
    "closing": N_("closes the film"),
}


def by_hand(pinned: str, hand: Iterable[str]) -> list[str]:
    """What a person set of a segment, each said once."""
    return list(dict.fromkeys(BY_HAND[mark] for mark in [*([pinned] if pinned else []), *hand]))


def change(one: VersionChange) -> Sentence:
    """What is different, as one sentence."""
    return Sentence(changes.SENTENCES[one.what], as_json(one))


def refused(error: RelayError) -> Sentence:
    """The line of a refusal; a rule that can't be so is called as its field is, not by its name for the shell."""
    label = {**FIELDS, "voices": VOICES}.get(str(error.words.get("rule")))
    if label is None or "value" not in error.words:
        return error.line
    return filled("“{field}” can't be “{value}”.", field=Sentence(label), value=error.words["value"])
