from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import sqlite3
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import delete, select, update

from relay.alerts import raise_alert
from relay.context import Relay
from relay.media.files import draft_of, part_of
from relay.media.toolbox import Toolbox
from relay.models import (
    Almanac,
    Delivery,
    EventKind,
    EventSubject,
    Inspection,
    Lease,
    Picture,
    Render,
    Track,
    Video,
    VideoState,
)
from relay.models import Finding as Accepted
from relay.records import add_event
from relay.store import Store
from relay.tombstones import file as tombstones
from relay.upkeep import outbox
from relay.upkeep.doctor import Check, check
from tests.chain.record import RecordOfTests
from tests.fakes.channel import FakeChannel
from tests.fakes.toolbox import RecordingToolbox
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


def wrong(findings: list[Check]) -> list[str]:
    return [finding.what for finding in findings if finding.wrong]


@pytest.mark.slow
def test_a_healthy_place_has_nothing_to_do(relay: Relay) -> None:
    keep(relay)
    has_video(relay, sha256=SHA)
    assert wrong(check(relay, deep=True)) == []


@pytest.mark.slow
def test_a_missing_original_is_found_and_fetched_again(relay: Relay) -> None:
    has_video(relay, sha256=SHA)
    assert wrong(check(relay)) == ["originals"]
    assert wrong(check(relay, fix=True)) == []
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.found
    assert wrong(check(relay)) == []


@pytest.mark.slow
def test_a_flipped_bit_is_found_by_the_deep_look_only(relay: Relay) -> None:
    path = keep(relay)
    has_video(relay, sha256=SHA)
    path.chmod(0o600)
    path.write_bytes(b"A video")
    assert wrong(check(relay)) == []
    assert wrong(check(relay, deep=True)) == ["originals"]


@pytest.mark.slow
def test_a_stale_lease_goes_back_to_the_queue(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() - timedelta(seconds=1), lease_holder="dead")
    assert wrong(check(relay)) == ["unfinished fetches"]
    check(relay, fix=True)
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.found


@pytest.mark.slow
def test_a_file_without_a_row_is_removed_once_it_is_old(relay: Relay) -> None:
    path = keep(relay)
    assert wrong(check(relay)) == []
    old = time.time() - 2 * 3600
    os.utime(path, (old, old))
    assert wrong(check(relay)) == ["files without a row"]
    check(relay, fix=True)
    assert not path.exists()


@pytest.mark.slow
def test_a_folder_that_nobody_fills_is_removed_once_it_is_old(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() + timedelta(hours=1), lease_holder="host-1/ab")
    old = time.time() - 2 * 3600
    for name in ("fetch-1", "fetch-1-ab", "fetch-1-slept", "fetch-7", "0123"):
        os.utime(relay.folder("work", name), (old, old))
    assert wrong(check(relay)) == ["leftovers"]
    check(relay, fix=True)
    assert {path.name for path in relay.folder("work").iterdir()} == {"fetch-1", "fetch-1-ab"}


def test_open_alerts_and_a_missing_token_are_told(relay: Relay) -> None:
    with relay.transaction() as session:
        raise_alert(session, "k", "VK wants a captcha.", relay.now())
    without = relay.settings.model_copy(update={"vk_token": SecretStr("")})
    bare = dataclasses.replace(relay, settings=without)
    assert wrong(check(bare)) == ["alert", "VK token"]


def test_a_missing_ffmpeg_is_told(relay: Relay) -> None:
    bare = dataclasses.replace(relay, toolbox=Toolbox(ffmpeg="/no/ffmpeg", walls="landlock"))
    assert wrong(check(bare)) == ["ffmpeg"]


def told(findings: list[Check], what: str) -> list[str]:
    return [finding.text for finding in findings if finding.what == what]


@dataclasses.dataclass
class Stock:
    found: int
    removed: int = 0
    bound: int = 0


GB = 1_000_000_000


@pytest.mark.slow
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
    last = check(relay, fix=fix, shots=lambda _relay: stock)[-1]
    assert (last.what, last.mark) == ("shots", mark)
    assert last.text.startswith(text)
    assert last.fixed is (fix and stock.removed == 2 * GB)


