"""Rows of bits found by their chunks: what brute force finds within the radius, and nothing but what is near."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from relay.intake.lookup import chunks
from relay.intake.lookup.chunks import BitDistances, ChunkTable

Rows = NDArray[np.uint64]
CERTAIN = {0: 15, 1: 31}
"""Bits, by reach: what the pigeonhole principle promises of sixteen chunks."""


def some(seed: int, count: int) -> Rows:
    return np.random.default_rng(seed).integers(0, 1 << 64, (count, 4), np.uint64, endpoint=False)


def changed(rows: Rows, seed: int, most: int) -> Rows:
    """Copies in which up to so many bits differ, by chance which."""
    dice = np.random.default_rng(seed)
    bits = np.unpackbits(rows.view(np.uint8), axis=1)
    for row in bits:
        row[dice.choice(256, dice.integers(0, most + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1).view(np.uint64)


def clustered(seed: int, count: int) -> Rows:
    """Some scenes, of which all rows are copies, many of them equal, as title cards are."""
    scenes = some(seed, 5)[np.random.default_rng(seed).integers(0, 5, count)]
    return np.concatenate([changed(scenes, seed, 70), scenes[: count // 3]])


def found(table: ChunkTable, rows: Rows, asked: Rows, bits: int, reach: int) -> set[tuple[int, int]]:
    comparison = BitDistances(asked, rows)
    pairs = set()
    for places, numbers in table.meeting(chunks.of_frames(asked), reach=reach):
        close, _ = comparison.near(places, numbers, bits)
        pairs |= set(zip(places[close].tolist(), numbers[close].tolist(), strict=True))
    return pairs


def by_force(rows: Rows, asked: Rows, bits: int) -> set[tuple[int, int]]:
    differing = np.bitwise_count(asked[:, None] ^ rows[None]).sum(axis=2)
    return set(zip(*(side.tolist() for side in np.nonzero(differing <= bits)), strict=True))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 120), st.sampled_from([0, 1]))
def test_all_within_the_radius_are_found_and_nothing_else(seed: int, count: int, reach: int) -> None:
    rows = clustered(seed, count)
    asked = np.concatenate([changed(rows[:20], seed + 1, 40), some(seed + 2, 5), rows[:3]])
    bits = CERTAIN[reach]
    assert found(ChunkTable.of(chunks.of_frames(rows)), rows, asked, bits, reach) == by_force(rows, asked, bits)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 32))
def test_a_table_that_says_where_each_value_begins_finds_the_same(seed: int) -> None:
    rows = clustered(seed, 60)
    asked = changed(rows[:30], seed, 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "DIRECT", 1)
        patch.setattr(chunks, "AT_ONCE", 7)
        table = ChunkTable.of(chunks.of_frames(rows))
        assert table.starts.shape == (16, chunks.VALUES + 1)
        assert found(table, rows, asked, 31, 1) == by_force(rows, asked, 31)


@pytest.mark.parametrize("forgotten", range(16))
def test_twin_a_table_that_forgets_a_chunk_misses_what_only_that_one_has(forgotten: int) -> None:
    """Rows that differ by two bits in every chunk but one, in which they differ by one: 31 in all."""
    rows = some(forgotten, 1)
    keys = chunks.of_frames(rows).copy()
    others = [chunk for chunk in range(16) if chunk != forgotten]
    keys[:, others] ^= np.uint16(0b11)
    keys[:, forgotten] ^= np.uint16(1)
    places = np.empty(256, np.uint8)
    places[chunks.DIAGONALS] = np.unpackbits(keys.view(np.uint8))
    asked = np.packbits(places).view(np.uint64)[None]
    whole = ChunkTable.of(chunks.of_frames(rows))
    assert found(whole, rows, asked, 31, 1) == by_force(rows, asked, 31) == {(0, 0)}
    less = ChunkTable(whole.numbers.copy(), whole.starts, whole.keys.copy())
    less.keys[forgotten] = ~less.keys[forgotten]
    assert found(less, rows, asked, 31, 1) == set()
