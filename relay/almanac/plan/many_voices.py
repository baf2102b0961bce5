"""One text by many voices: which reader reads which of its sentences, and where their clips are cut. Pure.

A piece is one sentence of a clip, or several in a row, with a real pause before and behind it: no word is cut. What a
reader runs together stays together. Of all ways through the text the cheapest is taken, by the costs below: first of
all every sentence once, then nobody twice in a row, then as many different people as fit, then districts in turn, the
better picture and sound, pieces that are neither snippets nor speeches, and names that can be read.

Found by dynamic programming over the sentences. Two ways to one sentence that use the same people as often differ in
what comes only by who spoke last, so the two best of them with different last ones stand for all. That is exact while
there are no more than WIDTH sets of people at a sentence; of more, the cheapest WIDTH are gone on with.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

PAUSE = 0.12
"""Seconds without a voice at either edge of a piece, within which one dissolves into the next."""
AIR = 0.28
"""Seconds that are left before and behind a voice, where the pause has them."""
LONGEST_PAUSE = 2.5
"""Between two sentences of one piece: whoever is silent for longer has said or done something else."""
SURE = 0.6
"""Share of a sentence's words that has to be heard, where a piece begins or ends with it."""
SENTENCES = 4
"""Of a piece, unless the reader makes no pause between them, or goes on alone."""

MISSING, IN_A_ROW, GOES_ON = 10_000_000, 100_000, 400
REPEAT, JOINED, DISTRICT = 100, 60, 8
"""For each time that the person, the piece's other sentences, the district were there before."""
SHORT, BRIEF = 80, 2.5
UNSURE, NAMING = 100, 40
"""The first of a sentence that was not heard at all, the second for each second that a name lacks."""
WIDTH = 150
KEPT = 16
"""People that are looked at for a piece: of each district its best first."""
_BITS, MANY = 7, 127


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """The text's sentence `number` is read from second `start` to `stop` of a clip; `sure`: 0 to 1, how much of it was
    heard. `begins`, `ends`: its first word was, its last one.
    """

    number: int
    start: float
    stop: float
    sure: float = 1.0
    begins: bool = True
    ends: bool = True


@dataclass(frozen=True, slots=True)
class TextReader:
    """A clip in which the text is read. `sentences`, in the order of the clip; `voice`: seconds from … to in which
    somebody speaks; frames `begin` up to and without `frames` may be used, at the film's rate. `people`: clips that
    share one of them are by one person. `naming`: seconds in which the name is read.
    """

    clip: int
    sentences: tuple[ReadSentence, ...]
    voice: tuple[tuple[float, float], ...]
    frames: int
    score: int = 100
    district: str = ""
    people: frozenset[str] = frozenset()
    naming: float = 0.0
    begin: int = 0


@dataclass(frozen=True, slots=True)
class VoicePiece:
    """Sentences `at` up to and without `end`, in frames `first` up to and without `last` of the clip."""

    clip: int
    at: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Voices:
    """`pieces` in the order of the text; `missing`: sentences that nobody is sure to read."""

    pieces: tuple[VoicePiece, ...]
    missing: tuple[int, ...] = ()
    cost: int = 0


def pieces_of(reader: TextReader, fps: int) -> Iterator[tuple[VoicePiece, float]]:
    """All that may be cut out of a clip, and what is lacking in it: of sentences that were not quite heard."""
    begins = [_cut_in(one, reader, fps) for one in reader.sentences]
    ends = [_cut_out(one, reader, fps) for one in reader.sentences]
    for left, begin in enumerate(begins):
        if begin is None:
            continue
        lacking, pauses = 0.0, 0
        for right, sentence in enumerate(reader.sentences[left:], left):
            if right > left and not _goes_on(reader.sentences[right - 1], sentence):
                break
            pauses += right > left and ends[right - 1] is not None and begins[right] is not None
            if pauses >= SENTENCES:
                break
            lacking += 1 - sentence.sure
            end = ends[right]
            if end is not None and begin < end:
                yield VoicePiece(reader.clip, reader.sentences[left].number, sentence.number + 1, begin, end), lacking


def _goes_on(before: ReadSentence, after: ReadSentence) -> bool:
    return after.number == before.number + 1 and 0 <= after.start - before.stop <= LONGEST_PAUSE


def _cut_in(sentence: ReadSentence, reader: TextReader, fps: int) -> int | None:
    """The frame with which a piece may begin that begins with this sentence; None where there is no pause."""
    if sentence.sure < SURE or not sentence.begins:
        return None
    at = bisect_right(reader.voice, (sentence.start + EXACT, float("inf"))) - 1
    if at < 0 or reader.voice[at][0] < sentence.start - EXACT:
        return None
    pause = max(reader.begin / fps, reader.voice[at - 1][1] if at else 0.0)
    first, last = ceil(pause * fps), floor((sentence.start - PAUSE) * fps)
    if at:
        first = max(first, min(last, ceil((pause + sentence.start) / 2 * fps)))
    return max(first, min(last, floor((sentence.start - AIR) * fps))) if first <= last else None