@pytest.mark.slow
@pytest.mark.parametrize(("least", "is_wrong"), [(0.0, False), (10**6, True)])
def test_too_little_room_is_told(relay: Relay, least: float, is_wrong: bool) -> None:
    narrow = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": least}))
    assert ("disk" in wrong(check(narrow))) is is_wrong


@pytest.mark.slow
def test_a_database_that_is_not_ready_ends_the_look(relay: Relay, tmp_path: Path) -> None:
    other = dataclasses.replace(relay, store=Store(f"sqlite:///{tmp_path / 'none.db'}"))
    found = check(other)
    assert wrong(found) == ["database"]
    assert found[-1].what == "database"
    other.store.close()


@pytest.mark.slow
def test_a_row_that_points_nowhere_is_a_damaged_database(relay: Relay) -> None:
    assert told(check(relay), "database") == ["whole"]
    connection = sqlite3.connect(str(relay.store.path))
    connection.execute("INSERT INTO clipvideo (clip_id, video_id) VALUES (7, 8)")
    connection.commit()
    connection.close()
    assert wrong(check(relay)) == ["database"]


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
    path.with_suffix(".json").write_text(json.dumps({"sha256": SHA, "clips": []}))
    with relay.transaction() as session:
        add_event(session, relay.now(), (EventSubject.almanac, 1), EventKind.rendered)
    return path


@pytest.mark.slow
def test_a_film_that_is_gone_or_changed_is_told(relay: Relay) -> None:
    path = has_film(relay)
    assert told(check(relay, deep=True), "films") == ["in place: 1"]
    path.write_bytes(b"A video")
    assert told(check(relay), "films") == ["in place: 1"]
    assert "films" in wrong(check(relay, deep=True))
    path.unlink()
    assert told(check(relay), "films") == ["missing or changed, render again: almanacs/film.mp4"]


def test_what_was_handed_in_is_never_fetched_again(relay: Relay) -> None:
    """There is nothing to fetch it from."""
    with relay.transaction() as session:
        words = {"owner_id": "1", "url": "u", "state": VideoState.fetched, "sha256": SHA, "created_at": relay.now()}
        session.add_all([Video(network="hand-in", video_id="1", **words), Video(network="vk", video_id="2", **words)])
    check(relay, fix=True)
    with relay.reading() as session:
        states = {video.network: video.state for video in session.exec(select(Video))}
        again = session.exec(select(Video).where(Video.network == "vk")).one()
    assert states == {"hand-in": VideoState.fetched, "vk": VideoState.found}
    assert (again.reason, again.next_try_at) == ("the file was missing or damaged", None)


@pytest.mark.slow
def test_a_lease_that_still_runs_is_left_and_one_that_is_freed_has_no_holder(relay: Relay) -> None:
    has_video(relay, VideoState.fetching, lease_until=relay.now() + timedelta(seconds=1), lease_holder="alive")
    assert wrong(check(relay, fix=True)) == []
    with relay.reading() as session:
        assert session.get_one(Video, 1).state is VideoState.fetching
    with relay.transaction() as session:
        session.get_one(Video, 1).lease_until = relay.now()
    check(relay, fix=True)
    with relay.reading() as session:
        freed = session.get_one(Video, 1)
    assert (freed.state, freed.lease_holder, freed.lease_until) == (VideoState.found, "", None)


@pytest.mark.slow
@pytest.mark.parametrize(("age", "goes"), [(3500, False), (3700, True)])
def test_what_lies_in_the_work_folder_goes_after_an_hour(relay: Relay, age: int, goes: bool) -> None:
    file, folder = relay.folder("work") / "part", relay.folder("work", "shots-1")
    file.write_text("x")
    (folder / "inside").write_text("x")
    for path in (file, folder):
        os.utime(path, (time.time() - age,) * 2)
    check(relay, fix=True)
    assert [path.exists() for path in (file, folder)] == [not goes] * 2


@pytest.mark.slow
def test_whether_work_runs_is_told_and_is_wrong_only_when_it_is_missed(relay: Relay) -> None:
    assert told(check(relay), "relay work") == ["has nothing to do"]
    Town(relay)
    assert told(check(relay), "relay work")[0].startswith("is not running, though a campaign needs it")
    assert "relay work" in wrong(check(relay))
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=relay.now() + timedelta(seconds=20)))
    assert told(check(relay), "relay work") == ["is running"]
    with relay.transaction() as session:
        session.add(Lease(name="job:crawl", holder="work", until=relay.now() - timedelta(seconds=1)))
    assert told(check(relay), "relay work") == ["has not succeeded in time, see its log: crawl"]


