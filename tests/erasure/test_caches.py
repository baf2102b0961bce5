"""Pieces of films while films are made: what another film needs stays, what is made of her is waited for."""

from __future__ import annotations

import contextlib
import os

import pytest

from relay.almanac.film.shot_cache import CLAIM, ShotCache
from relay.erasure import taking_back, walk
from relay.moderation import withdrawal
from relay.processes import lock_of
from tests.erasure.scene import LaidOut

pytestmark = pytest.mark.slow


@pytest.fixture
def shots(relay, laid_out: LaidOut) -> ShotCache:
    cache = ShotCache(relay.folder("shots"))
    cache.shot("9" * 64).write_bytes(b"of another film")
    return cache


@pytest.mark.parametrize("claimed", [True, False])
def test_what_a_film_beside_needs_stays(relay, laid_out: LaidOut, shots: ShotCache, *, claimed: bool) -> None:
    """The twin claims nothing."""
    needed = shots.shot("9" * 64)
    claim = shots.claim([needed], [laid_out.stays]) if claimed else contextlib.nullcontext()
    with claim:
        taking_back.withdraw(relay, laid_out.clip, reason="by telephone", person="olga")
    assert needed.exists() == claimed
    assert walk.due(relay) == []
    assert laid_out.leftovers() == []


def test_as_long_as_a_film_is_made_of_it_it_is_not_done(relay, laid_out: LaidOut, shots: ShotCache) -> None:
    with shots.claim([shots.shot("a" * 64)], [laid_out.sha256]):
        taking_back.withdraw(relay, laid_out.clip, reason="by telephone", person="olga")
        assert not shots.shot("a" * 64).exists()
        laid_out.shots()  # the film that is being made writes once more
        assert len(walk.due(relay)) == 1
    assert taking_back.tend(relay) == 1
    assert walk.due(relay) == []
    assert laid_out.leftovers() == []


def test_a_claim_of_a_process_that_is_gone_counts_no_more(relay, laid_out: LaidOut, shots: ShotCache) -> None:
    with shots.claim([shots.shot("9" * 64)], [laid_out.sha256]):
        (folder,) = (path.parent for path in (shots.root / "work").glob(f"*/{CLAIM}"))
        assert [claim.of for claim in shots.claims()] == [frozenset({laid_out.sha256})]
        lock_of(folder).unlink()  # a lock ends with its process
        os.utime(folder, (0, 0))
        assert shots.claims() == []
        withdrawal.withdraw(relay, laid_out.clip, reason="by telephone", person="olga")
        assert walk.carry_out(relay, walk.due(relay)) == []
