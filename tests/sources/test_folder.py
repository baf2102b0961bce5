from __future__ import annotations

import errno
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay.collect import hashtags
from relay.config import Settings
from relay.errors import Closed, DiskFull, Gone, NotYet, Refused, RelayError
from relay.ports import Author, Fetched, Page, Place, PollingPolicy, SeenPost, SeenVideo
from relay.sources import folder as module
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


@pytest.mark.slow
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
    assert source.posts_behind([f"folder:{secret}", str(secret)]) == []


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


# Word for word


@pytest.fixture
def bare(settings: Settings, clock: FakeClock) -> FolderSource:
    return FolderSource(settings, None, clock)  # type: ignore[arg-type]  # it keeps no books


def _page(source: FolderSource, folder: Path, clock: FakeClock, *tags: str) -> Page:
    place = Place("folder", f"folder:{folder}", str(folder))
    (page,) = source.read(place, since=clock() - timedelta(days=1), until=clock(), tags=tags)
    return page


def test_a_folder_by_its_path(bare: FolderSource, school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bare.polling == PollingPolicy(timedelta(minutes=1))
    assert [bare.claims(address) for address in (" folder:x", "xfolder:", "/folder:")] == [True, False, False]
    monkeypatch.chdir(school.parent)
    place = Place("folder", f"folder:{school}", str(school), "school")
    assert [bare.resolve(address) for address in (f" folder: {school} ", "folder:school", "folder:./school/")] == [
        place
    ] * 3


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", "There is no folder . Known is folder:/path/to/the/videos."),
        ("none", "There is no folder none. Known is folder:/path/to/the/videos."),
        ("film.mp4", "There is no folder film.mp4. Known is folder:/path/to/the/videos."),
        ("a\0" + "b" * 90, f"There is no folder 'a\\x00{'b' * 78}'. Known is folder:/path/to/the/videos."),
    ],
)
def test_what_is_no_folder_is_refused(
    bare: FolderSource, school: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    monkeypatch.chdir(school)
    (school / "film.mp4").touch()
    with pytest.raises(Refused) as told:
        bare.resolve(f"folder:{name}")
    assert told.value.line == line


def test_a_name_that_is_too_long_is_told_in_part(bare: FolderSource) -> None:
    with pytest.raises(Refused) as told:
        bare.resolve(f"folder:{'x' * 5000}")
    assert told.value.line in (
        f"The folder {'x' * 200} can't be read (File name too long). Known is folder:/path/to/the/videos.",
        f"There is no folder {'x' * 5000}. Known is folder:/path/to/the/videos.",
    )


@pytest.mark.parametrize(
    ("name", "caption", "expected"),
    [
        ("Анна.mp4", {}, ("", "")),
        ("Анна Иванова.mp4", {"name": " ", "town": " Луга "}, ("Анна Иванова", "Луга")),
        ("1) Анна Иванова , Тосно, 5б.mp4", {}, ("Анна Иванова", "Тосно, 5б")),
        ("1234 - Анна_Иванова,_Тосно.mp4", {}, ("Анна Иванова", "Тосно")),
        ("12345. Анна Иванова.mp4", {}, ("", "")),
        ("Анна 2б класс, Тосно.mp4", {}, ("", "")),
        ("film.mp4", {"name": 5}, ("5", "")),
        ("Анна Иванова, Тосно.mp4", {"name": "Вера"}, ("Вера", "Тосно")),
    ],
)
def test_whose_reading_it_is(name: str, caption: dict[str, Any], expected: tuple[str, str]) -> None:
    assert credited(name, caption) == expected


def test_a_hand_in_is_whole(bare: FolderSource, school: Path, clock: FakeClock) -> None:
    film = _hands_in(school, "5б/film.MOV", clock)
    (school / "captions.json").write_text(
        json.dumps({"5б/film.MOV": {"name": "Борис", "town": "Луга", "text": " Письмо деда "}, "film.MOV": {}, "x": 5}),
        "utf-8-sig",
    )
    page = _page(bare, school, clock, "##proryv80", "other")
    (post,) = page.posts
    assert (page.requests, page.total, page.reached, page.faults) == (0, 1, clock() - timedelta(days=1), ())
    number, text = post.post_id, "Письмо деда\nБорис, Луга"
    assert len(number) == 32
    assert post == SeenPost(
        "folder",
        str(school),
        number,
        f"folder:{film}",
        clock(),
        text=text,
        author=Author(name="Борис"),
        texts=(("text", text), ("video title", "film"), ("handed in", "#proryv80")),
        videos=(
            SeenVideo(
                "folder",
                str(school),
                number,
                f"folder:{film}",
                title="film",
                description=text,
                author=Author(name="Борис"),
            ),
        ),
    )
    assert post.raw == {"file": "5б/film.MOV", "name": "Борис", "town": "Луга"}


def test_a_file_of_nobody_has_only_its_title_and_the_captions_may_name_it(
    bare: FolderSource, school: Path, clock: FakeClock
) -> None:
    _hands_in(school, "film.mp4", clock)
    (post,) = _page(bare, school, clock).posts
    assert (post.text, post.texts, post.author) == ("", (("video title", "film"),), Author())
    (school / "captions.json").write_text('{"film.mp4": {"title": "Письмо", "town": "Луга"}}', "utf-8")
    (post,) = _page(bare, school, clock).posts
    assert (post.text, post.texts) == ("Луга", (("text", "Луга"), ("video title", "Письмо")))


def test_the_same_name_size_and_time_is_the_same_hand_in(bare: FolderSource, school: Path, clock: FakeClock) -> None:
    def number() -> str:
        return _page(bare, school, clock).posts[0].post_id

    _hands_in(school, "film.mp4", clock)
    first = number()
    _hands_in(school, "film.mp4", clock, seconds=61)
    assert number() != first
    film = _hands_in(school, "film.mp4", clock, b"filn")
    assert number() == first
    film.rename(school / "other.mp4")
    assert number() != first


@pytest.mark.parametrize("told", ["[]", "{", "5"])
def test_captions_that_are_no_object_are_not_used(
    bare: FolderSource, school: Path, clock: FakeClock, told: str
) -> None:
    _hands_in(school, "Анна Иванова.mp4", clock)
    (school / "captions.json").write_text(told, "utf-8")
    page = _page(bare, school, clock)
    assert page.posts[0].author.name == "Анна Иванова"
    assert page.faults == ("captions.json: it is no JSON object of objects; the names in it are not used",)


@pytest.mark.parametrize(("seconds", "taken"), [(9, False), (10, True), (-60, False), (-61, True)])
def test_a_file_settles_for_ten_seconds(
    bare: FolderSource, school: Path, clock: FakeClock, seconds: float, *, taken: bool
) -> None:
    _hands_in(school, "film.mp4", clock, seconds=seconds)
    _hands_in(school, "other.mp4", clock)
    page = _page(bare, school, clock)
    assert len(page.posts) == 1 + taken
    assert page.faults == (
        () if taken else ("film.mp4: it is still being written; it will be taken at the next sweep",)
    )
    assert page.total == 2


def test_files_come_in_the_order_of_their_names_and_no_more_than_may_be(
    bare: FolderSource, school: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["b/2.mp4", "b/1.mp4", "a/9.webm", "z.mp4", "c.MKV"]
    for name in [*names, ".a/x.mp4", ".x.mp4", "b/x.txt"]:
        _hands_in(school, name, clock)
    (school / "d.mp4").symlink_to(school / "z.mp4")
    (school / "e.mp4").mkdir()
    (school / "link").symlink_to(school / "b")
    wanted = ["c.MKV", "z.mp4", "a/9.webm", "b/1.mp4", "b/2.mp4"]

    def found() -> list[str]:
        return [post.raw["file"] for post in _page(bare, school, clock).posts]

    assert found() == wanted
    for most in (1, 2, 4, 5, 6):
        monkeypatch.setattr(module, "MOST_FILES", most)
        assert found() == wanted[:most]


def test_a_folder_that_went_away_is_closed(bare: FolderSource, school: Path, clock: FakeClock) -> None:
    school.rmdir()
    with pytest.raises(Closed) as told:
        _page(bare, school, clock)
    assert told.value.line == f"The folder {school} can't be read (No such file or directory)."


def test_a_copy_tells_how_far_it_is_and_whose_it_is(
    settings: Settings, school: Path, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 4)
    film = _hands_in(school, "Анна Иванова, Тосно.MP4", clock, b"0123456789")
    told: list[float] = []
    fetched = FolderFetcher(settings).fetch(f"folder:{film}", tmp_path, progress=told.append)
    assert fetched == Fetched(tmp_path / "handed-in.mp4", 10, "Анна Иванова, Тосно", "Анна Иванова")
    assert (tmp_path / "handed-in.mp4").read_bytes() == film.read_bytes() == b"0123456789"
    assert told == [0.4, 0.8, 1.0]
    film.write_bytes(b"")
    assert FolderFetcher(settings).fetch(f"folder:{film}", tmp_path).bytes == 0


@pytest.mark.parametrize(("size", "fine"), [((1 << 20), True), ((1 << 20) + 1, False)])
def test_a_file_may_be_as_large_as_is_allowed(
    settings: Settings, school: Path, clock: FakeClock, tmp_path: Path, size: int, *, fine: bool
) -> None:
    film = _hands_in(school, "film.mp4", clock)
    os.truncate(film, size)
    fetcher = FolderFetcher(settings.model_copy(update={"max_video_mb": 1}))
    if fine:
        assert fetcher.fetch(f"folder:{film}", tmp_path).bytes == size
        return
    with pytest.raises(Refused) as told:
        fetcher.fetch(f"folder:{film}", tmp_path)
    assert told.value.line == "The video is larger than allowed."
    assert not (tmp_path / "handed-in.mp4").exists()


@pytest.mark.parametrize(("free", "fine"), [((3 << 30) + 4, True), ((3 << 30) + 3, False)])
def test_as_much_stays_free_as_was_asked_for(
    settings: Settings,
    school: Path,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    *,
    fine: bool,
) -> None:
    film = _hands_in(school, "film.mp4", clock)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
    fetcher = FolderFetcher(settings.model_copy(update={"min_free_gb": 3.0}))
    if fine:
        assert fetcher.fetch(f"folder:{film}", tmp_path).bytes == 4
        return
    with pytest.raises(DiskFull) as told:
        fetcher.fetch(f"folder:{film}", tmp_path)
    assert told.value.line == "There is no room for the file. Free some space, or lower RELAY_MIN_FREE_GB."


@pytest.mark.parametrize(
    ("number", "kind", "line"),
    [
        (errno.ENOSPC, DiskFull, "The disk is full. Free some space; nothing was lost."),
        (122, DiskFull, "The disk is full. Free some space; nothing was lost."),
        (errno.EIO, NotYet, "The file can't be read (trouble)."),
    ],
)
def test_what_stops_a_copy_has_a_name(
    fetcher: FolderFetcher,
    school: Path,
    clock: FakeClock,
    tmp_path: Path,
    number: int,
    kind: type[RelayError],
    line: str,
) -> None:
    film = _hands_in(school, "film.mp4", clock)

    def stops(_done: float) -> None:
        raise OSError(number, "trouble")

    with pytest.raises(kind) as told:
        fetcher.fetch(f"folder:{film}", tmp_path, progress=stops)
    assert told.value.line == line


def test_only_a_video_at_a_whole_path_is_copied(fetcher: FolderFetcher, school: Path, tmp_path: Path) -> None:
    (school / "film.txt").touch()
    for url in (f"folder:{school}/film.txt", "folder:film.mp4", f"{school}/film.mp4", f"xfolder:{school}/film.mp4"):
        with pytest.raises(Refused) as refused:
            fetcher.fetch(url, tmp_path)
        assert refused.value.line == "The address is no video in a folder."
    with pytest.raises(Gone) as gone:
        fetcher.fetch(f"folder:{school}/film.mp4", tmp_path)
    assert gone.value.line == "The file was taken out of the folder."
    (school / "inner.mp4").mkdir()
    with pytest.raises(Gone):
        fetcher.fetch(f"folder:{school}/inner.mp4", tmp_path)