@pytest.mark.slow
def test_messages_that_could_not_be_sent_are_told(relay: Relay) -> None:
    relay.store.channels = ("mail",)
    mail = FakeChannel()
    told_by = dataclasses.replace(relay, channels={"mail": mail})
    assert told(check(told_by), "messages") == ["mail: waiting: 0"]
    with relay.transaction() as session:
        raise_alert(session, "k", "VK wants a captcha.", relay.now())
    mail.is_down("The mail server can't be reached.")
    outbox.send_due(told_by)
    assert "messages" in wrong(check(told_by))
    (line,) = told(check(told_by), "messages")
    assert line == "mail: waiting: 1, given up: 0. The mail server can't be reached."


@pytest.mark.slow
def test_children_without_walls_are_told(relay: Relay) -> None:
    bare = dataclasses.replace(relay, toolbox=Toolbox(walls="limits"))
    assert wrong(check(bare)) == ["walls around children"]
    assert told(check(dataclasses.replace(relay, toolbox=Toolbox(walls="landlock"))), "walls around children") == [
        "landlock"
    ]


@pytest.mark.slow
def test_only_what_is_missing_is_fetched_again(relay: Relay) -> None:
    keep(relay)
    words = {"owner_id": "1", "url": "u", "state": VideoState.fetched, "network": "vk", "created_at": relay.now()}
    with relay.transaction() as session:
        session.add(Video(video_id="1", sha256=SHA, **words))
        session.add(Video(video_id="2", sha256="0" * 64, **words))
    assert told(check(relay), "originals") == ["1 of 2 in place"]
    assert told(check(relay, fix=True), "originals") == ["missing or damaged, fetched again: 1"]
    with relay.reading() as session:
        states = {video.video_id: video.state for video in session.exec(select(Video))}
    assert states == {"1": VideoState.fetched, "2": VideoState.found}


@pytest.mark.slow
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
    check(relay, fix=True)
    assert (relay.folder() / "work" / "fetch-1").exists() is stays


def test_where_nothing_is_wrong_nothing_was_mended(relay: Relay) -> None:
    found = check(relay, fix=True, deep=True)
    assert [finding.what for finding in found if finding.fixed] == []
    for what in ("unfinished fetches", "leftovers", "files without a row", "alerts"):
        assert told(found, what) == ["none"]
    assert told(found, "originals") == ["0 of 0 in place"]


# Whole answers, of a place whose tools are told and not asked


class Tools(RecordingToolbox):
    @property
    def ffmpeg_version(self) -> str:  # type: ignore[override]
        return "ffmpeg version 9.1 Copyright (c) 2000-2030 the developers"


@pytest.fixture
def place(relay: Relay) -> Relay:
    return dataclasses.replace(relay, toolbox=Tools())


def about(findings: list[Check], what: str) -> list[tuple[str, bool, bool]]:
    return [(finding.text, finding.wrong, finding.fixed) for finding in findings if finding.what == what]


@pytest.mark.slow
def test_a_place_where_nothing_has_happened_yet(place: Relay) -> None:
    found = check(place)
    (disk,) = [finding for finding in found if finding.what == "disk"]
    gigabytes = shutil.disk_usage(place.settings.data_dir).free / 1e9
    assert float(disk.text.split()[0]) == pytest.approx(gigabytes, rel=0.2)
    assert [(finding.what, finding.text) for finding in found if finding is not disk] == [
        ("ffmpeg", "ffmpeg version 9.1"),
        ("walls around children", "landlock"),
        ("database", "whole"),
        ("originals", "0 of 0 in place"),
        ("posters and proxies", "in place: 0"),
        ("films", "in place: 0"),
        ("withdrawn clips", "in no film"),
        ("handed in", "waiting: 0"),
        ("decisions", "add up"),
        ("events", "none is missing"),
        ("unfinished fetches", "none"),
        ("leftovers", "none"),
        ("files without a row", "none"),
        ("alerts", "none"),
        ("relay work", "has nothing to do"),
        ("VK token", "set"),
        ("search", "hears of every change"),
        ("rights", "for this user only"),
        ("record", "whole, entries: 0"),
    ]
    assert {(finding.wrong, finding.fixed, finding.mark) for finding in found} == {(False, False, "✓")}


