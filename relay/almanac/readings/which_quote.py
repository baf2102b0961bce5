"""Which texts of a selection are read in a clip, which of their words, and when. Pure.

Words that were heard are laid beside the words of a text so that the most of them agree (local alignment of Smith and
Waterman); words alike in most of their letters agree in part, so a text is known although every third word was
misheard. Own words before, between and behind are no matter. What is found is a proposal: three texts at the most, how
much speaks for each, and whether that is more than other texts ever reach (measured: scripts/bench speech).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.tokens import tokens
from relay.models import QuoteVerdict

ALIKE = 0.55
"""Share of letters from which on a word speaks for another."""
GAP = 0.25
"""What a word that has no counterpart costs."""
LONG = 6
"""Letters of a word that speaks fully; shorter ones speak less, since texts share them."""
ENOUGH, LEAST = 8.0, 4.0
"""So many long words are all that it takes; a text that has fewer than the second number is never quite sure."""
SURE, POSSIBLE, MARGIN = 0.5, 0.3, 0.1
"""Of ENOUGH. Other texts and free talk came up to 0.22, readings had 1.0 also in noise: scripts/bench speech."""
AROUND = 4
"""Words beside a reading that are worth a look for another one."""
BEST = 3


class SaidWord(Protocol):
    """A word that was heard, and seconds of the clip."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


@dataclass(frozen=True, slots=True)
class QuoteCandidate:
    """`evidence`: 0 to 1."""

    number: str
    evidence: float


@dataclass(frozen=True, slots=True)
class WordTime:
    """Letters `at` to `end` of a text are heard in these seconds; `alike`: 0 to 1."""

    at: int
    end: int
    start: float
    stop: float
    alike: float


@dataclass(frozen=True, slots=True)
class QuoteReading:
    """`covered`: share of the text that was heard. `first`, `last`: letters of the text; `start`, `end`: seconds of the
    clip; `words`: those with a counterpart, in order. `best`: this text and up to two more, `margin`: how much more
    speaks for this one than for the next, 0 to 1.
    """

    number: str
    verdict: QuoteVerdict
    evidence: float
    margin: float
    covered: float
    first: int
    last: int
    start: float
    end: float
    words: tuple[WordTime, ...]
    best: tuple[QuoteCandidate, ...]


def readings(bank: QuoteBank, said: Sequence[SaidWord]) -> list[QuoteReading]:
    """In the order of the clip; empty where none of the texts is read."""
    heard = [(token.text, place) for place, word in enumerate(said) for token in tokens(word.text)]
    found = _within(bank, said, heard)
    return _united(found)


Heard = Sequence[tuple[str, int]]
"""Tokens, and which word of the clip each belongs to."""


def _within(bank: QuoteBank, said: Sequence[SaidWord], heard: Heard) -> list[QuoteReading]:
    """The best one, and what is read before and behind it."""
    if len(heard) < 2:
        return []
    laid = _laid(bank, heard, bank.candidates([text for text, _ in heard]))
    if not laid or laid[0].evidence < POSSIBLE:
        return []
    pairs = laid[0].traced()
    first, last = pairs[0][0], pairs[-1][0] + 1
    reading = _reading(bank, said, heard, laid[0], pairs, _laid(bank, heard[first:last], [one.place for one in laid]))
    around = [_within(bank, said, rest) if len(rest) >= AROUND else [] for rest in (heard[:first], heard[last:])]
    return [*around[0], reading, *around[1]]


def _laid(bank: QuoteBank, heard: Heard, places: Iterable[int]) -> list[_Table]:
    """These texts beside these words: for which the most speaks, first."""
    words = [text for text, _ in heard]
    tables = [_table(place, words, [word.text for word in bank.tokens[place]]) for place in places]
    return sorted(tables, key=lambda table: (-table.most, table.place))


