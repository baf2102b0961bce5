"""Forms with a file, as a browser sends them: the token first, the file last."""

from __future__ import annotations

from typing import Any

from httpx import Response

from relay.almanac.assets import looks
from tests.almanac.assets.film import FILM
from tests.web.conftest import Browser

HERE = "/almanacs/proryv80/film"


def sends_file(person: Browser, path: str, file: tuple[str, bytes] | None, /, **words: str) -> Response:
    """As `Browser.sends`, with a file; None: nothing was chosen, for which a browser sends an empty one."""
    person.sends("/language", language="en")
    token = person.tokens[str(sorted(person.cookies.items()))]
    given = {name: (None, text.encode()) for name, text in {"form_token": token, **words}.items()}
    name, content = file or ("", b"")
    return person.post(path, files={**given, "file": (name or "x", content)})


def changes(relay: Any, person: Browser, deed: str, /, **fields: object) -> Response:
    """A form of the cards, with what the page shows."""
    seen = looks.token(relay, *FILM)
    return person.sends(f"{HERE}/cards/{deed}", **{"seen": seen, **fields})