def test_a_finding_is_told_in_a_language_with_its_words() -> None:
    plain = Check("disk", "none")
    assert (plain.text, plain.text_in({"none": "нет"}.__getitem__)) == ("none", "нет")
    assert plain.as_json() == {"what": "disk", "text": "none", "wrong": False, "fixed": False}
    full = Check("disk", "{free:.1f} GB free", wrong=True, fixed=True, words={"free": 1.25})
    assert full.text_in(lambda told: f"{told.message} {told.words['free']}") == "{free:.1f} GB free 1.25"
    assert full.as_json() == {"what": "disk", "text": "1.2 GB free", "wrong": True, "fixed": True}
    assert full.mark == "✗"


@pytest.mark.slow
def test_the_disk_is_told_with_what_is_kept_free(place: Relay) -> None:
    least = place.settings.model_copy(update={"min_free_gb": 1e7})
    nowhere = least.model_copy(update={"data_dir": place.settings.data_dir / "not" / "yet"})
    for settings in (least, nowhere):
        ((text, is_wrong, _),) = about(check(dataclasses.replace(place, settings=settings)), "disk")
        assert (text.partition(" GB free, ")[2], is_wrong) == ("1e+07 GB are kept free", True)


def test_what_keeps_children_in_is_told_where_it_is_not_enough(place: Relay) -> None:
    bare = dataclasses.replace(place, toolbox=Toolbox(ffmpeg="/no/ffmpeg", walls="limits"))
    tools = check(bare)[:2]
    assert [(finding.what, finding.wrong) for finding in tools] == [("ffmpeg", True), ("walls around children", True)]
    assert tools[1].text == (
        "only resource limits: install bubblewrap, or a kernel with Landlock, before opening to the public"
    )


def originals(relay: Relay) -> dict[str, tuple[VideoState, str, datetime | None]]:
    with relay.reading() as session:
        return {row.video_id: (row.state, row.reason, row.next_try_at) for row in session.exec(select(Video))}


@pytest.mark.slow
def test_only_originals_that_are_fetched_are_looked_for_each_once(place: Relay) -> None:
    path, other, later = keep(place), "0" * 64, place.now() + timedelta(hours=1)
    words = {"owner_id": "1", "url": "u", "created_at": place.now(), "next_try_at": later, "reason": "r"}
    with place.transaction() as session:
        for number, (network, state, sha) in enumerate(
            [
                ("vk", VideoState.fetched, SHA),
                ("vk", VideoState.fetched, other),
                ("tg", VideoState.fetched, other),
                ("vk", VideoState.refused, other),
                ("hand-in", VideoState.fetched, other),
                ("vk", VideoState.fetched, None),
                ("vk", VideoState.gone, "1" * 64),
            ]
        ):
            session.add(Video(network=network, video_id=str(number), state=state, sha256=sha, **words))
    before = originals(place)
    assert about(check(place), "originals") == [("1 of 2 in place", True, False)]
    assert originals(place) == before
    assert about(check(place, fix=True), "originals") == [("missing or damaged, fetched again: 1", False, True)]
    again = (VideoState.found, "the file was missing or damaged", None)
    assert originals(place) == {**before, "1": again, "2": again}
    assert path.exists()


@pytest.mark.slow
def test_an_original_that_has_changed_goes_when_it_is_fetched_again(place: Relay) -> None:
    path = keep(place)
    has_video(place, sha256=SHA)
    path.chmod(0o600)
    path.write_bytes(b"A video")
    assert about(check(place, fix=True), "originals") == [("1 of 1 in place", False, False)]
    assert about(check(place, fix=True, deep=True), "originals") == [
        ("missing or damaged, fetched again: 1", False, True)
    ]
    assert not path.exists()


