"""Relay's sentences in Russian and English, for the desk and the command line.

The catalogues are read as they are written (`locale/<language>/LC_MESSAGES/relay.po`), so that nothing has to be
compiled and no binary stands in the repository. English is the language of the message ids.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = {"ru": "Русский", "en": "English"}
LOCALE = Path(__file__).with_name("locale")


def catalogue(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "relay.po"


@cache
def translator(language: str) -> Translations:
    """`.gettext(text)`, `.ngettext(one, many, n)`; a language that we don't speak is answered in English."""
    path = catalogue(language if language in LANGUAGES else "en")
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=path.parents[1].name))
    compiled.seek(0)
    return Translations(compiled, domain="relay")


def closest(wanted: str) -> str:
    """The first of an Accept-Language header that we speak, or ""."""
    for part in wanted.split(","):
        language = part.split(";")[0].strip().partition("-")[0].casefold()
        if language in LANGUAGES:
            return language
    return ""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    return text
