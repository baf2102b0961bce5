from __future__ import annotations

import dataclasses
import hashlib
import os
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from relay.alerts import raise_alert
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.models import Almanac, Lease, Render, Video, VideoState
from relay.store import Store
from relay.upkeep import outbox
from relay.upkeep.doctor import Finding, look
from tests.fakes.channel import FakeChannel
from tests.moderation.town import Town

BYTES = b"a video"
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture(scope="module")
def tools() -> Toolbox:
    """One for all tests: it asks the machine only once which ffmpeg and which walls there are."""
    return Toolbox()


@pytest.fixture
def relay(relay: Relay, tools: Toolbox, monkeypatch: pytest.MonkeyPatch) -> Relay:
    monkeypatch.setenv("RELAY_VK_TOKEN", "t")
    from relay.config import load_settings

    settings = load_settings(data_dir=relay.settings.data_dir, min_free_gb=0)
    return dataclasses.replace(relay, settings=settings, toolbox=tools)


def has_video(relay: Relay, state: VideoState = VideoState.fetched, **more: object) -> None:
    with relay.transaction() as session:
        session.add(
            Video(network="vk", owner_id="-1", video_id="2", url="u", state=state, created_at=relay.now(), **more)
        )


def keep(relay: Relay, data: bytes = BYTES) -> Path:
    part = relay.folder("work") / "part"
    part.write_bytes(data)
    relay.media.put(f"originals/{SHA}", part)
    return relay.media.local(f"originals/{SHA}")


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.wrong]


@pytest.mark.slow
def test_a_healthy_place_has_nothing_to_do(relay: Relay) -> None:
    keep(relay)
    has_video(relay, sha256=SHA)
    assert wrong(look(relay, deep=True)) == []


@pytest.mark.slow
def test_a_missing_original_is_found_and_fetched_again(relay: Relay) -> None:
    has_video(relay, sha256=SHA)
    assert wrong(look(relay)) == ["originals"]
    assert wrong(look(relay, fix=True)) == []
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.found
    assert wrong(look(relay)) == []


@pytest.mark.slow
def test_a_flipped_bit_is_found_by_the_deep_look_only(relay: Relay) -> None:
    path = keep(relay)
    has_video(relay, sha256=SHA)
    path.chmod(0o600)
    path.write_bytes(b"A video")
    assert wrong(look(relay)) == []
    assert wrong(look(relay, deep=True)) == ["originals"]


@pytest.mark.slow
def test_a_stale_lease_goes_back_to_the_queue(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() - timedelta(seconds=1), lease_holder="dead")
    assert wrong(look(relay)) == ["unfinished fetches"]
    look(relay, fix=True)
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.found


@pytest.mark.slow
def test_a_file_without_a_row_is_removed_once_it_is_old(relay: Relay) -> None:
    path = keep(relay)
    assert wrong(look(relay)) == []
    old = time.time() - 2 * 3600
    os.utime(path, (old, old))
    assert wrong(look(relay)) == ["files without a row"]
    look(relay, fix=True)
    assert not path.exists()


@pytest.mark.slow
def test_a_folder_that_nobody_fills_is_removed_once_it_is_old(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() + timedelta(hours=1), lease_holder="host-1/ab")
    old = time.time() - 2 * 3600
    for name in ("fetch-1", "fetch-1-ab", "fetch-1-slept", "fetch-7", "0123"):
        os.utime(relay.folder("work", name), (old, old))
    assert wrong(look(relay)) == ["leftovers"]
    look(relay, fix=True)
    assert {path.name for path in relay.folder("work").iterdir()} == {"fetch-1", "fetch-1-ab"}


def test_open_alerts_and_a_missing_token_are_told(relay: Relay) -> None:
    with relay.transaction() as session:
        raise_alert(session, "k", "VK wants a captcha.", relay.now())
    without = relay.settings.model_copy(update={"vk_token": SecretStr("")})
    bare = dataclasses.replace(relay, settings=without)
    assert wrong(look(bare)) == ["alert", "VK token"]


@pytest.mark.slow
def test_a_missing_ffmpeg_is_told(relay: Relay) -> None:
    bare = dataclasses.replace(relay, toolbox=Toolbox(ffmpeg="/no/ffmpeg", walls="landlock"))
    assert wrong(look(bare)) == ["ffmpeg"]


def told(findings: list[Finding], what: str) -> list[str]:
    return [finding.text for finding in findings if finding.what == what]