@pytest.mark.slow
def test_a_fetch_is_unfinished_when_its_lease_has_run_out_or_promises_too_much(place: Relay) -> None:
    now = place.now()
    most = now + timedelta(hours=4, minutes=1)
    ends = [now, now + timedelta(seconds=1), most, most + timedelta(seconds=1), now]
    words = {"network": "vk", "owner_id": "1", "url": "u", "created_at": now, "lease_holder": "w"}
    with place.transaction() as session:
        for number, until in enumerate(ends):
            state = VideoState.fetching if number < 4 else VideoState.unavailable
            session.add(Video(video_id=str(number), state=state, lease_until=until, **words))
    assert about(check(place), "unfinished fetches") == [("there are 2", True, False)]
    assert about(check(place, fix=True), "unfinished fetches") == [("back in the queue: 2", False, True)]
    with place.reading() as session:
        rows = {row.video_id: (row.state, row.lease_holder, row.lease_until) for row in session.exec(select(Video))}
    freed = (VideoState.found, "", None)
    assert rows == {
        "0": freed,
        "1": (VideoState.fetching, "w", ends[1]),
        "2": (VideoState.fetching, "w", ends[2]),
        "3": freed,
        "4": (VideoState.unavailable, "w", now),
    }


@pytest.mark.slow
def test_files_that_a_row_knows_stay_and_so_do_fresh_ones(place: Relay) -> None:
    campaign, now = Town(place).campaign_id, place.now()
    a, b, c, d = (sign * 64 for sign in "abcd")
    made = {"bytes": 1, "finding": Accepted.accepted, "at": now}
    owned = {"campaign_id": campaign, "person": "Борис", "at": now, "title": "x"}
    with place.transaction() as session:
        words = {"network": "vk", "owner_id": "1", "url": "u", "created_at": now}
        session.add(Video(video_id="1", state=VideoState.gone, sha256=a, **words))
        session.add(
            Inspection(
                sha256=b, poster=f"posters/{b}.jpg", storyboard=f"storyboards/{b}.jpg", proxy=f"proxies/{b}.mp4", **made
            )
        )
        session.add(Picture(sha256=c, source="s", width=1, height=1, **owned))
        session.add(Track(sha256=d, cleared="c", seconds=1.0, **owned))
    known = [f"originals/{a}", f"originals/{b}", f"posters/{b}.jpg", f"storyboards/{b}.jpg", f"proxies/{b}.mp4"]
    known += [f"pictures/{c}", f"music/{d}"]
    old = time.time() - 7200
    for key in (*known, f"originals/{c}", f"pictures/{d}", f"posters/{a}.jpg"):
        part = place.folder("work") / "part"
        part.write_text(key)
        place.media.put(key, part)
        os.utime(place.media.local(key), (old, old))
    os.utime(place.media.local(f"posters/{a}.jpg"))
    assert about(check(place), "files without a row") == [("there are 2", True, False)]
    assert about(check(place, fix=True), "files without a row") == [("removed: 2", False, True)]
    assert sorted(place.media.list()) == sorted([*known, f"posters/{a}.jpg"])


@pytest.mark.slow
def test_leftovers_are_told_before_they_are_removed(place: Relay) -> None:
    old = time.time() - 7200
    for name in ("a", "b"):
        os.utime(place.folder("work", name), (old, old))
    assert about(check(place), "leftovers") == [("there are 2", True, False)]
    assert about(check(place, fix=True), "leftovers") == [("removed: 2", False, True)]


def test_what_a_killed_writer_left_is_found_wherever_it_lies(relay: Relay, tmp_path: Path) -> None:
    """Also beside the backups; what somebody may still be writing, and names of people's own, stay."""
    data, backups = relay.folder(), tmp_path / "backups"
    backups.mkdir()
    tombstones.note_place(relay, backups)
    left = [draft_of(data / "tombstones.jsonl"), draft_of(relay.folder("heads") / "2026-05-09.txt")]
    left += [part_of(relay.folder("almanacs") / "card.png"), draft_of(backups / tombstones.NAME)]
    stays = [
        draft_of(backups / "of somebody else"),
        backups / ".tombstones.jsonl-old",
        data / "a.part",
        data / ".b-0123",
    ]
    fresh = draft_of(data / "settings.json")
    for path in (*left, *stays, fresh):
        path.touch()
        if path is not fresh:
            os.utime(path, (time.time() - 7200,) * 2)
    assert about(check(relay), "leftovers") == [("there are 4", True, False)]
    assert about(check(relay, fix=True), "leftovers") == [("removed: 4", False, True)]
    assert [path for path in left if path.exists()] == []
    assert [path for path in (*stays, fresh) if not path.exists()] == []


