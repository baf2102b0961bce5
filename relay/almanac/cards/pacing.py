"""How long names stand on the screen, and how close together, so that people can read them. Pure.

Few names are read; many are searched for one's own. Readers of subtitles manage 15 to 17 letters a second (Netflix,
Timed Text Style Guides; BBC Subtitle Guidelines: 160 to 180 words a minute), who looks for one line in a list about
ten lines (Neisser, "Visual Search", Scientific American 210/6, 1964). So the first READ names of a film's credits pass
at the pace of reading, those after them at nearly that of searching: 60 people take 25 seconds, 300 take 52, 3 000 six
minutes, as in a long film for the cinema. Between the two paces all pages of one film have the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PAGE_NAMES = 12
"""Names that are read on a page while it stands for the house's `page_seconds` (5): 2.4 a second."""
READ, SEARCHED_FASTER = 60, 3.75
"""So many names pass at that pace, those after them faster by so much: 9 a second."""
LEAST_PAGE = 0.8
"""Of `page_seconds`, the shortest that any page of more names stands: the eye needs a while to find a column."""

LETTERS_A_SECOND, NOTICING, LEAST_READING = 15.0, 0.6, 1.5
"""Of a name over a clip, with its town: letters that are read in a second, seconds until it is noticed beside what
moves and speaks, and the least in which it is read at all (with one of 13 letters in mind)."""


@dataclass(frozen=True, slots=True)
class Density:
    """How close names stand. `measure`: units of width that a column takes at least; `most`: columns of a page.

    `sizes`: units of a name, the largest that goes is taken; `town`: least units of a town; `gap`: units between
    people; `room`: share of the height for the columns.
    """

    measure: float
    most: int
    sizes: tuple[int, ...]
    town: float
    gap: float
    room: float


LYING = (
    Density(560, 3, (40, 38, 36, 34, 32, 30, 28), 24, 22, 0.62),
    Density(420, 4, (32, 30, 28), 24, 17, 0.68),
    Density(360, 5, (28, 26), 24, 16, 0.72),
)
"""Letters are never smaller than is read fluently: 0.2° of the eye's field (Legge & Bigelow, "Does print size matter
for reading?", Journal of Vision 11/5, 2011), which from 3.2 heights of the picture, where high definition is watched
from (ITU-R BT.2022), are 12 of its 1 080 lines: the height of a small letter of 24 units."""
UPRIGHT = (
    Density(560, 2, (40, 38, 36, 34, 32, 30, 28), 28, 22, 0.66),
    Density(440, 2, (34, 32, 30), 28, 15, 0.73),
    Density(340, 3, (30, 28), 26, 15, 0.74),
)
"""On a phone in the hand a unit is smaller, so more of them are needed."""


def credits_seconds(people: int, page_seconds: float) -> float:
    """Of a film's credits with so many people, apart from what their pages need at least."""
    read = min(people, READ)
    return page_seconds / PAGE_NAMES * (read + (people - read) / SEARCHED_FASTER)


def page_lengths(people: Sequence[int], page_seconds: float) -> list[float]:
    """Seconds of each page with so many people, all at one pace; one that is nearly empty stands long enough too."""
    everybody = sum(people)
    pace = credits_seconds(everybody, page_seconds) / max(1, everybody)
    least = page_seconds * (LEAST_PAGE if everybody > READ else 1)
    return [max(least, count * pace) for count in people]


def stands_long_enough(pages: int, people: int, page_seconds: float) -> bool:
    """Whether so many pages are as long as they must be at the pace of so many people."""
    return pages * LEAST_PAGE * page_seconds <= max(page_seconds, credits_seconds(people, page_seconds))


def reading_seconds(*texts: str) -> float:
    """That a name with its town has to stand over a clip to be read; 0 for nothing to read."""
    letters = sum(len(text.strip()) for text in texts)
    return max(LEAST_READING, NOTICING + letters / LETTERS_A_SECOND) if letters else 0.0
