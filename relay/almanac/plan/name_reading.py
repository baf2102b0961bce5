"""Clips that are too short for their names to be read, in words for editors. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from relay.almanac.cards.pacing import reading_seconds
from relay.almanac.formats import House
from relay.language.catalogue import N_
from relay.language.sentence import Sentence, filled

LONGER = N_(
    "The name can't be read here: that takes {reading:.1f} s, and it stands for {stands:.1f} s. "
    "Make the clip {more:.1f} s longer, or the name on its card shorter."
)
SHORTER = N_(
    "The name can't be read here: that takes {reading:.1f} s, and it stands for {stands:.1f} s. "
    "The clip has no more to show: make the name on its card shorter, or leave it off."
)


@dataclass(frozen=True, slots=True)
class UnreadName:
    """Seconds: `reading` that the name takes, `stands` that it has. `more`: that the clip has beside what is used."""

    reading: float
    stands: float
    more: float

    @property
    def sentence(self) -> Sentence:
        short = round(self.reading - self.stands + 0.05, 1)
        enough = self.more >= short
        return filled(
            LONGER if enough else SHORTER,
            reading=self.reading,
            stands=self.stands,
            **({"more": short} if enough else {}),
        )


def unread(name: str, town: str, frames: int, available: int, house: House) -> UnreadName | None:
    """`frames` of the clip are used, of `available`. None for a name that can be read, or where none is shown.

    A name stands in the dissolves too where a clip is that short (timeline.py), half of either shows it.
    """
    if not house.strip_seconds:
        return None
    reading, stands = reading_seconds(name, town), max(0, frames - house.fade) / house.fps
    if stands >= reading:
        return None
    return UnreadName(round(reading, 2), round(stands, 2), round((available - frames) / house.fps, 2))
