"""Which recordings of a table are worth comparing; with real rows of a database: test_index.py."""

from __future__ import annotations

import numpy as np
import pytest

from relay.intake import likeness
from relay.intake.likeness import Fingerprint, Table
from relay.intake.lookup.seeds import Printed, SeedQuery, Seeds
from relay.intake.lookup.segment import PrintTables
from tests.intake.lookup.test_chunks import changed, some
from tests.intake.test_sound_prints import printed, speech


def print_of(rows: Table | None = None, sounds: bytes = b"", **views: Table) -> Fingerprint:
    whole = {} if rows is None else {"whole": rows}
    return Fingerprint.of({name: one.tobytes() for name, one in (whole | views).items()}, sounds)


def asked(wanted: Fingerprint, *others: Fingerprint) -> Seeds:
    return PrintTables.of([Printed.of(str(at), one) for at, one in enumerate(others)]).seeds(SeedQuery.of(wanted))


def test_whoever_shares_a_frame_is_worth_comparing_and_strangers_are_not() -> None:
    rows = some(1, 24)
    found = asked(
        print_of(rows),
        print_of(some(2, 24)),
        print_of(np.concatenate([some(3, 12), changed(rows[:12], 3, 31)])),
        print_of(rows ^ likeness.MIRROR),
        print_of(likeness.families.turned(rows)[3]),
        print_of(some(4, 24), inner=rows),
    )
    assert found.alike == {1, 2, 3, 4}
    assert found.cards == {1}, "only a whole frame, as it is, may be everybody's card"


def test_what_was_coded_again_by_far_is_near_enough_to_be_compared_and_no_card() -> None:
    rows = some(5, 24)
    bits = np.unpackbits(rows.view(np.uint8), axis=1)
    bits[:, 1::5] ^= 1  # 51 of 256
    found = asked(print_of(rows), print_of(np.packbits(bits, axis=1).view(np.uint64)))
    assert found.cards == set()


def test_a_frame_of_nothing_is_shared_with_nobody() -> None:
    black = np.zeros((4, 4), np.uint64)
    assert asked(print_of(black), print_of(black)) == Seeds()
    assert asked(print_of(), print_of(some(1, 8))) == Seeds()


@pytest.fixture(scope="module")
def voice() -> bytes:
    return printed(speech(1, 12))


@pytest.mark.slow
def test_whoever_sounds_alike_somewhere_is_worth_comparing(voice: bytes) -> None:
    later = printed(speech(1, 12)[16_000:])
    found = asked(
        print_of(some(1, 8), voice), print_of(some(2, 8), later), print_of(some(3, 8), printed(speech(2, 12))),
        print_of(some(4, 8)), print_of(some(5, 8), voice),
    )  # fmt: skip
    assert (found.alike, found.cards) == ({0, 3}, set())
    assert asked(print_of(some(6, 8)), print_of(some(2, 8), later)) == Seeds()


@pytest.mark.slow
def test_a_second_that_many_share_is_no_seed_unless_there_is_nothing_to_be_seen(voice: bytes) -> None:
    """Laid over each other there, all the rest is another sound; of what is dark only the sound can tell."""
    jingle, dark = speech(50, 2), print_of(np.zeros((24, 4), np.uint64))
    one, other = (printed(np.concatenate([jingle, speech(seed, 40)])) for seed in (51, 52))
    assert asked(print_of(some(1, 8), one), print_of(some(2, 8), other)).alike == set()
    unseen = print_of(np.zeros((24, 4), np.uint64), one)
    assert dark.dark
    assert asked(unseen, print_of(some(2, 8), other)).alike == {0}
    assert asked(print_of(some(1, 8), other), print_of(some(3, 8)), unseen).alike == {1}


def test_a_recording_gives_each_of_its_frames_once() -> None:
    rows = some(1, 4)
    made = Printed.of(
        "a", print_of(np.concatenate([rows, rows, np.zeros((1, 4), np.uint64)]), inner=rows, bare=rows[:2])
    )
    assert {sight: len(one) for sight, one in made.sights.items()} == {"whole": 4, "bare": 2, "rarely": 4}
    assert (made.name, made.dark, len(made.words)) == ("a", False, 0)
