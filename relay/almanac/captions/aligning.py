"""When each sentence of a known text is read in a clip, without any model of a language. Pure.

The machine reads the text too, sentence by sentence, so there it is known when each begins. Both readings become
twelve cepstra a moment with their slopes, what is silent is left out, and the way through both that costs least says
which moment of the one belongs to which of the other (dynamic time warping). Before and after the text the clip may
hold anything: a greeting, a name. Errors that were measured: docs/almanac.md, captions of a quote.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Moments = NDArray[np.float32]

RATE = 16_000
HOP = 0.02
"""Seconds from one moment to the next."""
WINDOW = 512
BANDS, CEPSTRA, SLOPE = 26, 12, 2
LOWEST, HIGHEST = 100.0, 6800.0
"""Hz: what telephones and rooms leave of a voice."""
NEAR = 5
"""Moments around a loud one that belong to it."""
MOST_CELLS = 40_000_000
"""Of the table: what is longer is read in every second, third … moment."""
SHORTEST_PAUSE = 0.12
REACH = 0.8
"""Seconds: so far from the border that was found a pause may be the one that was meant."""
FAR = 0.72
"""Mean distance to a text that is not the one that is read: 0.65 to 0.8; to the right one 0.25 to 0.7."""
NEARER, EACH_NEARER, SHARE, LONG = 0.05, 0.025, 0.2, 6.0
"""So much nearer than texts that nobody reads are the right text and each of its parts, which also have this share
of the whole's lead; both for texts of so many seconds of speech, and more for shorter ones. Measured: docs/almanac.md.
"""
AMONG_MANY = 1.8
"""So many times more for the nearest of 200 texts joined of the same sentences: others came to 1.64 times, and 30 of 34
that were read lay above (scripts/bench speech without a model).
"""
PART = 1.5
"""Seconds of speech that are enough to tell a distance."""
STRANGERS, SYLLABLE = 4, 0.2
"""How many such texts are made, of pieces of so many seconds."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Seconds of the clip in which a sentence is read; `unlike`: mean distance from the machine's reading, 0 to 2."""

    start: float
    end: float
    unlike: float