@pytest.mark.slow
def test_every_open_alert_and_every_channel_is_told(place: Relay) -> None:
    place.store.channels = ("mail", "webhook")
    with place.transaction() as session:
        raise_alert(session, "a", "VK wants a captcha.", place.now())
        raise_alert(session, "b", "The disk is full.", place.now() + timedelta(seconds=1))
        session.exec(update(Delivery).where(Delivery.channel == "webhook").values(attempts=1, reason="HTTP 500"))
        gone = place.now() - timedelta(days=4)
        session.exec(update(Delivery).where(Delivery.id == 2).values(created_at=gone))
    found = check(place)
    assert about(found, "alert") == [("The disk is full.", True, False), ("VK wants a captcha.", True, False)]
    assert about(found, "alerts") == []
    assert about(found, "messages") == [
        ("mail: waiting: 2", False, False),
        ("webhook: waiting: 1, given up: 1. HTTP 500", True, False),
    ]


@pytest.mark.slow
def test_how_relay_work_stands(place: Relay) -> None:
    Town(place)
    for leases, text, is_wrong in [
        ({}, "is not running, though a campaign needs it: start relay work or relay up", True),
        ({"bell": -60}, "is not running, though a campaign needs it: start relay work or relay up", False),
        ({"bell": 20}, "is running", False),
        ({"bell": 20, "job:fetch": -1, "job:crawl": 0}, "has not succeeded in time, see its log: crawl, fetch", True),
    ]:
        with place.transaction() as session:
            session.exec(delete(Lease))
            for name, seconds in leases.items():
                session.add(Lease(name=name, holder="work", until=place.now() + timedelta(seconds=seconds)))
        assert about(check(place), "relay work") == [(text, is_wrong, False)]


@pytest.mark.slow
def test_a_token_is_looked_for_by_its_name(place: Relay) -> None:
    bare = dataclasses.replace(place, settings=place.settings.model_copy(update={"vk_token": SecretStr("")}))
    assert about(check(bare), "VK token") == [("not set: RELAY_VK_TOKEN (see .env.example)", True, False)]


@pytest.mark.slow
def test_a_setting_that_names_no_speech_model_is_told(place: Relay, tmp_path: Path) -> None:
    assert about(check(place), "speech model") == []
    named = place.settings.model_copy(update={"speech_model": str(tmp_path)})
    ((told, is_wrong, _),) = about(check(dataclasses.replace(place, settings=named)), "speech model")
    assert is_wrong
    assert str(tmp_path) in told
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).touch()
    assert about(check(dataclasses.replace(place, settings=named)), "speech model") == [("set", False, False)]


@pytest.mark.slow
def test_all_films_that_are_gone_or_changed_are_named(place: Relay) -> None:
    path = has_film(place, b"A video")
    assert about(check(place), "films") == [("in place: 1", False, False)]
    assert about(check(place, deep=True), "films") == [
        ("missing or changed, render again: almanacs/film.mp4", True, False)
    ]
    path.write_bytes(BYTES)
    assert about(check(place, deep=True), "films") == [("in place: 1", False, False)]
    path.unlink()
    with place.transaction() as session:
        film = session.exec(select(Render)).one()
        session.add(Render(**film.model_dump(exclude={"id"}) | {"version": 2, "file": "almanacs/b.mp4"}))
    assert about(check(place), "films") == [
        ("missing or changed, render again: almanacs/film.mp4, almanacs/b.mp4", True, False)
    ]


@pytest.mark.slow
def test_a_record_that_somebody_changed_is_told_and_not_mended(relay: Relay) -> None:
    record = RecordOfTests(relay)
    record.goes_on(2)
    record.tampers("UPDATE event SET person = 'Вера' WHERE id = 1")
    for fix in (False, True):
        (said,) = [one for one in check(relay, fix=fix) if one.what == "record"]
        assert (said.wrong, said.fixed) == (True, False)
        assert said.text == "changed by somebody who is not Relay, places: 1; look at them: relay audit verify"


@pytest.mark.slow
def test_a_record_without_its_key_is_told(relay: Relay) -> None:
    plain = dataclasses.replace(relay, store=Store(str(relay.store.url.render_as_string(hide_password=False))))
    (said,) = [one for one in check(plain) if one.what == "record"]
    assert said.wrong
    assert "the installation's key is not there" in said.text
    plain.store.close()
