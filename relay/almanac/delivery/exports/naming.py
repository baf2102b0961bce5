"""What the files of an export are called: names that every system takes, in any script. Pure."""

from __future__ import annotations

from relay.almanac.delivery.exports.exchange import file_words

MOST_BYTES = 140
"""Of a name in UTF-8: file systems take 255, and what stands before and behind it needs some."""
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""Names that Windows keeps to itself, whatever their ending."""


def numbered(number: int, words: str) -> str:
    """`003 Анна, Мга`: in the film's order in any list."""
    return f"{number:03d} {_short(file_words(words))}".strip()


def film_name(title: str, name: str, *, size: str = "") -> str:
    """What an export and its files are called: `Голоса Прорыва - film 1080p`, never empty and never reserved."""
    words, own = file_words(title) or file_words(name), file_words(name)
    if own and own.casefold() != words.casefold():
        words = f"{words} - {own}"
    called = " ".join(word for word in (_short(words), size) if word) or "film"
    return f"{called} film" if called.casefold() in RESERVED else called


def _short(words: str) -> str:
    """As many whole letters as there is room for."""
    return words.encode()[:MOST_BYTES].decode(errors="ignore").strip(" ,-")
