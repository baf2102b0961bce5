"""Text as people type it, cleaned before it is kept."""

from __future__ import annotations

import unicodedata

LONGEST_LINE = 200


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """One line of plain text: NFC, white space folded, no control signs, nothing that turns the writing direction.

    These texts go onto film cards, into credits and into other people's tools, where U+202E would turn a name around.
    """
    signs = (" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", text))
    kept = "".join(sign for sign in signs if unicodedata.category(sign)[0] != "C")
    return " ".join(kept.split())[:longest].rstrip()