def align(heard: Samples, sentences: Sequence[Samples]) -> list[Spoken]:
    """`heard`: the clip, `sentences`: the machine's reading; both mono at `RATE`. One entry a sentence, in order.

    Empty where one of them is silent, where the clip is less than half as long as the text, and where no way was found
    that gives every sentence a time of its own.
    """
    ours = [_voiced(sentence) for sentence in sentences]
    moments, places = _voiced(heard)
    text = np.concatenate([found for found, _ in ours]) if ours else moments[:0]
    if not len(text) or any(not len(found) for found, _ in ours) or len(moments) < len(text) / 2:
        return []
    step = _step(text, moments)
    way, costs = _warped(_normal(text)[::step], _normal(moments)[::step])
    borders = [0, *accumulate(len(found) for found, _ in ours)]
    spoken = []
    for first, last in pairwise(borders):
        rows = slice(first // step, max(first // step + 1, last // step))
        begin, end = (int(places[min(at * step, len(places) - 1)]) for at in (way[rows][0], way[rows][-1]))
        spoken.append(Spoken(begin * HOP, (end + 1) * HOP, float(costs[rows].mean())))
    settled = _at_pauses(spoken, _pauses(_is_loud(levels(heard))))
    return settled if _follow_each_other(settled) else []


def voiced(samples: Samples) -> Moments:
    """What is told apart of a sound: cepstra of the moments in which somebody speaks, n × 24."""
    return _voiced(samples)[0]


def unlike(heard: Moments, text: Moments, step: int) -> float:
    """Mean distance, 0 to 2, of a text from where it lies nearest in what is heard, by every `step`th moment; infinite
    where the text is silent, or more than twice as long as all that is heard.
    """
    if not len(text) or len(heard) < max(len(text) / 2, 2 * step):
        return math.inf
    step = max(step, _step(text, heard))
    return float(_warped(_normal(text)[::step], _normal(heard)[::step])[1].mean())


def _step(text: Moments, moments: Moments) -> int:
    return math.ceil(math.sqrt(max(1.0, len(text) * len(moments) / MOST_CELLS)))


def _follow_each_other(spoken: Sequence[Spoken]) -> bool:
    lasts = all(each.start < each.end for each in spoken)
    return lasts and all(before.end <= after.start for before, after in pairwise(spoken))


def _at_pauses(spoken: Sequence[Spoken], pauses: Sequence[tuple[float, float]]) -> list[Spoken]:
    """A sentence ends at a pause, and the next one begins behind it: a long one near the border that was found."""
    settled = list(spoken)
    for number, (before, after) in enumerate(pairwise(spoken)):
        border = (before.end + after.start) / 2
        near = [pause for pause in pauses if pause[0] - REACH <= border <= pause[1] + REACH]
        if near:
            begin, end = max(near, key=lambda pause: _fits(pause, border))
            settled[number] = replace(settled[number], end=begin)
            settled[number + 1] = replace(settled[number + 1], start=end)
    settled[0] = replace(settled[0], start=_nearest((end for _, end in pauses), spoken[0].start))
    settled[-1] = replace(settled[-1], end=_nearest((begin for begin, _ in pauses), spoken[-1].end))
    return settled


def _nearest(moments: Iterable[float], at: float) -> float:
    """The one that lies next to `at`, within REACH; else `at` itself."""
    return min(
        (moment for moment in moments if abs(moment - at) < REACH), key=lambda moment: abs(moment - at), default=at
    )


def _fits(pause: tuple[float, float], border: float) -> float:
    begin, end = pause
    away = max(begin - border, border - end, 0.0)
    return min(end - begin, 0.6) - 0.4 * away


def pauses(heard: Samples) -> list[tuple[float, float]]:
    """Seconds in which nobody speaks for a while, also before the first word and behind the last one."""
    return _pauses(_is_loud(levels(heard)))


def _pauses(loud: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """`pauses`, of moments that are loud or not."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], loud, [True]]).astype(np.int8)))
    found = [(float(first) * HOP, float(last) * HOP) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return [
        (begin, end) for begin, end in found if end - begin >= SHORTEST_PAUSE or begin == 0 or end >= len(loud) * HOP
    ]


def is_read(heard: Samples, sentences: Sequence[Samples], found: Sequence[Spoken], *, among_many: bool = False) -> bool:
    """Whether it is this text that `align` found, and the whole of it in its order. In doubt it is not.

    It must be near, and clearly nearer than texts of the same sounds that nobody reads: as a whole, and in each of its
    parts, so that a sentence that was left out, changed or read elsewhere is noticed. Short texts vary more (their
    mean is one of fewer moments), so more is asked of them. `among_many`: the text is the nearest of many, which may
    share sentences with the one that is read; still more is asked of it.
    """
    texts = [_voiced(sentence)[0] for sentence in sentences]
    lengths = [len(text) for text in texts]
    whole = _unlike(found, lengths)
    if whole > FAR:
        return False
    strangers = _strangers(heard, np.concatenate(texts))
    usual = sum(strangers) / len(strangers)
    doubt = math.sqrt(max(1.0, LONG / (sum(lengths) * HOP))) * (AMONG_MANY if among_many else 1.0)
    lead, least = usual - whole, usual - max(_of_parts(found, lengths))
    return lead >= NEARER * doubt and least >= max(EACH_NEARER * doubt, SHARE * lead)


def _strangers(heard: Samples, text: Moments) -> list[float]:
    """Distances of texts that are surely not read: this one's sounds in another order, in pieces of a syllable."""
    moments, _ = _voiced(heard)
    step, dice = _step(text, moments), np.random.default_rng(len(text))
    pieces = np.array_split(_normal(text), max(2, round(len(text) * HOP / SYLLABLE)))
    against = _normal(moments)[::step]
    orders = (dice.permutation(len(pieces)) for _ in range(STRANGERS))
    mixed = (np.concatenate([pieces[number] for number in order])[::step] for order in orders)
    return [float(_warped(other, against)[1].mean()) for other in mixed]


def _of_parts(found: Sequence[Spoken], lengths: Sequence[int]) -> list[float]:
    """Mean distance of each sentence, of short ones together with what follows, or with what comes before the end."""
    parts: list[tuple[list[Spoken], list[int]]] = []
    for each, length in zip(found, lengths, strict=True):
        if parts and sum(parts[-1][1]) * HOP < PART:
            parts[-1][0].append(each)
            parts[-1][1].append(length)
        else:
            parts.append(([each], [length]))
    if len(parts) > 1 and sum(parts[-1][1]) * HOP < PART:
        said, long = parts.pop()
        parts[-1][0].extend(said)
        parts[-1][1].extend(long)
    return [_unlike(said, long) for said, long in parts]


def _unlike(spoken: Sequence[Spoken], lengths: Sequence[int]) -> float:
    return float(np.average([each.unlike for each in spoken], weights=lengths))


def pace(heard: Samples, sentences: Sequence[Samples]) -> float:
    """How much longer somebody speaks in the clip than the machine takes for the text; 1 for silence."""
    ours, theirs = sum(len(_voiced(sentence)[1]) for sentence in sentences), len(_voiced(heard)[1])
    return theirs / ours if ours and theirs else 1.0


def speech_bounds(heard: Samples) -> tuple[float, float] | None:
    """Seconds from the first to the last loud moment; None for silence."""
    places = np.flatnonzero(_is_loud(levels(heard)))
    return (float(places[0]) * HOP, float(places[-1] + 1) * HOP) if len(places) else None


def _voiced(samples: Samples) -> tuple[Moments, NDArray[np.int64]]:
    """Cepstra of the moments in which somebody speaks, and which moments these are.

    What is near a loud moment belongs to it: consonants are quiet, only pauses are left out.
    """
    loud = _is_loud(levels(samples))
    counted = np.concatenate([np.zeros(NEAR + 1, np.int64), np.cumsum(loud), np.full(NEAR, loud.sum())])
    speaks = counted[2 * NEAR + 1 :] > counted[: len(loud)]
    return _cepstra(samples)[speaks], np.flatnonzero(speaks)


def _count(samples: Samples) -> int:
    return len(samples) // round(HOP * RATE)


def levels(samples: Samples) -> Moments:
    """dB of every moment."""
    hop = round(HOP * RATE)
    blocks = samples[: _count(samples) * hop].reshape(-1, hop)
    return np.asarray(10 * np.log10((blocks**2).mean(axis=1) + 1e-10), np.float32)


def _is_loud(levels: Moments) -> NDArray[np.bool_]:
    """Above the middle between what is usual for silence here and what is usual for speech, but for what is no more
    than 25 dB below speech. Quieter than 55 dB below full scale is nobody.
    """
    if not len(levels):
        return np.zeros(0, np.bool_)
    quiet, loud = np.percentile(levels, (5, 95))
    return np.asarray(levels > max(min((quiet + loud) / 2, loud - 12), loud - 25, -55.0), np.bool_)


def _cepstra(samples: Samples) -> Moments:
    """Mel-frequency cepstra (12, without the loudness) and their slopes: n moments × 24."""
    hop, count = round(HOP * RATE), _count(samples)
    if not count:
        return np.zeros((0, 2 * CEPSTRA), np.float32)
    sharper = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    padded = np.pad(sharper, (WINDOW // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::hop][:count]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW))) ** 2
    bands = np.log(power @ _mel_bands().T + 1e-8)
    numbers = np.arange(BANDS)
    turns = np.cos(np.pi / BANDS * np.outer(np.arange(1, CEPSTRA + 1), numbers + 0.5))
    cepstra = bands @ turns.T
    edged = np.pad(cepstra, ((SLOPE, SLOPE), (0, 0)), "edge")
    slopes = sum(
        step * (edged[SLOPE + step : len(edged) - SLOPE + step] - edged[SLOPE - step : len(edged) - SLOPE - step])
        for step in range(1, SLOPE + 1)
    )
    return np.asarray(np.concatenate([cepstra, slopes], axis=1), np.float32)


def _mel_bands() -> NDArray[np.float64]:
    """Triangles, evenly spread on the mel scale (O'Shaughnessy): bands × spectrum."""
    edges = _hertz(np.linspace(_mel(LOWEST), _mel(HIGHEST), BANDS + 2))
    at = np.fft.rfftfreq(WINDOW, 1 / RATE)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0, np.minimum((at - left) / (middle - left), (right - at) / (right - middle)))


def _mel(hertz: float) -> float:
    return 2595 * math.log10(1 + hertz / 700)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(700 * (10 ** (mel / 2595) - 1))


def _normal(moments: Moments) -> Moments:
    """Without what the room, the telephone and the voice as such do: mean 0, spread 1, length 1."""
    centred = (moments - moments.mean(axis=0)) / (moments.std(axis=0) + 1e-6)
    return np.asarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-6), np.float32)


def _warped(text: Moments, heard: Moments) -> tuple[NDArray[np.int64], Moments]:
    """For each moment of the text the one of the clip, and their distance. Begins and ends anywhere in the clip.

    A step in both, or two in one of them: nobody reads more than twice as fast or slow as the machine for long.
    """
    rows, columns = len(text), len(heard)
    far = np.float32(1e9)
    before, last = np.full(columns, far), np.full(columns, far)
    ways = np.zeros((rows, columns), np.int8)
    for row in range(rows):
        costs = 1 - heard @ text[row]
        if not row:
            total = costs
        else:
            straight, fast, slow = (np.full(columns, far) for _ in range(3))
            straight[1:] = last[:-1]
            fast[2:] = last[:-2]  # the clip's reader is slower: two moments of the clip for one of the text
            slow[1:] = before[:-1] if row > 1 else far  # two moments of the text for one of the clip: paid twice
            choices = np.stack([straight, fast, slow + costs])
            ways[row] = choices.argmin(axis=0)
            total = costs + choices.min(axis=0)
        before, last = last, np.asarray(total, np.float32)
    return _traced(ways, int(last.argmin()), text, heard)


def _traced(ways: NDArray[np.int8], end: int, text: Moments, heard: Moments) -> tuple[NDArray[np.int64], Moments]:
    way = np.full(len(ways), -1, np.int64)
    row, column = len(ways) - 1, end
    while row >= 0:
        way[row] = column
        step = ways[row, column]
        if step == 2:
            way[row - 1] = column
        row -= 2 if step == 2 else 1
        column = max(0, column - (2 if step == 1 else 1))
    return way, np.asarray(1 - (heard[way] * text).sum(axis=1), np.float32)
