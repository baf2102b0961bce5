"""Cards, looks and rules of films in the words of editors. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping

from relay.language.catalogue import N_

KINDS: Mapping[str, str] = {
    "title": N_("Opening title"),
    "chapter": N_("Chapter"),
    "quote": N_("Quote"),
    "place": N_("Date and place"),
    "picture": N_("Archive picture"),
}
SHOWN: Mapping[str, str] = {
    **KINDS,
    "strip": N_("Name over a clip"),
    "credits": N_("Credits"),
    "thanks": N_("Organizers and partners"),
}
"""What a theme shows of itself."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "title": {"title": N_("Title"), "subtitle": N_("Line below the title")},
    "chapter": {
        "above": N_("Short line above the title"),
        "title": N_("Title"),
        "text": N_("A sentence or two below"),
    },
    "quote": {"text": N_("Text"), "author": N_("Whose words they are"), "link": N_("Link, shown as a code to scan")},
    "place": {"date": N_("When"), "place": N_("Where"), "text": N_("A sentence or two below")},
    "picture": {"title": N_("What it shows"), "source": N_("Where it is from")},
}
"""Kind of card → its words, as they stand on it from above, and what each is called."""
LONG = ("text",)
"""Words that want more than a line to be written in."""
SHAPES: Mapping[str, str] = {
    "16:9": N_("16:9, lying: television, hall, web page"),
    "9:16": N_("9:16, upright: stories on telephones"),
    "1:1": N_("1:1, square: feeds"),
    "4:5": N_("4:5, upright: feeds"),
    "4:3": N_("4:3, lying: old screens"),
}
SIZES: Mapping[str, str] = {
    "720": N_("720, small file"),
    "1080": N_("1080, as usual"),
    "1440": "1440",
    "2160": N_("2160 (4K), large file"),
}
LOUDNESS: Mapping[str, str] = {
    "-14": N_("−14 LUFS, loud: telephones"),
    "-16": N_("−16 LUFS: web"),
    "-23": N_("−23 LUFS: television (EBU R 128)"),
}
TRANSITIONS: Mapping[str, str] = {
    "none": N_("as the theme has it"),
    "dissolve": N_("dissolve"),
    "cut": N_("cut"),
    "dip": N_("dip through a colour"),
}
UNDER: Mapping[str, str] = {
    "film": N_("under the whole film, softer under voices"),
    "cards": N_("under the cards only"),
}
FRAMING: Mapping[str, str] = {
    "faces": N_("cut to the film's shape around faces"),
    "whole": N_("always whole, with blurred sides"),
}
CREDITS: Mapping[str, str] = {
    "all": N_("everybody who was accepted in the campaign"),
    "film": N_("only those in this film"),
}
ORIGINS: Mapping[str, str] = {
    "hidden": N_("not shown"),
    "shown": N_("with the name, and authors in the credits"),
}
NAMES: Mapping[str, str] = {
    "full": N_("in full, as they are written"),
    "initials": N_("surname with initials"),
    "first": N_("first name alone"),
}
ASKED: Mapping[str, str] = {
    "district": N_("Which district is it about?"),
    "voices": N_("Which text do they read together?"),
}