def _reading(
    bank: QuoteBank,
    said: Sequence[SaidWord],
    heard: Heard,
    table: _Table,
    pairs: Sequence[tuple[int, int, float]],
    rivals: Sequence[_Table],
) -> QuoteReading:
    """`rivals`: what this reading's words alone say of each text; another one may be read elsewhere in the clip."""
    own = bank.tokens[table.place]
    others = [rival for rival in rivals if rival.place != table.place][: BEST - 1]
    margin = max(0.0, 1 - others[0].most / table.most) if others else 1.0
    is_sure = table.evidence >= SURE and margin >= MARGIN
    times = tuple(
        WordTime(own[theirs].at, own[theirs].end, said[heard[ours][1]].start, said[heard[ours][1]].end, alike)
        for ours, theirs, alike in pairs
    )
    return QuoteReading(
        number=bank.numbers[table.place],
        verdict=QuoteVerdict.read if is_sure else QuoteVerdict.unsure,
        evidence=table.evidence,
        margin=margin,
        covered=sum(_weight(own[theirs].text) for _, theirs, _ in pairs) / table.whole,
        first=times[0].at,
        last=times[-1].end,
        start=times[0].start,
        end=times[-1].stop,
        words=times,
        best=tuple(QuoteCandidate(bank.numbers[one.place], one.evidence) for one in (table, *others)),
    )


def _united(found: Sequence[QuoteReading]) -> list[QuoteReading]:
    """A text that is gone on with behind words of one's own is read once."""
    kept: list[QuoteReading] = []
    for reading in found:
        if kept and kept[-1].number == reading.number and kept[-1].last <= reading.first:
            kept.append(_joined(kept.pop(), reading))
        else:
            kept.append(reading)
    return kept


def _joined(one: QuoteReading, other: QuoteReading) -> QuoteReading:
    more = one if one.evidence >= other.evidence else other
    return replace(
        more,
        verdict=min(one.verdict, other.verdict, key=list(QuoteVerdict).index),
        covered=one.covered + other.covered,
        first=one.first,
        last=other.last,
        start=one.start,
        end=other.end,
        words=one.words + other.words,
    )


def _weight(word: str) -> float:
    return min(len(word), LONG) / LONG


class _Table:
    """Points of the best way that ends at each pair of a heard word (row) and a word of the text (column)."""

    def __init__(self, place: int, gains: NDArray[np.float64], alike: NDArray[np.float64], whole: float) -> None:
        self.place, self._gains, self._alike, self.whole = place, gains, alike, whole
        rows, columns = gains.shape
        self.points = np.zeros((rows + 1, columns + 1))
        steps = GAP * np.arange(columns + 1)
        for row in range(rows):
            above = self.points[row]
            here = np.maximum(above - GAP, 0.0)
            here[1:] = np.maximum(here[1:], above[:-1] + gains[row])
            self.points[row + 1] = np.maximum.accumulate(here + steps) - steps
        self.most = float(self.points.max(initial=0.0))
        self.evidence = min(1.0, self.most / max(LEAST, min(whole, ENOUGH)))

    def traced(self) -> list[tuple[int, int, float]]:
        """Pairs of the best way: heard word, word of the text, how alike."""
        row, column = (int(place) for place in np.unravel_index(int(self.points.argmax()), self.points.shape))
        found = []
        while row and column and self.points[row, column] > 1e-9:
            here = self.points[row, column]
            if abs(here - self.points[row - 1, column - 1] - self._gains[row - 1, column - 1]) < 1e-9:
                row, column = row - 1, column - 1
                if self._alike[row, column] >= ALIKE:
                    found.append((row, column, float(self._alike[row, column])))
            elif abs(here - self.points[row - 1, column] + GAP) < 1e-9:
                row -= 1
            else:
                column -= 1
        return found[::-1]


def _table(place: int, said: Sequence[str], text: Sequence[str]) -> _Table:
    from rapidfuzz import fuzz, process

    alike = np.asarray(process.cdist(said, text, scorer=fuzz.ratio, dtype=np.float64), np.float64) / 100
    weights = np.array([_weight(word) for word in text])
    gains = (alike - ALIKE) / (1 - ALIKE) * weights
    return _Table(place, gains, alike, float(weights.sum()))
