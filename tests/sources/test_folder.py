from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from relay.collect import hashtags
from relay.config import Settings
from relay.errors import Closed, DiskFull, Gone, NotYet, Refused
from relay.ports import Page
from relay.sources.folder import FolderFetcher, FolderSource, credited
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, read_all


@pytest.fixture
def school(tmp_path: Path) -> Path:
    path = tmp_path / "school"
    path.mkdir()
    return path


@pytest.fixture
def source(settings: Settings, store: Store, clock: FakeClock) -> FolderSource:
    return FolderSource(settings, store, clock)


@pytest.fixture
def fetcher(settings: Settings) -> FolderFetcher:
    return FolderFetcher(settings)


def _hands_in(folder: Path, name: str, clock: FakeClock, body: bytes = b"film", *, seconds: float = 60) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (clock().timestamp() - seconds,) * 2)
    return path


def _read(source: FolderSource, folder: Path, clock: FakeClock) -> Page:
    (page,) = read_all(source, source.resolve(f"folder:{folder}"), clock)
    return page


@pytest.mark.parametrize(
    ("name", "caption", "expected"),
    [
        ("Анна Иванова, Тосно.mp4", {}, ("Анна Иванова", "Тосно")),
        ("03. Анна Иванова, Тосно.mp4", {}, ("Анна Иванова", "Тосно")),
        ("12_Анна_Иванова.MOV", {}, ("Анна Иванова", "")),
        ("VID_20230112_1.mp4", {}, ("", "")),
        ("film.mp4", {}, ("", "")),
        ("film.mp4", {"name": "Вера Ильина", "town": "Луга"}, ("Вера Ильина", "Луга")),
        ("Анна Иванова, Тосно.mp4", {"town": "Волхов"}, ("Анна Иванова", "Волхов")),
    ],
)
def test_who_is_credited(name: str, caption: dict[str, str], expected: tuple[str, str]) -> None:
    assert credited(name, caption) == expected


def test_every_video_file_is_a_hand_in(source: FolderSource, school: Path, clock: FakeClock) -> None:
    film = _hands_in(school, "Анна Иванова, Тосно.mp4", clock)
    _hands_in(school, "5б/film.MOV", clock)
    for name in ("список.docx", ".hidden.mp4", ".trash/x.mp4", "captions.txt"):
        _hands_in(school, name, clock)
    (school / "captions.json").write_text(json.dumps({"film.MOV": {"name": "Борис", "text": "Письмо деда"}}), "utf-8")
    page = _read(source, school, clock)
    shown = [(post.author.name, post.text, post.videos[0].url) for post in page.posts]
    assert shown == [
        ("Анна Иванова", "Анна Иванова, Тосно", f"folder:{film}"),
        ("Борис", "Письмо деда\nБорис", f"folder:{school / '5б' / 'film.MOV'}"),
    ]
    assert (page.reached is not None, page.requests, page.faults) == (True, 0, ())
    hit = hashtags.match(page.posts[0].texts, hashtags.wanted(["#proryv80"], []))
    assert hit is not None and hit.matched_in == "handed in"


def test_a_replaced_file_is_another_hand_in(source: FolderSource, school: Path, clock: FakeClock) -> None:
    _hands_in(school, "film.mp4", clock)
    first = _read(source, school, clock).posts[0].videos[0].video_id
    assert _read(source, school, clock).posts[0].videos[0].video_id == first
    _hands_in(school, "film.mp4", clock, b"better film")
    assert _read(source, school, clock).posts[0].videos[0].video_id != first


def test_a_file_on_its_way_in_waits(source: FolderSource, school: Path, clock: FakeClock) -> None:
    _hands_in(school, "film.mp4", clock, seconds=1)
    page = _read(source, school, clock)
    assert page.posts == ()
    assert "still being written" in page.faults[0]
    clock.moves(minutes=1)
    assert len(_read(source, school, clock).posts) == 1


def test_a_file_of_a_camera_whose_clock_runs_ahead_is_taken(
    source: FolderSource, school: Path, clock: FakeClock
) -> None:
    _hands_in(school, "film.mp4", clock, seconds=-3600 * 24 * 400)
    page = _read(source, school, clock)
    assert (len(page.posts), page.faults) == (1, ())


def test_links_lead_nowhere(
    source: FolderSource, fetcher: FolderFetcher, school: Path, clock: FakeClock, tmp_path: Path
) -> None:
    secret = _hands_in(tmp_path, "secret.mp4", clock, b"secret")
    (school / "a.mp4").symlink_to(secret)
    (school / "inner").symlink_to(tmp_path)
    assert _read(source, school, clock).posts == ()
    with pytest.raises(NotYet):
        fetcher.fetch(f"folder:{school / 'a.mp4'}", tmp_path)
    assert source.look([f"folder:{secret}", str(secret)]) == []


def test_captions_that_cannot_be_read_are_told(source: FolderSource, school: Path, clock: FakeClock) -> None:
    _hands_in(school, "film.mp4", clock)
    (school / "captions.json").write_text("[]", "utf-8")
    page = _read(source, school, clock)
    assert len(page.posts) == 1
    assert "captions.json" in page.faults[0]


def test_a_folder_that_is_not_there(source: FolderSource, school: Path, clock: FakeClock) -> None:
    for address in ("folder:", f"folder:{school / 'none'}"):
        with pytest.raises(Refused, match="no folder"):
            source.resolve(address)
    place = source.resolve(f"folder:{school}")
    school.rmdir()
    with pytest.raises(Closed):
        read_all(source, place, clock)


def test_the_copy_is_whole_and_the_file_stays(
    fetcher: FolderFetcher, school: Path, clock: FakeClock, tmp_path: Path
) -> None:
    film = a_film(school, 3_000_000)
    told: list[float] = []
    target = tmp_path / "private"
    target.mkdir()
    fetched = fetcher.fetch(f"folder:{film}", target, progress=told.append)
    assert fetched.path.read_bytes() == film.read_bytes()
    assert (fetched.path.parent, fetched.bytes, told[-1]) == (target, film.stat().st_size, 1.0)


def test_what_cannot_be_copied_says_why(settings: Settings, school: Path, clock: FakeClock, tmp_path: Path) -> None:
    film = a_film(school, 3_000_000)
    with pytest.raises(Gone):
        FolderFetcher(settings).fetch(f"folder:{school / 'none.mp4'}", tmp_path)
    with pytest.raises(Refused, match="larger than allowed"):
        FolderFetcher(settings.model_copy(update={"max_video_mb": 1})).fetch(f"folder:{film}", tmp_path)
    with pytest.raises(DiskFull):
        FolderFetcher(settings.model_copy(update={"min_free_gb": 1e6})).fetch(f"folder:{film}", tmp_path)
    for url in ("folder:relative.mp4", "folder:/etc/passwd", f"file:{film}", "https://example.org/a.mp4"):
        with pytest.raises(Refused, match="no video in a folder"):
            FolderFetcher(settings).fetch(url, tmp_path)
    os.mkfifo(school / "pipe.mp4")
    with pytest.raises(Gone):
        FolderFetcher(settings).fetch(f"folder:{school / 'pipe.mp4'}", tmp_path)
