from __future__ import annotations

import pytest
from sqlmodel import select

from relay.models import Alert
from relay.tombstones import entrance, stones
from relay.tombstones.stones import Name

pytestmark = pytest.mark.slow

KNOWN, STRANGER = Name.of_bytes("ab" * 32), Name.of_bytes("cd" * 32)


def test_what_is_known_is_turned_away_and_the_organizers_are_told(relay, key, clock) -> None:
    entrance.let_in(relay, KNOWN)  # the twin: without a tombstone nobody is turned away
    with relay.transaction() as session:
        stones.put(session, key, [KNOWN], erasure="E-1", at=clock())
    entrance.let_in(relay, STRANGER)
    assert (entrance.is_kept_out(relay, KNOWN), entrance.is_kept_out(relay, STRANGER)) == (True, False)
    for _ in range(2):
        with pytest.raises(entrance.KeptOut, match="taken this video back"):
            entrance.let_in(relay, STRANGER, KNOWN)
    with relay.reading() as session:
        (alert,) = session.exec(select(Alert)).all()
    assert (alert.key, alert.times) == ("kept-out-E-1", 2)