def _cut_out(sentence: ReadSentence, reader: TextReader, fps: int) -> int | None:
    """The frame before which a piece may end that ends with this sentence."""
    if sentence.sure < SURE or not sentence.ends:
        return None
    at = bisect_left([end for _, end in reader.voice], sentence.stop - EXACT)
    if at == len(reader.voice) or reader.voice[at][1] > sentence.stop + EXACT:
        return None
    is_last = at + 1 == len(reader.voice)
    pause = reader.frames / fps if is_last else min(reader.frames / fps, reader.voice[at + 1][0])
    first, last = ceil((sentence.stop + PAUSE) * fps), floor(pause * fps)
    if not is_last:
        last = min(last, max(first, floor((pause + sentence.stop) / 2 * fps)))
    return min(last, max(first, ceil((sentence.stop + AIR) * fps))) if first <= last else None


EXACT = 0.002
"""Seconds: times of sentences are those of voices, to the millisecond."""


# --- choosing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Option:
    piece: VoicePiece
    person: int
    district: int
    cost: int


class _Way(NamedTuple):
    """So far. `used`, `districts`: how often each was there, _BITS each; `last`: who spoke, in which clip; after a
    sentence that nobody reads `clip` is 0.
    """

    cost: int
    used: int
    districts: int
    last: int
    clip: int
    option: _Option | None
    before: _Way | None


def choose(
    readers: Sequence[TextReader], count: int, *, fps: int, locked: Sequence[VoicePiece] = ()
) -> Voices:  # fmt: skip
    """Of a text of `count` sentences. `locked`: pieces that stay as they are."""
    options = _options(readers, count, fps, _apart(locked))
    ways: list[dict[int, list[_Way]]] = [{} for _ in range(count + 1)]
    ways[0] = {0: [_START]}
    for at in range(count):
        best = sorted(ways[at].values(), key=lambda some: some[0][:2])[:WIDTH]
        ways[at] = {}
        for way in (one for some in best for one in some):
            _keep(ways[at + 1], way._replace(cost=way.cost + MISSING, clip=0))
            for option in options[at]:
                _keep(ways[option.piece.end], _with(way, option))
    last = min((one for some in ways[count].values() for one in some), key=lambda way: way[:2])
    chosen, cost = _exchanged(_walked(last), options, last.cost)
    pieces = _united([option.piece for option in chosen], {reader.clip: reader for reader in readers})
    there = {number for piece in pieces for number in range(piece.at, piece.end)}
    return Voices(tuple(pieces), tuple(number for number in range(count) if number not in there), cost)


def _with(way: _Way, option: _Option) -> _Way:
    piece, person, district = option.piece, _BITS * option.person, _BITS * option.district
    cost = way.cost + option.cost + REPEAT * (way.used >> person & MANY) + DISTRICT * (way.districts >> district & MANY)
    if way.last == option.person:
        cost += GOES_ON if way.clip == piece.clip else IN_A_ROW
    used, districts = way.used + (1 << person), way.districts + (1 << district)
    return _Way(cost, used, districts, option.person, piece.clip, option, way)


def _keep(there: dict[int, list[_Way]], way: _Way) -> None:
    """Of ways with the same people those after which something may yet come cheaper than after the others."""
    some = there.get(way.used)
    if some is None:
        there[way.used] = [way]
        return
    if some[-1].cost <= way.cost and (some[0].last != some[-1].last or _stands_for(some[0], way)):
        return
    kept: list[_Way] = []
    for one in sorted([*some, way], key=lambda each: each.cost):
        lasts = {other.last for other in kept}
        if len(lasts) < 2 and not any(_stands_for(other, one) for other in kept):
            kept.append(one)
    there[way.used] = kept


def _stands_for(better: _Way, way: _Way) -> bool:
    """Whether whatever comes after `way` costs no less than after the other one, which is no dearer."""
    return better.last == way.last and way.clip in (0, better.clip)


def _exchanged(
    chosen: list[_Option], options: Sequence[Sequence[_Option]], cost: int
) -> tuple[list[_Option], int]:  # fmt: skip
    """Two readers change places, or another one reads a piece, as long as that makes it cheaper: what a row of few
    ways could not see any more.
    """
    missed = cost - _summed(chosen)
    instead = [
        {option.person: option for option in options[one.piece.at] if option.piece.end == one.piece.end}
        for one in chosen
    ]
    best, found = cost - missed, True
    while found:
        found = False
        for row in _exchanges(chosen, instead):
            total = _summed(row)
            if total < best:
                chosen, best, found = row, total, True
                break
    return chosen, best + missed


