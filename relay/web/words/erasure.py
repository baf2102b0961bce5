"""Where something of a clip was, and what is kept for how long, in words of those who read it. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping

from relay.erasure.retention import RetentionRule
from relay.language.catalogue import N_

PLACES: Mapping[str, str] = {
    "originals": N_("the video itself"),
    "posters": N_("its picture"),
    "storyboards": N_("its row of pictures"),
    "proxies": N_("its small copy"),
    "looks": N_("what was drawn of it for the desk"),
    "stills": N_("pictures of cards"),
    "faces": N_("places of faces"),
    "shots": N_("pieces of films"),
    "cards": N_("cards of films"),
    "films": N_("files of versions that showed it"),
    "previews": N_("previews that showed it"),
    "exports": N_("exports that held it"),
    "look-up": N_("tables by which it was found again"),
    "uploads": N_("what was left of the upload"),
    "work": N_("what was left of the fetch"),
    "old databases": N_("copies of the database from before an upgrade"),
}
RULES: Mapping[RetentionRule, str] = {
    RetentionRule.answers: N_("raw answers of networks"),
    RetentionRule.contacts: N_("contacts of participants"),
    RetentionRule.logs: N_("notes of what was tried and sent"),
}