@dataclasses.dataclass
class Stock:
    found: int
    removed: int = 0
    bound: int = 0


GB = 1_000_000_000


@pytest.mark.parametrize(
    ("stock", "fix", "text", "mark"),
    [
        (Stock(3 * GB), False, "3.0 GB", "✓"),
        (Stock(3 * GB, bound=3 * GB), False, "3.0 GB", "✓"),
        (Stock(5 * GB, bound=3 * GB), False, "5.0 GB, more than RELAY_SHOTS_GB=3", "✗"),
        (Stock(5 * GB, 2 * GB, 3 * GB), True, "removed: 2.0 GB, left: 3.0 GB", "✓"),
        (Stock(5 * GB, 1 * GB, 3 * GB), True, "4.0 GB, more than RELAY_SHOTS_GB=3: the plans need them", "✗"),
        (Stock(0), True, "0.0 GB", "✓"),
    ],
)
def test_shots_are_told_with_their_bound(relay: Relay, stock: Stock, fix: bool, text: str, mark: str) -> None:
    last = look(relay, fix=fix, shots=lambda _relay: stock)[-1]
    assert (last.what, last.mark) == ("shots", mark)
    assert last.text.startswith(text)
    assert last.fixed is (fix and stock.removed == 2 * GB)


@pytest.mark.parametrize(("least", "is_wrong"), [(0.0, False), (10**6, True)])
def test_too_little_room_is_told(relay: Relay, least: float, is_wrong: bool) -> None:
    narrow = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": least}))
    assert ("disk" in wrong(look(narrow))) is is_wrong


def test_a_database_that_is_not_ready_ends_the_look(relay: Relay, tmp_path: Path) -> None:
    other = dataclasses.replace(relay, store=Store(f"sqlite:///{tmp_path / 'none.db'}"))
    found = look(other)
    assert wrong(found) == ["database"]
    assert found[-1].what == "database"
    other.store.close()


@pytest.mark.slow
def test_a_row_that_points_nowhere_is_a_damaged_database(relay: Relay) -> None:
    assert told(look(relay), "database") == ["whole"]
    connection = sqlite3.connect(str(relay.store.path))
    connection.execute("INSERT INTO clipvideo (clip_id, video_id) VALUES (7, 8)")
    connection.commit()
    connection.close()
    assert wrong(look(relay)) == ["database"]


def has_film(relay: Relay, data: bytes = BYTES) -> Path:
    town = Town(relay)
    with relay.transaction() as session:
        almanac = Almanac(campaign_id=town.campaign_id, name="film", title="x", created_at=relay.now())
        session.add(almanac)
        session.flush()
        words = {"frames": 1, "fps": 25, "shots_encoded": 0, "shots_reused": 0, "seconds": 1, "at": relay.now()}
        files = {"file": "almanacs/film.mp4", "manifest": "almanacs/film.json", "sha256": SHA}
        session.add(Render(almanac_id=almanac.id, version=1, **files, **words))  # type: ignore[arg-type]
    path = relay.folder("almanacs") / "film.mp4"
    path.write_bytes(data)
    return path


@pytest.mark.slow
def test_a_film_that_is_gone_or_changed_is_told(relay: Relay) -> None:
    path = has_film(relay)
    assert told(look(relay, deep=True), "films") == ["in place: 1"]
    path.write_bytes(b"A video")
    assert told(look(relay), "films") == ["in place: 1"]
    assert "films" in wrong(look(relay, deep=True))
    path.unlink()
    assert told(look(relay), "films") == ["missing or changed, render again: almanacs/film.mp4"]


def test_what_was_handed_in_is_never_fetched_again(relay: Relay) -> None:
    """There is nothing to fetch it from."""
    with relay.transaction() as session:
        words = {"owner_id": "1", "url": "u", "state": VideoState.fetched, "sha256": SHA, "created_at": relay.now()}
        session.add_all([Video(network="hand-in", video_id="1", **words), Video(network="vk", video_id="2", **words)])
    look(relay, fix=True)
    with relay.reading() as session:
        states = {video.network: video.state for video in session.exec(select(Video))}
        again = session.exec(select(Video).where(Video.network == "vk")).one()
    assert states == {"hand-in": VideoState.fetched, "vk": VideoState.found}
    assert (again.reason, again.next_try_at) == ("the file was missing or damaged", None)


