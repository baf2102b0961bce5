from __future__ import annotations

import pytest

from relay.context import Relay
from relay.models import HandIn, HandInState
from relay.upkeep.damages.uploads import uploads
from tests.moderation.town import Town


@pytest.fixture
def waits(relay: Relay):
    """`waits("1-1", lies=7)`: a hand-in of seven bytes that waits, of which so many lie here."""
    town = Town(relay)

    def add(number: str, *, lies: int | None = 7, **words: object) -> None:
        of = {"link_hash": number, "state": HandInState.waiting, "bytes_total": 7, "created_at": relay.now()} | words
        with relay.transaction() as session:
            row = HandIn(campaign_id=town.campaign_id, number=number, **of)
            session.add(row)
            session.flush()
            if lies is not None:
                (relay.folder("handed-in", str(row.id)) / "a.part").write_bytes(b"x" * lies)

    add.town = town
    return add


def test_files_that_wait_are_counted_and_those_that_are_gone_or_short_are_named(relay: Relay, waits) -> None:
    video = waits.town.clip(waits.town.has_clip()).video_id
    waits("1-whole")
    waits("2-a-link", lies=None, url="https://example.org/a.mp4")
    waits("3-taken-in", lies=None, state=HandInState.taken_in)
    waits("4-in-the-vault", lies=None, video_id=video)
    (well,) = uploads(relay, False, False)
    assert (well.what, well.text, well.wrong) == ("handed in", "waiting: 2", False)
    waits("5-gone", lies=None)
    waits("6-short", lies=6)
    (wrong,) = uploads(relay, True, True)
    assert (wrong.what, wrong.wrong, wrong.fixed) == ("handed in", True, False)
    assert wrong.text.startswith("files that wait are gone or not whole: 2 (5-gone, 6-short). Take them from a backup")
