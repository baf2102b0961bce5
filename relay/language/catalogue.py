"""Relay's sentences in other languages, for the desk, the command line, messages and the cards of a film.

A language is a folder of `locale` with a catalogue, `locale/<language>/LC_MESSAGES/relay.po`: nothing else has to know
it. English is the language of the message ids. Babel compiles the catalogues when the package is built
(scripts/hatch_build.py). In a checkout a catalogue is compiled when it is first read and after each change; the
compiled file is kept beside it, or only in memory where the folder can't be written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping
from functools import cache, cached_property
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from relay.language.sentence import LanguageCode, Sentence

LOCALE = Path(__file__).with_name("locale")
ENGLISH = "en"
CATALOGUE = Path("LC_MESSAGES", "relay.po")
CODE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?")
"""How a language is called (ISO 639, and where it is spoken or how it is written): the name of its folder."""


class Catalogue(GNUTranslations):
    """One language: `gettext(text)`, `ngettext(one, many, n)`, `pgettext(context, text)`, and `tell(sentence)`."""

    def __init__(self, language: str, compiled: BytesIO) -> None:
        super().__init__(compiled)
        self.language = language

    def tell(self, text: str) -> str:
        """A sentence with its words in this language; a text that the catalogue lacks stays as it is."""
        if not isinstance(text, Sentence):
            return self.gettext(text) if text else ""
        if not text.words:
            return self.gettext(text.message) if text else ""
        words = {name: self.tell(word) if isinstance(word, Sentence) else word for name, word in text.words.items()}
        return self._figures.vformat(self.gettext(text.message), (), words)

    @cached_property
    def _figures(self) -> Formatter:
        return _Figures(self.language)


class _Figures(Formatter):
    """Fractions are written as the language has them: `1,5`; languages are named in it."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, LanguageCode):
            return format(value.named(self._language), format_spec)
        text = str(format(value, format_spec))
        if not isinstance(value, float) or "." not in text:
            return text
        from babel.numbers import get_decimal_symbol

        return text.replace(".", get_decimal_symbol(self._language))


def languages() -> tuple[str, ...]:
    """The languages that there are catalogues of, by their codes."""
    return tuple(sorted(path.parent.parent.name for path in LOCALE.glob(f"*/{CATALOGUE}")))


def is_spoken(language: str) -> bool:
    """Whatever may be asked: a browser's wish and an address come from strangers."""
    return CODE.fullmatch(language) is not None and catalogue(language).is_file()


@cache
def names() -> Mapping[str, str]:
    """Code → the language's own name."""
    from babel import Locale

    return {code: (Locale.parse(code).get_display_name(code) or code).capitalize() for code in languages()}


def catalogue(language: str) -> Path:
    return LOCALE / language / CATALOGUE


@cache
def translator(language: str) -> Catalogue:
    """A language that we don't speak is answered in English."""
    spoken = language if is_spoken(language) else ENGLISH
    return Catalogue(spoken, BytesIO(compiled(catalogue(spoken), spoken)))


def in_each_language(text: str) -> dict[str, str]:
    """A message by the codes of the languages."""
    return {code: translator(code).gettext(text) for code in languages()}


def compiled(path: Path, language: str) -> bytes:
    """The catalogue in the form that gettext reads (.mo).

    Behind it stands the digest of what it was made from, which no reader looks at: times of files tell nothing after
    an installation.
    """
    written, kept = path.read_bytes(), path.with_suffix(".mo")
    digest = hashlib.sha256(written).digest()
    with contextlib.suppress(OSError):
        if (known := kept.read_bytes()).endswith(digest):
            return known
    made = _compiled(written, language) + digest
    part = kept.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        part.write_bytes(made)
        part.replace(kept)
    return made


def _compiled(written: bytes, language: str) -> bytes:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    made = BytesIO()
    write_mo(made, read_po(BytesIO(written), locale=language))
    return made.getvalue()


def closest(wanted: str) -> str:
    """The first of an Accept-Language header that we speak, or ""."""
    known = {code.replace("_", "-").casefold(): code for code in languages()}
    for part in wanted.split(","):
        language = part.split(";")[0].strip().casefold()
        if found := known.get(language) or known.get(language.partition("-")[0]):
            return found
    return ""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    return text