@pytest.mark.slow
def test_a_lease_that_still_runs_is_left_and_one_that_is_freed_has_no_holder(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() + timedelta(seconds=1), lease_holder="alive")
    assert wrong(look(relay, fix=True)) == []
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.fetching
    with relay.transaction() as session:
        session.get_one(Video, 1).lease_until = relay.now()
    look(relay, fix=True)
    with relay.reading() as session:
        freed = session.get_one(Video, 1)
    assert (freed.state, freed.lease_holder, freed.lease_until) == (VideoState.found, "", None)


@pytest.mark.parametrize(("age", "goes"), [(3500, False), (3700, True)])
def test_what_lies_in_the_work_folder_goes_after_an_hour(relay: Relay, age: int, goes: bool) -> None:
    file, folder = relay.folder("work") / "part", relay.folder("work", "shots-1")
    file.write_text("x")
    (folder / "inside").write_text("x")
    for path in (file, folder):
        os.utime(path, (time.time() - age,) * 2)
    look(relay, fix=True)
    assert [path.exists() for path in (file, folder)] == [not goes] * 2


@pytest.mark.slow
def test_whether_work_runs_is_told_and_is_wrong_only_when_it_is_missed(relay: Relay) -> None:
    assert told(look(relay), "relay work") == ["has nothing to do"]
    Town(relay)
    assert told(look(relay), "relay work")[0].startswith("is not running, though a campaign needs it")
    assert "relay work" in wrong(look(relay))
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=relay.now() + timedelta(seconds=20)))
    assert told(look(relay), "relay work") == ["is running"]
    with relay.transaction() as session:
        session.add(Lease(name="job:crawl", holder="work", until=relay.now() - timedelta(seconds=1)))
    assert told(look(relay), "relay work") == ["has not succeeded in time, see its log: crawl"]


@pytest.mark.slow
def test_messages_that_could_not_be_sent_are_told(relay: Relay) -> None:
    relay.store.channels = ("mail",)
    mail = FakeChannel()
    told_by = dataclasses.replace(relay, channels={"mail": mail})
    assert told(look(told_by), "messages") == ["mail: waiting: 0"]
    with relay.transaction() as session:
        raise_alert(session, "k", "VK wants a captcha.", relay.now())
    mail.is_down("The mail server can't be reached.")
    outbox.send_due(told_by)
    assert "messages" in wrong(look(told_by))
    (line,) = told(look(told_by), "messages")
    assert line == "mail: waiting: 1, given up: 0. The mail server can't be reached."


@pytest.mark.slow
def test_children_without_walls_are_told(relay: Relay) -> None:
    bare = dataclasses.replace(relay, toolbox=Toolbox(walls="limits"))
    assert wrong(look(bare)) == ["walls around children"]
    assert told(look(dataclasses.replace(relay, toolbox=Toolbox(walls="landlock"))), "walls around children") == [
        "landlock"
    ]


@pytest.mark.slow
def test_only_what_is_missing_is_fetched_again(relay: Relay) -> None:
    keep(relay)
    words = {"owner_id": "1", "url": "u", "state": VideoState.fetched, "network": "vk", "created_at": relay.now()}
    with relay.transaction() as session:
        session.add(Video(video_id="1", sha256=SHA, **words))
        session.add(Video(video_id="2", sha256="0" * 64, **words))
    assert told(look(relay), "originals") == ["1 of 2 in place"]
    assert told(look(relay, fix=True), "originals") == ["missing or damaged, fetched again: 1"]
    with relay.reading() as session:
        states = {video.video_id: video.state for video in session.exec(select(Video))}
    assert states == {"1": VideoState.fetched, "2": VideoState.found}


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        (VideoState.found, True),
        (VideoState.fetching, True),
        (VideoState.unavailable, True),
        (VideoState.fetched, False),
        (VideoState.refused, False),
        (VideoState.gone, False),
    ],
)
def test_what_a_fetch_goes_on_with_at_its_next_try_stays(relay: Relay, state: VideoState, stays: bool) -> None:
    has_video(relay, state, lease_until=relay.now() + timedelta(hours=1))
    os.utime(relay.folder("work", "fetch-1"), (time.time() - 7200,) * 2)
    look(relay, fix=True)
    assert (relay.folder() / "work" / "fetch-1").exists() is stays


def test_where_nothing_is_wrong_nothing_was_mended(relay: Relay) -> None:
    found = look(relay, fix=True, deep=True)
    assert [finding.what for finding in found if finding.fixed] == []
    for what in ("unfinished fetches", "leftovers", "files without a row", "alerts"):
        assert told(found, what) == ["none"]
    assert told(found, "originals") == ["0 of 0 in place"]
