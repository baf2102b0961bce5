"""Relay's sentences in Russian and English, for the desk and the command line.

The catalogues are read as they are written (`locale/<language>/LC_MESSAGES/relay.po`), by a reader of our own: nothing
has to be compiled, no binary stands in the repository, and the help of the command line does not wait for Babel.
English is the language of the message ids.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from gettext import NullTranslations, c2py
from pathlib import Path
from string import Formatter

from relay.errors import SPOKEN

LANGUAGES = {"ru": "Русский", "en": "English"}
LOCALE = Path(__file__).with_name("locale")
TELLING = 5
"""A sentence is known again by its fixed part when that has at least so many letters."""

_ENTRY = re.compile(r'(msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s+(".*")|(".*")')
_PLURAL = re.compile(r"plural=([^;]+);")
_PLACE = re.compile(r"\{\w")
_SENTENCE_ENDS = re.compile(r"(?<=[.?!]) ")


class Sentences(NullTranslations):
    """One catalogue: `gettext(text)`, `ngettext(one, many, n)`, and `again(line)` for what a row kept in English."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        texts = dict(_read(path.read_text("utf-8")))
        self._texts = {id_: forms[0] for id_, forms in texts.items() if id_ and forms[0]}
        self._forms = {id_: forms for id_, forms in texts.items() if len(forms) > 1}
        plural = _PLURAL.search(texts.get("", [""])[0])
        self._which = c2py(plural.group(1)) if plural else lambda number: int(number != 1)
        self._patterns: list[_Pattern] | None = None
        self.again = lru_cache(maxsize=4096)(self._again)

    def gettext(self, message: str) -> str:
        return self._texts.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._forms.get(msgid1)
        return forms[self._which(n)] if forms else (msgid1 if n == 1 else msgid2)

    def _again(self, line: str) -> str:
        """A line of ours that was filled and kept in English, in this language; an unknown one stays as it is.

        Sentences are looked up whole, as message and hint, and by their fixed parts.
        """
        return self._known(line) or line

    def _known(self, line: str) -> str | None:
        if line in self._texts:
            return self._texts[line]
        for cut in _SENTENCE_ENDS.finditer(line):
            head = self._known_sentence(line[: cut.start()])
            tail = self._known(line[cut.end() :]) if head else None
            if head and tail:
                return f"{head} {tail}"
        return self._known_sentence(line)

    def _known_sentence(self, line: str) -> str | None:
        """As it stands, by its fixed parts, or behind the name of what it is about (`clip.mp4: …`)."""
        known = self._texts.get(line) or self._filled(line)
        name, colon, said = line.partition(": ")
        told = None if known or not colon else self._known_sentence(said)
        return f"{name}: {told}" if told else known

    def _filled(self, line: str) -> str | None:
        if self._patterns is None:
            found = (_Pattern(id_, text) for id_, text in self._texts.items() if _PLACE.search(id_))
            self._patterns = sorted((each for each in found if each.weight >= TELLING), key=lambda each: -each.weight)
        for pattern in self._patterns:
            words = pattern.words(line)
            if words is not None:
                return pattern.text.format(**{name: self._said(pattern, name, word) for name, word in words.items()})
        return None

    def _said(self, pattern: _Pattern, name: str, word: str) -> str:
        if name in SPOKEN:
            return self.again(word)
        return word.replace(".", self._texts.get("0.5", "0.5")[1]) if name in pattern.figures else word


class _Pattern:
    """A sentence with places, to be known again after they were filled."""

    def __init__(self, id_: str, text: str) -> None:
        self._parts = list(Formatter().parse(id_))
        fixed = [part[0] for part in self._parts]
        self.figures = {name for _, name, spec, _ in self._parts if name and spec and spec[-1] in "fg"}
        self.weight = sum(sign.isalpha() for part in fixed for sign in part)
        self._longest = max(fixed, key=len)
        self._shape: re.Pattern[str] | None = None
        # What was kept has been formatted already: the translation's places take it as it is.
        self.text = "".join(
            _braced(before) + (f"{{{name}}}" if name is not None else "")
            for before, name, _spec, _conversion in Formatter().parse(text)
        )

    def words(self, line: str) -> dict[str, str] | None:
        if self._longest not in line:
            return None
        if self._shape is None:
            seen: set[str] = set()
            shape = "".join(re.escape(before) + _place(name, seen) for before, name, _spec, _conversion in self._parts)
            self._shape = re.compile(shape, re.DOTALL)
        match = self._shape.fullmatch(line)
        return match.groupdict() if match else None


def _place(name: str | None, seen: set[str]) -> str:
    if name is None:
        return ""
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>.*?)"


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def catalogue(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "relay.po"


@cache
def translator(language: str) -> Sentences:
    """A language that we don't speak is answered in English."""
    return Sentences(catalogue(language if language in LANGUAGES else "en"))


def closest(wanted: str) -> str:
    """The first of an Accept-Language header that we speak, or ""."""
    for part in wanted.split(","):
        language = part.split(";")[0].strip().partition("-")[0].casefold()
        if language in LANGUAGES:
            return language
    return ""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    return text


def _read(text: str) -> Iterator[tuple[str, list[str]]]:
    """(message id, its forms) of each entry; https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html."""
    entry: dict[str, str] = {}
    field = ""
    for line in [*text.splitlines(), 'msgid ""']:
        match = _ENTRY.fullmatch(line.strip())
        if match is None:
            continue
        keyword, _form, first, more = match.groups()
        if keyword == "msgid" and "msgid" in entry:
            yield entry["msgid"], [text for name, text in sorted(entry.items()) if name.startswith("msgstr")]
            entry = {}
        field = keyword or field
        entry[field] = entry.get(field, "") + _unquoted(first or more)


def _unquoted(quoted: str) -> str:
    return quoted[1:-1] if "\\" not in quoted else str(ast.literal_eval(quoted))
