"""What becomes of addresses, and the questions of a new campaign, in words. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping

from relay.collect.leading.pasting import PasteOutcome
from relay.language.catalogue import N_
from relay.web.words import wording

PASTED: Mapping[PasteOutcome, str] = {
    PasteOutcome.found: N_("Found"),
    PasteOutcome.there: N_("Was there already"),
    PasteOutcome.twice: N_("Stands twice in the list"),
    PasteOutcome.closed: N_("Closed to us"),
    PasteOutcome.missing: N_("Not found"),
    PasteOutcome.unreadable: N_("Can't be asked now"),
    PasteOutcome.unknown: N_("No network that Relay reads"),
    PasteOutcome.not_here: N_("Only on the command line"),
    PasteOutcome.waits: N_("Not asked yet"),
}
SETTINGS: Mapping[str, str] = {
    "title": N_("Title"),
    "language": N_("Language of cards and credits"),
    "permission": N_("When may a clip be shown in a film?"),
    "gate": N_("What becomes of a clip that lacks permission?"),
    "guidelines": N_("Guidelines for moderators"),
    "introduction": N_("Introduction"),
    "contact": N_("Whom to ask"),
    "districts": N_("Districts"),
}
STEPS: Mapping[str, str] = {
    "campaign": N_("Name and hashtag"),
    "spellings": N_("Other spellings"),
    "window": N_("First and last day"),
    "places": N_("Sources"),
    "token": N_("Access"),
    "people": N_("Moderators"),
    "try": N_("Try it"),
}
"""The pages of a new campaign, in their order."""
EXAMPLES = ("vk.com/name", "vk:club1", "tg:channel", "ok:group/1", "rutube:channel/1", "yt:@name")
"""Addresses of sources as people may write them."""
SOURCE_STATES: Mapping[str, str] = {**wording.SOURCE_STATES, "active": N_("Is read")}
"""As a list of all sources calls them."""
