"""Captions in the words of those who write them. All are message ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from relay.language.catalogue import N_
from relay.language.sentence import LanguageCode

FAULTS: Mapping[str, str] = {
    "empty": N_("nothing written yet"),
    "overlaps": N_("begins before the one before has ended"),
    "short": N_("shorter than a second"),
    "fast": N_("too fast to read"),
    "long": N_("more than two lines of 42 letters"),
    "outside": N_("ends behind the clip"),
    "unsure": N_("perhaps misheard"),
}
ORIGINS: Mapping[str, str] = {
    "hand": N_("written by hand"),
    "file": N_("from a file"),
    "reading": N_("from the text, timed by the voice"),
    "quote": N_("from the text, spread over the voice"),
    "heard": N_("draft of what was heard"),
}


@cache
def called(code: str, language: str) -> str:
    """A language by its name in another one, with a capital; its code where nobody has a name for it."""
    name = LanguageCode(code).named(language)
    return name[:1].upper() + name[1:]


SCRIPT: Mapping[str, str] = {
    "speed": N_("{speed} letters a second"),
    "count": N_("Captions: {count}"),
    "doubtful": N_("doubtful: {count}"),
    "unsaved": N_("Not saved yet"),
    "saving": N_("Saving …"),
    "saved": N_("Saved."),
    "lost": N_("The connection is lost. What you wrote is kept in this browser: save it again when it is back."),
    "ended": N_("You are not signed in any more. What you wrote is kept in this browser: sign in and come back."),
    "refused": N_("This could not be saved. It is kept in this browser."),
    "clash": N_("{who} changed these captions while you had them open."),
    "room": N_("There is no room for a caption here."),
    "nowhere": N_("Put the playhead into a caption first."),
    "added": N_("Caption {number} was added."),
    "split": N_("Caption {number} was divided."),
    "joined": N_("Caption {number} was joined with the next one."),
    "removed": N_("Caption {number} was taken out."),
    "undone": N_("Taken back."),
    "label": N_("Caption {number}, {start} to {end}: {text}"),
    "misheard": N_("perhaps misheard: {words}"),
    "mute": N_("This clip has no sound."),
}
"""What the page's script says; each may hold words in braces."""


def for_script(tell: Callable[[str], str]) -> dict[str, str]:
    """Its sentences and the doubts, told."""
    return {name: tell(text) for name, text in (*SCRIPT.items(), *FAULTS.items())}
