"""What the files of an export are called: names that every system takes, in any script. Pure."""

from __future__ import annotations

import unicodedata

LONGEST = 60
MOST_BYTES = 150
"""Of a name in UTF-8: file systems take 255, and what stands before and behind it needs some."""
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""Names that Windows keeps to itself, whatever their ending."""


def file_words(text: str) -> str:
    """A text as part of a file's name on any system: letters, digits, spaces, commas and dashes."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(sign if sign.isalnum() or sign in " ,-" else " " for sign in text)
    words = " ".join(kept.split())[:LONGEST]
    while len(words.encode()) > MOST_BYTES:
        words = words[:-1]
    return words.strip(" ,-")


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
