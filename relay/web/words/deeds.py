"""Deeds of the record in the words of people who are not engineers. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping

from relay.language.catalogue import N_
from relay.web.words.wording import VERDICTS

DEEDS: Mapping[str, str] = {
    **VERDICTS,
    "created": N_("created"),
    "extended": N_("changed the end"),
    "frozen": N_("closed for good"),
    "started": N_("started"),
    "stopped": N_("stopped"),
    "accepted": N_("took a post in"),
    "turned down": N_("turned a post down"),
    "alias": N_("added a spelling of the tag"),
    "put aside": N_("put a post aside"),
    "taken up again": N_("took a post up again"),
    "comments on": N_("switched comments on"),
    "comments off": N_("switched comments off"),
    "hand-in opened": N_("opened the hand-in page"),
    "hand-in closed": N_("closed the hand-in page"),
    "added": N_("added"),
    "paused": N_("paused"),
    "resumed": N_("resumed"),
    "captions removed": N_("removed captions"),
    "planned": N_("planned the film"),
    "plan changed": N_("changed the plan"),
    "styled": N_("changed the style"),
    "card added": N_("added a card"),
    "card removed": N_("removed a card"),
    "card changed": N_("changed a card"),
    "look undone": N_("took a change of the looks back"),
    "film material changed": N_("changed material for films"),
    "film material removed": N_("removed material for films"),
    "credits changed": N_("changed who stands in the credits"),
    "rendered": N_("rendered the film"),
    "clip withdrawn": N_("a clip of the film was withdrawn"),
    "remarked": N_("made a remark"),
    "remark done": N_("settled a remark"),
    "remark opened": N_("opened a remark again"),
    "sign-off asked": N_("asked for a sign-off"),
    "sign-off agreed": N_("agreed to the film"),
    "sign-off remarks": N_("agreed with remarks"),
    "sign-off revoked": N_("revoked a sign-off"),
    "signed": N_("signed the file"),
    "sign-in tried": N_("tried to sign in"),
    "signed in": N_("signed in"),
    "password changed": N_("got a new password"),
    "role changed": N_("got another role"),
    "closed": N_("the account was closed"),
}
"""A verdict or a kind of event → what it says."""
SUBJECTS: Mapping[str, str] = {
    "clip": N_("Clip"),
    "campaign": N_("Campaign"),
    "source": N_("Source"),
    "post": N_("Post"),
    "video": N_("Video"),
    "almanac": N_("Film"),
    "hand-in": N_("Hand-in"),
    "account": N_("Account"),
}