def _exchanges(
    chosen: Sequence[_Option], instead: Sequence[Mapping[int, _Option]]
) -> Iterator[list[_Option]]:  # fmt: skip
    for left, one in enumerate(chosen):
        for other in instead[left].values():
            if other.person != one.person:
                yield [*chosen[:left], other, *chosen[left + 1 :]]
        for right in range(left + 1, len(chosen)):
            mine, theirs = instead[left].get(chosen[right].person), instead[right].get(one.person)
            if mine is not None and theirs is not None:
                yield [*chosen[:left], mine, *chosen[left + 1 : right], theirs, *chosen[right + 1 :]]


def _summed(chosen: Sequence[_Option]) -> int:
    way = _START
    for option in chosen:
        if way.option is not None and way.option.piece.end != option.piece.at:
            way = way._replace(clip=0)
        way = _with(way, option)._replace(before=None)
    return way.cost


_START = _Way(0, 0, 0, -1, 0, None, None)


def _walked(way: _Way | None) -> list[_Option]:
    found: list[_Option] = []
    while way is not None and way.option is not None:
        found.append(way.option)
        way = way.before
    return found[::-1]


def _united(pieces: Sequence[VoicePiece], readers: Mapping[int, TextReader]) -> list[VoicePiece]:
    """Whoever goes on is not cut."""
    found: list[VoicePiece] = []
    for piece in pieces:
        before = found[-1] if found else None
        if before is not None and before.clip == piece.clip and before.end == piece.at and before.first < piece.first:
            said = {one.number: one for one in readers[piece.clip].sentences} if piece.clip in readers else {}
            pair = said.get(before.end - 1), said.get(piece.at)
            if pair[0] is not None and pair[1] is not None and _goes_on(pair[0], pair[1]):
                found[-1] = VoicePiece(piece.clip, before.at, piece.end, before.first, piece.last)
                continue
        found.append(piece)
    return found


def _apart(locked: Sequence[VoicePiece]) -> list[VoicePiece]:
    """Of those that share a sentence only the first."""
    kept: list[VoicePiece] = []
    for piece in sorted(locked, key=lambda one: (one.at, one.end, one.clip)):
        if not kept or kept[-1].end <= piece.at:
            kept.append(piece)
    return kept


def _options(
    readers: Sequence[TextReader], count: int, fps: int, locked: Sequence[VoicePiece]
) -> list[list[_Option]]:  # fmt: skip
    """By the sentence with which they begin."""
    persons, districts = _persons(readers, locked), _districts(readers)
    home: dict[int, int] = {}
    for reader in readers:
        home.setdefault(persons[reader.clip], districts[reader.district])
    held = {number for piece in locked for number in range(piece.at, piece.end)}
    best: dict[tuple[int, int, int], _Option] = {}
    for reader in readers:
        person = persons[reader.clip]
        for piece, lacking in pieces_of(reader, fps):
            if piece.end > count or held.intersection(range(piece.at, piece.end)):
                continue
            option = _Option(piece, person, home[person], _cost(piece, lacking, reader, fps))
            where = piece.at, piece.end, person
            if where not in best or option.cost < best[where].cost:
                best[where] = option
    found: list[list[_Option]] = [[] for _ in range(count)]
    for piece in (one for one in locked if one.end <= count):
        person = persons[piece.clip]
        found[piece.at].append(_Option(piece, person, home.get(person, 0), 0))
    spans: dict[tuple[int, int], list[_Option]] = {}
    for (at, end, _), option in best.items():
        spans.setdefault((at, end), []).append(option)
    for (at, _), some in sorted(spans.items()):
        found[at] += _likeliest(some)
    return found


def _likeliest(some: Sequence[_Option]) -> list[_Option]:
    turns: dict[int, int] = {}
    ranked = []
    for option in sorted(some, key=lambda one: (one.cost, one.piece.clip)):
        turns[option.district] = turns.get(option.district, 0) + 1
        ranked.append((turns[option.district], option.cost, option.piece.clip, option))
    return [option for *_, option in sorted(ranked, key=lambda one: one[:3])[:KEPT]]


def _cost(piece: VoicePiece, lacking: float, reader: TextReader, fps: int) -> int:
    seconds, more = (piece.last - piece.first) / fps, piece.end - piece.at - 1
    cost = JOINED * more * (more + 1) / 2 + (100 - reader.score) + UNSURE * lacking
    return round(cost + SHORT * max(0.0, BRIEF - seconds) + NAMING * max(0.0, reader.naming - seconds))


def _persons(readers: Sequence[TextReader], locked: Sequence[VoicePiece]) -> dict[int, int]:
    """By clip: the person's number."""
    heads: dict[str, str] = {}

    def head(name: str) -> str:
        while heads.setdefault(name, name) != name:
            name = heads[name]
        return name

    for reader in readers:
        for name in sorted(reader.people):
            heads[head(name)] = head(f"clip {reader.clip}")
    clips = [*(reader.clip for reader in readers), *(piece.clip for piece in locked)]
    numbers: dict[str, int] = {}
    return {clip: numbers.setdefault(head(f"clip {clip}"), len(numbers)) for clip in clips}


def _districts(readers: Sequence[TextReader]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(["", *(one.district for one in readers)]))}
