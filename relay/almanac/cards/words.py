"""What cards say of their own accord, in the campaign's language; the words stand in the catalogues."""

from __future__ import annotations

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
}


def card_words(language: str) -> dict[str, str]:
    """WORDS in a language; English where there is no catalogue of it."""
    translate = translator(language).gettext
    return {name: translate(text) for name, text in WORDS.items()}


def counted(count: int, language: str) -> str:
    """`3 participants`."""
    return translator(language).ngettext("{count} participant", "{count} participants", count).format(count=count)


def quoted(text: str, language: str) -> str:
    """Within the language's quotation marks, unless the text brings its own; where its last stop stands, the
    catalogue says.
    """
    bare = text.strip()
    if not bare or bare[0] in "«“„\"'" or bare.startswith(("—", "–")):
        return bare
    tell = translator(language).tell
    if bare.endswith(".") and not bare.endswith(".."):
        return tell(filled("“{text}.”", text=bare.removesuffix(".")))
    return tell(filled("“{text}”", text=bare))
