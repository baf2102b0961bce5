"""Words that a film brings itself, in its language: headings, numbers of people, quotation marks. Pure."""

from __future__ import annotations

WORDS = {
    "ru": {
        "people": "В фильме участвовали",
        "others": "Свои видео прислали также",
        "unknown": "И те, чьи имена нам неизвестны",
        "nobody": "Участник",
        "made": "Собрано с помощью Relay",
        "music": "Музыка",
    },
    "en": {
        "people": "With the voices of",
        "others": "Videos were also sent by",
        "unknown": "And those whose names we do not know",
        "nobody": "A participant",
        "made": "Made with Relay",
        "music": "Music",
    },
}
COUNTED = {"ru": ("участник", "участника", "участников"), "en": ("participant", "participants", "participants")}
TEENS = range(11, 15)
"""Last two digits after which Russian takes the last form, whatever the last digit is (CLDR, plural rules of ru)."""


def card_words(language: str) -> dict[str, str]:
    """WORDS in a language; English where Relay has no others."""
    return WORDS.get(language, WORDS["en"])


def counted(count: int, language: str) -> str:
    """`3 participants`; English where Relay has no others."""
    one, few, many = COUNTED.get(language, COUNTED["en"])
    if language != "ru":
        return f"{count} {one if count == 1 else many}"
    if count % 100 not in TEENS and count % 10 in (1, 2, 3, 4):
        return f"{count} {one if count % 10 == 1 else few}"
    return f"{count} {many}"


def quoted(text: str, language: str) -> str:
    """Within the language's quotation marks, unless the text brings its own; in Russian the stop stands behind them."""
    bare = text.strip()
    if not bare or bare[0] in "«“„\"'" or bare.startswith(("—", "–")):
        return bare
    if language != "ru":
        return f"“{bare}”"
    stop = "." if bare.endswith(".") and not bare.endswith("..") else ""
    return f"«{bare.removesuffix('.') if stop else bare}»{stop}"
