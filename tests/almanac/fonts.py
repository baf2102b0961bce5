"""A machine that has only the fonts which Relay brings: none of them has Chinese or Mongolian letters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from relay.almanac.cards import typefaces, typography

KNOWN = (typefaces.file_for, typefaces.drawable, typefaces._scripts, typography.runs, typography.text_width)


@contextmanager
def only_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(typefaces, "system_fonts", lambda: ())
        patched.setattr(typefaces, "MORE", ("manimgx_fonts",))
        _forget()
        yield
    _forget()


def _forget() -> None:
    for one in KNOWN:
        one.cache_clear()
