"""A language that nobody has heard of in the code: a catalogue in a folder, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relay.cli.terminal import show
from relay.language import catalogue
from relay.web import page

POLISH = """
msgid "Sign in"
msgstr "Zaloguj się"

msgid "Clip {clip} is not in doubt any more."
msgstr "Klip {clip} nie budzi już wątpliwości."

msgid "Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}."
msgstr "Wolne jest tylko {free:.1f} GB, Relay zachowuje {min_free_gb:g}."

msgid "With the voices of"
msgstr "Głosy"

msgid "“{text}”"
msgstr "„{text}”"

msgid "“{text}.”"
msgstr "„{text}”."

msgid "{count} participant"
msgid_plural "{count} participants"
msgstr[0] "{count} uczestnik"
msgstr[1] "{count} uczestnicy"
msgstr[2] "{count} uczestników"
"""
"""Without a header: that there are three forms in Polish, and how numbers are written, Babel knows."""


@contextmanager
def a_catalogue_more(folder: Path, language: str, text: str) -> Iterator[None]:
    """As if somebody had put it beside the others."""
    for known in catalogue.languages():
        shutil.copytree(catalogue.LOCALE / known, folder / known)
    written = folder / language / catalogue.CATALOGUE
    written.parent.mkdir(parents=True)
    written.write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "LOCALE", folder)
        _forget()
        yield
    _forget()


def _forget() -> None:
    for kept in (catalogue.translator, catalogue.names, page.environment, show.tongue):
        kept.cache_clear()
