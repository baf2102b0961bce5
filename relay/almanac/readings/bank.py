"""The texts of a selection, kept so that the few that resemble some words are found without reading all. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from relay.almanac.readings.tokens import QuoteWord, tokens

WINDOW, HOP = 40, 20
"""Words of a clip that are looked up at once: about as long as a text."""
EACH, MOST = 8, 32
"""Texts that are compared word by word: of each window, and of a clip."""


class QuoteBank:
    """`texts`: by the number under which the selection knows them. 4000 of them take some 35 MB and 0.7 s."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.numbers = list(texts)
        self.tokens: list[Sequence[QuoteWord]] = [tokens(text) for text in texts.values()]
        lists: defaultdict[str, list[int]] = defaultdict(list)
        for place, words in enumerate(self.tokens):
            for trigram in _trigrams(word.text for word in words):
                lists[trigram].append(place)
        count = max(1, len(self.numbers))
        self._holds = {trigram: np.array(places, np.int32) for trigram, places in lists.items()}
        self._weights = {trigram: math.log(1 + count / len(places)) for trigram, places in lists.items()}
        self._lengths = np.zeros(count)
        for trigram, places in self._holds.items():
            self._lengths[places] += self._weights[trigram] ** 2

    def candidates(self, said: Sequence[str]) -> list[int]:
        """Places of texts that may be among the words `said`, likeliest first; not more than MOST."""
        points: Counter[int] = Counter()
        for first in range(0, max(1, len(said) - HOP), HOP):
            for place, likeness in self._nearest(said[first : first + WINDOW]):
                points[place] = max(points[place], likeness)
        return sorted(points, key=lambda place: (-points[place], place))[:MOST]

    def _nearest(self, said: Sequence[str]) -> list[tuple[int, int]]:
        """Places and cosines of their trigrams in millionths."""
        known = [trigram for trigram in _trigrams(said) if trigram in self._holds]
        if not known:
            return []
        shared: NDArray[np.float64] = np.zeros(len(self._lengths))
        for trigram in sorted(known):
            shared[self._holds[trigram]] += self._weights[trigram] ** 2
        whole = sum(self._weights[trigram] ** 2 for trigram in known)
        cosines = shared / np.sqrt(np.maximum(self._lengths, 1e-9) * whole)
        order = np.argsort(-cosines, kind="stable")[:EACH]
        return [(int(place), int(cosines[place] * 1_000_000)) for place in order if cosines[place] > 0]


def _trigrams(words: Iterable[str]) -> set[str]:
    """Of the letters of each word with its borders, and of borders of neighbours, which are often misheard as one."""
    listed = list(words)
    own = {f" {word} "[at : at + 3] for word in listed for at in range(len(word))}
    return own | {before[-1:] + after[:2] for before, after in pairwise(listed)}
