"""How old a participant is, as people write it. Pure.

Films choose by the first number of it (relay/almanac/plan/rules.py), so what has none, or one that means something
else, is told at once and not when somebody is missing in a film.
"""

from __future__ import annotations

import re

from relay.errors import Refused

OLDEST = 120
_AGE = re.compile(r"\d{1,3}(?:\s*[–—-]\s*\d{1,3}|\+)?(?:\s*\D{1,12})?")
_NO_AGE = re.compile(r"кл|class|grade|год[ау]? ?р|г\.? ?р|born|мес|month", re.IGNORECASE)
"""A school class, a year of birth, months: numbers, but no years of life."""


def checked(text: str) -> str:
    """`12`, `12 лет`, `14–17`, `60+` or nothing, as it is. Raises Refused."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    readable = _AGE.fullmatch(text) is not None and not _NO_AGE.search(text) and max(numbers) <= OLDEST
    if text and not readable:
        hint = "Write how many years as a number: 12, 12 years, 14–17, 60+."
        raise Refused("{age} can't be read as an age.", hint=hint, age=text)
    return text
