"""Pages in French hold no English sentence of the catalogue: Latin letters alone don't tell, as they do in Russian."""

from __future__ import annotations

import html
import re

import pytest

from tests.language import messages
from tests.web.test_half_english import COMMANDS, NOT_TEXT, PAGES, SPOKEN_ATTRIBUTES, busy  # noqa: F401 - a fixture

SHORTEST = 12
"""Letters of a piece of a sentence that no French page has by chance."""


def pieces() -> list[str]:
    """The longest fixed part of each English sentence that French says in another way."""
    found = []
    for id_, text in messages.translated("fr").items():
        for english, french in ((id_, text),) if isinstance(id_, str) else zip(id_, text, strict=True):
            longest = max(re.split(r"%\(\w+\)s|\{[^}]*\}", english), key=len).strip()
            if len(longest) >= SHORTEST and " " in longest and longest not in french:
                found.append(longest)
    return found


def english(text: str) -> list[str]:
    seen = NOT_TEXT.sub(" ", text)
    told = [*SPOKEN_ATTRIBUTES.findall(seen), *re.sub(r"<[^>]*>", "\n", seen).split("\n")]
    whole = "\n".join(COMMANDS.sub(" ", html.unescape(line)) for line in told)
    return [piece for piece in pieces() if piece in whole]


@pytest.mark.slow
@pytest.mark.parametrize("path", [*PAGES, "/take-part/proryv80", "/clips/1?dialog=help", "/nowhere"])
def test_a_page_in_french_has_no_english_in_it(busy, visit, path):  # noqa: F811 - the fixture
    olga = visit("olga")
    olga.remembers("relay-language", "fr")
    assert english(olga.get(path).text) == [], path


@pytest.mark.slow
def test_twin_a_page_in_english_is_full_of_it(busy, visit):  # noqa: F811 - the fixture
    assert len(english(visit("olga").get("/health").text)) > 5
