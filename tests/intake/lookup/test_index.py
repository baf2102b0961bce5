"""The look-up says of the same recordings that they are one as comparing with every one does; and what is lost, damaged
or erased of its files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import StoreError
from relay.intake import clips, fingerprints, kin, likeness, views
from relay.intake.lookup import index, segment
from relay.models import Clip, Inspection, PrintSegment, RecordingPrint, Video, VideoState
from tests.intake.lookup.test_chunks import changed, some
from tests.intake.test_sound_prints import printed, speech


class Town:
    """Clips on files that are known by what is given."""

    def __init__(self, relay: Relay, scene: object) -> None:
        self.relay, self.scene, self.count = relay, scene, 0

    def has(self, rows: object, sounds: bytes = b"", **other: object) -> str:
        relay = self.relay
        self.count += 1
        sha256 = f"{self.count:064x}"
        pictures = {"whole": rows.tobytes(), **{name: one.tobytes() for name, one in other.items()}}
        with relay.transaction() as session:
            session.add(Inspection(sha256=sha256, bytes=1, finding="accepted", at=relay.now()))
            session.add(video := Video(network="vk", owner_id="1", video_id=str(self.count), url=f"u{self.count}",
                                       state=VideoState.fetched, sha256=sha256, created_at=relay.now()))  # fmt: skip
            session.flush()
            session.add(RecordingPrint(sha256=sha256, version=fingerprints.VERSION, pictures=views.packed(pictures),
                                       sounds=sounds, at=relay.now()))  # fmt: skip
            session.add(Clip(campaign_id=1, sha256=sha256, video_id=video.id, name="", created_at=relay.now(),
                             published_at=relay.now()))  # fmt: skip
        return sha256

    def by_force(self, sha256: str) -> dict[int, likeness.Likeness]:
        """As it was done before there was a look-up: all are compared, and what many share is noted."""
        with self.relay.reading() as session:
            everyone = set(session.exec(select(Clip.sha256)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(index, "nominees", lambda *_: index.Nominees(new=everyone))
            return kin.find(self.relay, sha256, [1])


@pytest.fixture
def town(relay: Relay, tmp_path: Path) -> Town:
    from tests.intake.scene import Scene

    scene = Scene(relay, tmp_path)
    scene.campaign()
    return Town(relay, scene)


def settled(town: Town) -> None:
    """Whatever there is stands in tables, however little it is."""
    with town.relay.transaction() as session:
        session.add(row := PrintSegment(size=index.SIZES[-1]))
        session.flush()
        for look in session.exec(select(Inspection)):
            look.print_segment = row.id
            session.add(look)


def crowd(town: Town) -> list[str]:
    """Strangers; recordings coded again, with a logo, near the threshold, cropped, mirrored, turned, heard alike."""
    names = [town.has(some(100 + seed, 24)) for seed in range(30)]
    for seed in range(12):
        rows = some(seed, 24)
        names.append(town.has(rows, inner=some(seed + 50, 24)))
        for bits in (10, 31, 46, 60):
            names.append(town.has(changed(rows, seed, bits)))
        names.append(town.has(rows ^ likeness.MIRROR))
        names.append(town.has(likeness.families.turned(rows)[3]))
        names.append(town.has(some(seed + 50, 24)))
        names.append(town.has(np.concatenate([some(seed + 80, 12), rows[:12]])))
    for seed in range(5):
        names.append(town.has(some(seed + 300, 24), printed(speech(seed, 12))))
        names.append(town.has(some(seed + 400, 24), printed(speech(seed, 12)[16000:])))
    return names


@pytest.mark.slow
def test_the_same_pairs_as_by_comparing_with_every_one(town: Town) -> None:
    names = crowd(town)
    settled(town)
    pairs = 0
    for name in names:
        told = kin.find(town.relay, name, [1])
        assert told == town.by_force(name)
        pairs += len(told)
    assert pairs > 250


def test_twin_without_its_tables_the_look_up_finds_nothing(town: Town) -> None:
    """The comparison above would tell."""
    rows = some(1, 24)
    one, _ = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)
    assert town.by_force(one)
    with town.relay.transaction() as session:
        for look in session.exec(select(Inspection)):
            look.print_segment = index.NOWHERE
            session.add(look)
    assert kin.find(town.relay, one, [1]) == {}


@pytest.mark.slow
def test_what_is_new_is_found_before_it_stands_in_a_table_and_after(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "SIZES", (2, 4, 8))
    rows = some(7, 24)
    first = town.has(rows)
    for number in range(20):
        town.has(changed(rows, number, 31))
        assert len(kin.find(town.relay, first, [1])) == number + 1
    with town.relay.reading() as session:
        sizes = sorted(row.size for row in session.exec(select(PrintSegment)))
    assert sizes == [4, 8, 8]


def files(relay: Relay) -> list[Path]:
    return sorted((relay.settings.data_dir / index.FOLDER).iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["gone", "cut", "other version", "empty"])
def test_a_file_that_is_lost_or_damaged_is_made_anew(town: Town, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = some(8, 24)
    one, _ = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)
    before = kin.find(town.relay, one, [1])
    (path,) = files(town.relay)
    content = path.read_bytes()
    index._opened.clear()
    if damage == "gone":
        path.unlink()
    elif damage == "other version":
        monkeypatch.setattr(segment, "VERSION", segment.VERSION + 1)
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    assert kin.find(town.relay, one, [1]) == before != {}


def test_the_doctor_finds_a_changed_byte_and_makes_the_file_anew(town: Town) -> None:
    rows = some(8, 24)
    one, _ = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)
    before = kin.find(town.relay, one, [1])
    (path,) = files(town.relay)
    assert index.look(town.relay, False) == index.Holdings(recordings=2, new=0, wrong=0, missing=0)
    content = bytearray(path.read_bytes())
    content[-70] ^= 1
    path.write_bytes(content)
    assert index.look(town.relay, False).wrong == 1
    assert index.look(town.relay, True).wrong == 1
    assert index.look(town.relay, False).wrong == 0
    assert kin.find(town.relay, one, [1]) == before


@pytest.mark.slow
def test_a_kill_while_a_file_is_written_leaves_none_that_is_believed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = some(9, 24)
    one, _ = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)

    def dies(*_: object) -> None:
        raise StoreError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(segment, "put_in_place", dies)
        with pytest.raises(StoreError):
            kin.find(town.relay, one, [1])
    assert [path for path in files(town.relay) if path.name.endswith(index.ENDING) and path.name[0] != "."] == []
    assert set(kin.find(town.relay, one, [1])) == {2}


def test_who_is_forgotten_leaves_the_tables_at_once(town: Town) -> None:
    rows = some(10, 24)
    one, other = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)
    assert set(kin.find(town.relay, one, [1])) == {2}
    held = changed(rows, 1, 31)[0].tobytes()
    assert any(held in path.read_bytes() for path in files(town.relay))
    assert len(index.forget(town.relay, other)) == 1
    assert not any(held in path.read_bytes() for path in files(town.relay))
    assert kin.find(town.relay, one, [1]) == {}
    assert not any(held in path.read_bytes() for path in files(town.relay))


def test_a_file_of_another_host_is_not_asked_when_somebody_left(town: Town, tmp_path: Path) -> None:
    """The other host has the same database and a folder of its own, whose file is of the generation before."""
    rows = some(11, 24)
    one, other = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)
    kin.find(town.relay, one, [1])
    (path,) = files(town.relay)
    content = path.read_bytes()
    index.forget(town.relay, other)
    path.write_bytes(content)
    assert kin.find(town.relay, one, [1]) == {}
    assert [file.name for file in files(town.relay)] == ["1-1.tables"]


def test_family_of_asks_the_look_up(town: Town) -> None:
    rows = some(12, 24)
    one, _ = town.has(rows), town.has(changed(rows, 1, 31))
    settled(town)
    assert set(clips.family_of(town.relay, one, [1])) == {2}


@pytest.mark.parametrize(
    ("name", "known"),
    [("12-3.tables", (12, 3)), ("x-3.tables", (-1, -1)), ("12-x.tables", (-1, -1)), ("12.tables", (-1, -1))],
)
def test_a_file_is_known_by_its_segment_and_its_generation(name: str, known: tuple[int, int]) -> None:
    assert index._named(Path("prints") / name) == known
