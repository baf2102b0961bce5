from __future__ import annotations

import pytest

from relay.tombstones import stones
from relay.tombstones.key import TombstoneKey
from relay.tombstones.stones import Name, Recording
from tests.fakes.clock import FakeClock

SHA = "ab" * 32
BYTES, VIDEO = Name.of_bytes(SHA), Name.of_video("vk", "1", "2")


def test_what_was_erased_is_known_again_and_nothing_else(relay, key, clock) -> None:
    with relay.transaction() as session:
        assert stones.put(session, key, [BYTES, VIDEO], erasure="E-1", at=clock()) == 2
        assert stones.put(session, key, [BYTES], erasure="E-2", at=clock()) == 0
    with relay.reading() as session:
        assert stones.keeps_out(session, key, [Name.of_bytes("cd" * 32), BYTES]).erasure == "E-1"
        assert stones.keeps_out(session, key, [Name.of_post("vk", "1", "2")]) is None
        many = {1: [VIDEO], 2: [Name.of_video("vk", "1", "3")], 3: []}
        assert stones.kept_out(session, key, many) == {1}


def test_no_tombstone_of_another_key_keeps_anything_out(relay, key, clock) -> None:
    with relay.transaction() as session:
        stones.put(session, TombstoneKey.of(b"another"), [BYTES], erasure="E-1", at=clock())
        assert stones.keeps_out(session, key, [BYTES]) is None


@pytest.mark.slow
def test_what_was_erased_stands_nowhere_in_the_row(relay, key, clock) -> None:
    looks = Recording(b"pictures", b"sounds", border=True)
    with relay.transaction() as session:
        stones.put(session, key, [BYTES], [looks], erasure="E-1", at=clock())
    with relay.reading() as session:
        told = repr([row.model_dump() for row in session.exec(stones.select(stones.Tombstone))])
        assert [recording for _, recording in stones.recordings(session, key)] == [looks]
    assert SHA not in told
    assert "pictures" not in told


@pytest.mark.slow
def test_its_participant_may_bring_it_back_and_take_it_back_again(relay, key, clock: FakeClock) -> None:
    with relay.transaction() as session:
        stones.put(session, key, [BYTES, VIDEO], erasure="E-1", at=clock())
        assert stones.lift(session, "E-1", person="Анна", at=clock()) == 2
        assert stones.keeps_out(session, key, [BYTES, VIDEO]) is None
    clock.moves(days=1)
    with relay.transaction() as session:
        assert stones.put(session, key, [BYTES], erasure="E-2", at=clock()) == 1
        assert stones.keeps_out(session, key, [BYTES]).erasure == "E-2"
        assert stones.keeps_out(session, key, [VIDEO]) is None
