from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.models import Certainty, Clip, Kinship, Said
from relay.recordings import kinships
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def town(relay: Relay) -> Town:
    """Seven clips: 1–2–3 hang together, 4–5 were said to be others, 6–7 to be the same, and nothing is known of 8."""
    town = Town(relay)
    for _ in range(8):
        town.has_clip()
    words = {"certainty": Certainty.possible, "begins": 0.0, "seen": 0.5, "at": relay.now()}
    with relay.transaction() as session:
        for a, b, said in ((2, 3, Said.nothing), (1, 2, Said.nothing), (4, 5, Said.other), (6, 7, Said.same)):
            session.add(Kinship(a_id=a, b_id=b, said=said, **words))
            session.flush()
    return town


def families(town: Town) -> list[int | None]:
    with town.relay.reading() as session:
        return list(session.exec(select(Clip.family).order_by(Clip.id)).all())


@pytest.mark.parametrize(
    ("asked", "found"),
    [([1], [{1, 2, 3}]), ([3, 1], [{1, 2, 3}]), ([4, 5], [{4}, {5}]), ([8], [{8}]), ([], []), ([7, 8], [{6, 7}, {8}])],
)
def test_what_hangs_together_is_a_family_unless_a_person_has_said_otherwise(
    town: Town, asked: Sequence[int], found: list[set[int]]
) -> None:
    with town.relay.reading() as session:
        assert sorted(kinships.groups(session, asked), key=min) == found


def test_a_family_is_called_by_its_first_clip_and_whoever_is_alone_by_nothing(town: Town) -> None:
    with town.relay.transaction() as session:
        session.get_one(Clip, 4).family = 4
        kinships.renumber(session, [3, 4, 8])
    assert families(town) == [1, 1, 1, None, None, None, None, None]
    with town.relay.transaction() as session:
        kinships.renumber(session, [7])
        kinship = kinships.between(session, 3, 2)
        assert kinship is not None
        kinship.said = Said.other
        kinships.renumber(session, [2, 3])
    assert families(town) == [1, 1, None, None, None, 6, 6, None]


def test_what_is_known_of_clips_comes_once_in_its_order(town: Town) -> None:
    with town.relay.reading() as session:
        assert [(row.a_id, row.b_id) for row in kinships.of(session, [2, 3])] == [(2, 3), (1, 2)]
        assert kinships.of(session, [8]) == []
        same = kinships.between(session, 7, 6)
        assert same is not None
        assert same.said is Said.same
        assert kinships.between(session, 1, 3) is None
