"""What the files of an export are called: names that every system takes, in any script. Pure."""

from __future__ import annotations

from relay.almanac.delivery.exchange import file_words

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""Names that Windows keeps to itself, whatever their ending."""


def numbered(number: int, words: str) -> str:
    """`003 Анна, Мга`: in the film's order in any list."""
    return f"{number:03d} {file_words(words)}".strip()


def film_name(title: str, name: str, *, version: str = "", size: str = "") -> str:
    """What an export and its files are called: `Голоса Прорыва - film v3 1080p`, never empty and never reserved."""
    words = [file_words(title) or file_words(name)]
    if file_words(name) and file_words(name).casefold() != words[0].casefold():
        words.append(f"- {file_words(name)}")
    called = " ".join(word for word in (*words, version, size) if word).strip() or "film"
    return f"{called} film" if called.split(".")[0].casefold() in RESERVED else called
