"""What cards say of their own accord, in the campaign's language; the words stand in the catalogues."""

from __future__ import annotations

import re
from collections.abc import Mapping

from relay.language.catalogue import N_, translator
from relay.language.sentence import filled

WORDS: Mapping[str, str] = {
    "people": N_("With the voices of"),
    "others": N_("Videos were also sent by"),
    "unknown": N_("And those whose names we do not know"),
    "nobody": N_("A participant"),
    "made": N_("Made with Relay"),
    "music": N_("Music"),
    "texts": N_("Texts by"),
    "text": N_("text"),
    "family": N_("from the family's letters and diaries"),
    "relative": N_("a relative's memories"),
    "own": N_("own memories"),
}


def card_words(language: str) -> dict[str, str]:
    """WORDS in a language; English where there is no catalogue of it."""
    translate = translator(language).gettext
    return {name: translate(text) for name, text in WORDS.items()}


def counted(count: int, language: str) -> str:
    """`3 participants`."""
    return translator(language).ngettext("{count} participant", "{count} participants", count).format(count=count)


def quoted(text: str, language: str) -> str:
    """Within the language's quotation marks, unless the text brings its own; what is quoted inside of it gets the
    marks of the second level, so that no two stand together. Where its last stop stands, the catalogue says.
    """
    bare = text.strip()
    if not bare or bare[0] in "\"'" or bare.startswith(("—", "–")) or _is_wholly_quoted(bare):
        return bare
    tell = translator(language).tell
    inside = _SPOKEN.sub(lambda found: tell(filled(N_("‘{text}’"), text=found[1] or found[2] or found[3])), bare)
    if inside.endswith(".") and not inside.endswith(".."):
        return tell(filled("“{text}.”", text=inside.removesuffix(".")))
    return tell(filled("“{text}”", text=inside))


_SPOKEN = re.compile(r"«\s*([^«»]+?)\s*»|“([^“”]+)”|\"([^\"]+)\"")
"""Words in quotation marks of the first level; German and Russian „…“ are of the second already."""
_CLOSING = {"«": "»", "“": "”", "„": "“"}


def _is_wholly_quoted(text: str) -> bool:
    """Whether the mark at its beginning is closed at its end, and not before."""
    opening, closing = text[0], _CLOSING.get(text[0], "")
    depth, last = 0, len(text.rstrip(".")) - 1
    for at, letter in enumerate(text):
        depth += (letter == opening) - (letter == closing)
        if not depth:
            return bool(closing) and at == last
    return bool(closing)
