from __future__ import annotations

import numpy as np
import pytest
from sqlmodel import select

from relay.context import Relay
from relay.intake import fingerprints, likeness, views
from relay.models import CommonPiece, Inspection, RecordingPrint
from tests.intake.lookup.test_chunks import some
from tests.intake.lookup.test_seeds import print_of
from tests.moderation.town import Town

OLD = b"\0" * 64
"""What a town's clips are known by."""


def test_a_part_of_a_recording_is_its_frames_and_its_words() -> None:
    rows, words = some(1, 20), np.arange(1, 161, dtype=np.uint32)
    rows[5] = 0
    print_ = print_of(rows, words.tobytes())
    pictures, sounds = fingerprints.piece(print_, 2, 4.5)
    assert pictures == np.concatenate([rows[4:5], rows[6:9]]).tobytes(), "half a second each, and nothing of a dark one"
    assert sounds == words[32:72].tobytes(), "a sixteenth of a second each"
    assert fingerprints.piece(print_, 50, 60) == (b"", b"")


@pytest.mark.slow
def test_pieces_are_those_of_the_campaigns_that_are_asked_for_in_their_order(relay: Relay) -> None:
    towns = [Town(relay, slug) for slug in ("one", "other")]
    clip = towns[0].has_clip()
    rows = [some(seed, 2) for seed in range(3)]
    with relay.transaction() as session:
        for campaign, table, sounds in ((1, rows[0], b"a"), (2, rows[1], b"b"), (1, rows[2], b"c")):
            session.add(
                CommonPiece(
                    campaign_id=campaign, clip_id=clip, start=0, seconds=1, pictures=table.tobytes(), sounds=sounds,
                    person="", at=relay.now(),
                )
            )  # fmt: skip
            session.flush()
    with relay.reading() as session:
        found = {
            campaigns: [(table.tolist(), sounds) for table, sounds in fingerprints.common(session, campaigns)]
            for campaigns in ((1,), (2,), (1, 2), ())
        }
    one, other, third = ((table.tolist(), sounds) for table, sounds in zip(rows, (b"a", b"b", b"c"), strict=True))
    assert found == {(1,): [one, third], (2,): [other], (1, 2): [one, other, third], (): []}


@pytest.mark.slow
def test_a_file_is_known_by_its_views_or_by_the_whole_frames_of_before(relay: Relay) -> None:
    town = Town(relay)
    old, new = town.sha256(town.has_clip()), town.sha256(town.has_clip())
    rows = some(1, 8)
    pictures = views.packed({"whole": rows.tobytes(), "inner": rows[:4].tobytes()})
    with relay.transaction() as session:
        session.add(RecordingPrint(sha256=new, version=1, pictures=pictures, sounds=b"abcd", at=relay.now()))
    with relay.reading() as session:
        known = fingerprints.known(session, [new, old, new, "0" * 64])
    assert set(known) == {old, new}
    assert ({name: len(one) for name, one in known[new].views.items()}, known[new].sounds) == (
        {"whole": 8, "inner": 4}, b"abcd",
    )  # fmt: skip
    assert {name: len(one) for name, one in known[old].views.items()} == {"whole": 2}
    assert fingerprints.fingerprint(None, None, None).views["whole"].tolist() == likeness.NOTHING.tolist()


@pytest.mark.slow
def test_what_was_printed_by_an_older_version_waits_the_oldest_first(relay: Relay) -> None:
    town = Town(relay)
    hashes = [town.sha256(town.has_clip()) for _ in range(5)]
    version = fingerprints.VERSION
    with relay.transaction() as session:
        for at, (sha256, look) in enumerate(zip(hashes, _looks(session, hashes), strict=True)):
            look.proxy = "" if at == 4 else f"proxies/{sha256}.mp4"
            session.add(look)
        for sha256, made in ((hashes[0], version), (hashes[1], version - 1)):
            session.add(RecordingPrint(sha256=sha256, version=made, pictures=b"", sounds=b"", at=relay.now()))
    assert fingerprints.outdated(relay) == hashes[1:4]
    assert fingerprints.outdated(relay, 2) == hashes[1:3]
    assert fingerprints.outdated(relay, 0) == hashes[1:4]


def _looks(session, hashes: list[str]) -> list[Inspection]:  # type: ignore[no-untyped-def]
    return [session.exec(select(Inspection).where(Inspection.sha256 == one)).one() for one in hashes]
