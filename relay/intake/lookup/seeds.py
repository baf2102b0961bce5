"""What makes two recordings worth comparing: a frame or a moment of sound that they share. Pure.

`likeness.compare` says whether two recordings are one; it takes a millisecond, so with a hundred thousand of them it is
asked only of those that share a seed with the new one:

seen    one of its sample frames (the same that `compare` begins with, in all views, mirrored and turned) and a frame of
        the other have a chunk of 16 bits in common, but for one bit, and differ in at most 66 of 256 bits
heard   a half of a word of both sounds is the same; laid over each other there, a second around it is alike and the
        whole of it more than chance would have it
card    a whole frame of both differs in at most 31 bits: what many share is everybody's (relay/intake/kin.py)

Certain by pigeonhole: every pair of frames within 31 bits (turned ones: within 15) is found, so no card is missed and
no recording that shares one frame that was only coded again. What differs more, up to the 66, is found by most of its
frames at once; `scripts/bench families --look-up` counts what is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from relay.intake import likeness, sound_prints
from relay.intake.families import NEARER
from relay.intake.likeness import COARSE_NEAR, Fingerprint, Table
from relay.intake.lookup import chunks
from relay.intake.lookup.chunks import BitDistances, ChunkTable

TURNS = 6
SIGHTS = ("whole", "bare", "rarely")
"""Frames are kept by what they are asked for: `rarely` are all views but the other two."""
HALF = sound_prints.PER_SECOND // 2
LEAST_HEARD = 1.3
"""Margin of `SoundFit`; the comparison asks for 1.8, at the best place, which may be one beside the seed's."""

Words = NDArray[np.uint32]
Numbers = NDArray[np.uint32]
Near = tuple[NDArray[np.intp], Numbers, NDArray[np.uint16]]
NO_WORDS: Words = np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Printed:
    """What one recording gives to the tables. `sights`: different frames by sight; `words`: of its sound, 0: none."""

    name: str
    sights: dict[str, Table]
    words: Words
    dark: bool

    @classmethod
    def of(cls, name: str, print_: Fingerprint) -> Printed:
        rarely = [rows for view, rows in print_.views.items() if view not in likeness.MOSTLY]
        groups = {
            "whole": print_.views.get("whole", likeness.NOTHING),
            "bare": print_.views.get("bare", likeness.NOTHING),
            "rarely": np.concatenate([likeness.NOTHING, *rarely]),
        }
        return cls(name, {sight: _different(rows) for sight, rows in groups.items()}, words_of(print_), print_.dark)


@dataclass(frozen=True)
class SeedQuery:
    """What is asked of the tables about one recording. `samples`: rows and how far each reaches, by sight; of those
    that are asked of whole frames, the first `cards` are whole frames themselves.
    """

    samples: dict[str, list[tuple[Table, int]]]
    cards: int
    words: Words
    dark: bool

    @classmethod
    def of(cls, print_: Fingerprint) -> SeedQuery:
        every, mostly = print_.samples
        rows, turned = _parted(print_, every)
        straight, turned = _different(rows), _different(turned)
        whole = _different(print_.views.get("whole", likeness.NOTHING))
        samples = {
            "whole": [(np.concatenate([whole, _missing(straight, whole)]), 1), (turned, 0)],
            "bare": [(straight, 1), (turned, 0)],
            "rarely": [(_different(mostly[0]), 1)],
        }
        return cls(samples, len(whole), words_of(print_), print_.dark)


@dataclass
class Seeds:
    """Numbers of recordings: `alike` ought to be compared, `cards` share a whole frame."""

    alike: set[int] = field(default_factory=set)
    cards: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class SightTable:
    """Frames of many recordings. `owners`: whose each row is."""

    prints: Table
    owners: Numbers
    chunks: ChunkTable

    @classmethod
    def of(cls, groups: list[Table]) -> SightTable:
        prints = np.concatenate([likeness.NOTHING, *groups])
        owners = np.repeat(np.arange(len(groups), dtype=np.uint32), [len(rows) for rows in groups])
        return cls(prints, owners, ChunkTable.of(chunks.of_frames(prints)))

    def near(self, rows: Table, bits: int, *, reach: int) -> Iterator[Near]:
        """Pairs (place among `rows`, number of a frame, bits between them) that share a chunk and differ in at most so
        many bits.
        """
        comparison = BitDistances(rows, self.prints)
        for places, numbers in self.chunks.meeting(chunks.of_frames(rows), reach=reach):
            close, differing = comparison.near(places, numbers, bits)
            if len(close):
                yield places[close], numbers[close], differing

    def seeds(self, rows: Table, cards: int, *, reach: int) -> Seeds:
        """The first `cards` of the rows are whole frames, and so are these."""
        seeds = Seeds()
        for places, numbers, differing in self.near(rows, COARSE_NEAR, reach=reach):
            owners = self.owners[numbers]
            seeds.alike.update(np.unique(owners).tolist())
            seeds.cards.update(np.unique(owners[(places < cards) & (differing <= NEARER)]).tolist())
        return seeds


@dataclass(frozen=True)
class SoundTable:
    """Sounds of many recordings, one behind the other. `begins`: where each begins, and the last one ends."""

    words: Words
    begins: Numbers
    chunks: tuple[ChunkTable, ...]

    @classmethod
    def of(cls, sounds: list[Words]) -> SoundTable:
        words = np.concatenate([NO_WORDS, *sounds])
        begins = np.concatenate([[0], np.cumsum([len(one) for one in sounds])]).astype(np.uint32)
        halves = chunks.of_words(words)
        tables = []
        for half in range(chunks.WORD_CHUNKS):
            places = np.concatenate([[], *(_changes(one, half) + at for one, at in zip(sounds, begins, strict=False))])
            numbers = places.astype(np.uint32)
            tables.append(ChunkTable.of(halves[numbers, half, None], numbers))
        return cls(words, begins, tuple(tables))

    def heard(self, words: Words, dark: NDArray[np.bool_]) -> set[int]:
        """Numbers of recordings that sound alike somewhere; of those that are `dark`, or one of them, at any tempo."""
        found: set[int] = set()
        halves = chunks.of_words(words)
        for half, table in enumerate(self.chunks):
            places = _changes(words, half)
            for which, numbers in table.meeting(halves[places, half, None], reach=0):
                found |= self._alike(words, places[which], numbers, dark, found)
        return found

    def _alike(
        self, words: Words, at: NDArray[np.intp], there: Numbers, dark: NDArray[np.bool_], known: set[int]
    ) -> set[int]:
        owners = np.searchsorted(self.begins, there, "right") - 1
        starts, ends = self.begins[owners].astype(np.intp), self.begins[owners + 1].astype(np.intp)
        second = np.zeros(len(at), np.int32)
        for step in range(-HALF, HALF):
            mine, other = at + step, there.astype(np.intp) + step
            inside = (mine >= 0) & (mine < len(words)) & (other >= starts) & (other < ends)
            one = words[np.clip(mine, 0, len(words) - 1)]
            two = self.words[np.clip(other, 0, len(self.words) - 1)]
            both = inside & (one != 0) & (two != 0)
            second += np.where(both, sound_prints.BITS - 2 * np.bitwise_count(one ^ two).astype(np.int32), 0)
        alike = second >= sound_prints.SAME * sound_prints.BITS * sound_prints.PER_SECOND
        pairs = {(int(owner), int(place - (number - start))) for owner, place, number, start in zip(
            owners[alike], at[alike], there[alike], starts[alike], strict=True
        )}  # fmt: skip
        return {
            owner for owner, shift in sorted(pairs)
            if owner not in known and (dark[owner] or self._margin(words, owner, shift) >= LEAST_HEARD)
        }  # fmt: skip

    def _margin(self, words: Words, owner: int, shift: int) -> float:
        """As in `SoundFit`, of the sounds laid over each other like this."""
        other = self.words[self.begins[owner] : self.begins[owner + 1]]
        start, end = max(0, shift), min(len(words), shift + len(other))
        one, two = words[start:end], other[start - shift : end - shift]
        both = (one != 0) & (two != 0)
        count = int(both.sum())
        if count < sound_prints.LEAST_ROWS:
            return 0.0
        same = sound_prints.BITS * count - 2 * int(np.bitwise_count(one[both] ^ two[both]).sum())
        return float(same / sound_prints.BITS / np.sqrt(count))


def found(wanted: SeedQuery, sights: Mapping[str, SightTable], sounds: SoundTable, dark: NDArray[np.bool_]) -> Seeds:
    """The recordings of these tables that share a seed with the one that is asked about."""
    seeds = Seeds()
    for sight, table in sights.items():
        for rows, reach in wanted.samples[sight]:
            some = table.seeds(rows, wanted.cards if sight == "whole" and reach else 0, reach=reach)
            seeds.alike |= some.alike
            seeds.cards |= some.cards
    if len(wanted.words) and len(sounds.words):
        seeds.alike |= sounds.heard(wanted.words, dark | wanted.dark)
    return seeds


def words_of(print_: Fingerprint) -> Words:
    return np.frombuffer(print_.sounds, np.uint32, len(print_.sounds) // 4)


def _changes(words: Words, half: int) -> NDArray[np.intp]:
    """Where a half begins to be what it is: a tone that is held is one place, not hundreds."""
    keys = chunks.of_words(words)[:, half]
    changed = np.ones(len(words), np.bool_)
    changed[1:] = (keys[1:] != keys[:-1]) | (words[:-1] == 0)
    return np.flatnonzero(changed & (words != 0))


def _different(rows: Table) -> Table:
    good = rows[rows.any(axis=1)]
    return np.unique(good, axis=0) if len(good) else likeness.NOTHING


def _missing(rows: Table, others: Table) -> Table:
    """Those that are not among the others."""
    there = {row.tobytes() for row in others}
    return rows[[row.tobytes() not in there for row in rows]] if len(rows) else rows


def _parted(print_: Fingerprint, every: likeness.Groups) -> tuple[Table, Table]:
    """The samples as they are and mirrored; those that are turned, which are the last six groups of them."""
    rows, starts = every
    if not len(likeness.few_of(print_.views.get("whole", likeness.NOTHING))):
        return rows, likeness.NOTHING
    first = int(starts[-TURNS])
    return rows[:first], rows[first:]
