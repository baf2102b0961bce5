"""A file of the web by itself is brought whole, goes on where it was, and never is two halves of two files."""

from __future__ import annotations

import errno
import io
import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relay.media.children import connect_guard, plain
from relay.media.children.fetch import Teller
from relay.media.children.plain import Ended, Known, PartUse, bring, described, headers, use, validator
from tests.media.children.site import Site

A = random.Random(1).randbytes(20_000)
B = random.Random(2).randbytes(20_000)
CUTS = 100
OLD, DATE = "Wed, 11 Jan 2023 09:00:00 GMT", "Thu, 12 Jan 2023 09:00:00 GMT"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "FIRST_PAUSE", 0.0)


def fetched(site: Site, folder: Path, **other: Any) -> dict[str, Any]:
    job = {"url": site.url, "folder": str(folder), "max_bytes": 1 << 20, "proxy": "", "allowed": [], **other}
    return bring(job, Teller())


def bytes_in(folder: Path) -> bytes:
    return (folder / "video.mp4").read_bytes()


def cut_points() -> list[int]:
    return [1 + number * (len(A) - 2) // CUTS for number in range(CUTS)]


# --- going on ---


@pytest.mark.slow
def test_cut_at_a_hundred_points_it_goes_on_with_hardly_a_byte_sent_again(tmp_path: Path) -> None:
    with Site(A) as site:
        for cut in cut_points():
            folder = tmp_path / str(cut)
            folder.mkdir()
            site.cuts.append(cut)
            assert fetched(site, folder)["result"]["measured"] is True
            assert bytes_in(folder) == A
        assert site.sent < CUTS * len(A) * 1.05
        assert site.sent == CUTS * len(A)


@pytest.mark.slow
def test_cut_a_hundred_times_on_its_way_it_comes_all_the_same(tmp_path: Path) -> None:
    with Site(A, cuts=[150] * CUTS) as site:
        fetched(site, tmp_path)
        assert (bytes_in(tmp_path), site.sent, len(site.asked)) == (A, len(A), CUTS + 1)


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_a_file_that_changes_on_its_way_is_the_new_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The twin asks for the rest of whatever lies there now, and gets two halves of two files."""
    if not guarded:
        monkeypatch.setattr(plain, "headers", lambda _known, have: {"Range": f"bytes={have}-"} if have else {})
        monkeypatch.setattr(
            plain, "use", lambda _known, _have, status, _told: PartUse.on if status == 206 else PartUse.anew
        )
    spliced = 0
    for cut in cut_points():
        folder = tmp_path / str(cut)
        folder.mkdir()
        with Site(A, cuts=[cut], believes=guarded) as site:
            site.before = lambda number, it=site: swap(it) if number == 2 else None
            fetched(site, folder)
        spliced += bytes_in(folder) != B
        assert len(bytes_in(folder)) == len(B)
    assert spliced == (0 if guarded else CUTS)


def swap(site: Site) -> None:
    site.content, site.etag = B, '"two"'


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        {"etag": 'W/"one"'},
        {"etag": ""},
        {"etag": "", "changed": DATE},  # younger than a minute: two changes in a second look the same
        {"etag": '"one"', "believes": False},  # goes on, with the ETag of the other file
    ],
)
def test_where_nothing_vouches_for_the_part_the_file_begins_anew(tmp_path: Path, how: dict[str, Any]) -> None:
    with Site(A, cuts=[5_000], **how) as site:
        site.before = lambda number: swap_content(site) if number == 2 else None
        fetched(site, tmp_path)
    assert bytes_in(tmp_path) == B


def swap_content(site: Site) -> None:
    site.content, site.etag = B, site.etag.replace("one", "two")


def test_an_old_date_vouches_for_a_part_too(tmp_path: Path) -> None:
    with Site(A, etag="", changed=OLD, cuts=[7_000]) as site:
        fetched(site, tmp_path)
        assert (bytes_in(tmp_path), site.sent) == (A, len(A))
        assert site.asked[1]["if-range"] == OLD


@pytest.mark.slow
def test_another_process_goes_on_with_what_one_has_left(tmp_path: Path) -> None:
    with Site(A, cuts=[9_000, 0, 0, 0, 0]) as site:
        assert fetched(site, tmp_path)["error"] == "not_yet"
        assert (tmp_path / "video.part").stat().st_size == 9_000
        fetched(site, tmp_path)
        assert (bytes_in(tmp_path), site.sent) == (A, len(A))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["video.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("note", ["", "[]", '{"url": 1, "x": 2}', None])
def test_a_part_of_which_nothing_is_known_begins_anew(tmp_path: Path, note: str | None) -> None:
    (tmp_path / "video.part").write_bytes(B[:4_000])
    if note is not None:
        (tmp_path / "video.known").write_text(note)
    with Site(A) as site:
        fetched(site, tmp_path)
        assert "range" not in site.asked[0]
    assert bytes_in(tmp_path) == A


@pytest.mark.slow
def test_a_part_of_another_address_begins_anew_and_a_whole_one_is_not_asked_for(tmp_path: Path) -> None:
    with Site(A) as site:
        address = site.url.removesuffix("#file")
        (tmp_path / "video.part").write_bytes(B[:4_000])
        (tmp_path / "video.known").write_text(json.dumps({"url": "http://x/", "validator": '"one"', "total": 20_000}))
        fetched(site, tmp_path)
        assert bytes_in(tmp_path) == A
        (tmp_path / "video.part").write_bytes(A)
        (tmp_path / "video.known").write_text(json.dumps({"url": address, "validator": '"one"', "total": 20_000}))
        assert "result" in fetched(site, tmp_path)
        assert len(site.asked) == 1


def test_a_part_that_is_longer_than_the_file_now_begins_anew(tmp_path: Path) -> None:
    with Site(A[:5_000], believes=False) as site:
        note = {"url": site.url.removesuffix("#file"), "validator": '"one"', "total": 20_000}
        (tmp_path / "video.part").write_bytes(B[:9_000])
        (tmp_path / "video.known").write_text(json.dumps(note))
        fetched(site, tmp_path)
        assert [bytes_in(tmp_path), len(site.asked)] == [A[:5_000], 2]


# --- how long it is ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "measured"), [({}, True), ({"chunked": True}, True), ({"length": False}, False)], ids=str
)
def test_whether_anybody_said_where_the_file_ends_is_told(tmp_path: Path, how: dict[str, Any], measured: bool) -> None:
    with Site(A, **how) as site:
        assert fetched(site, tmp_path)["result"]["measured"] is measured
        assert site.asked[0]["accept-encoding"] == "identity"
    assert bytes_in(tmp_path) == A


@pytest.mark.slow
def test_a_cut_without_a_length_is_not_seen_here_and_not_called_measured(tmp_path: Path) -> None:
    with Site(A, length=False, cuts=[8_000]) as site:
        assert fetched(site, tmp_path)["result"]["measured"] is False
    assert bytes_in(tmp_path) == A[:8_000]


@pytest.mark.slow
@pytest.mark.parametrize("chunked", [True, False])
def test_a_cut_in_chunks_is_seen(tmp_path: Path, chunked: bool) -> None:
    with Site(A, chunked=chunked, cuts=[8_000]) as site:
        fetched(site, tmp_path)
        assert (bytes_in(tmp_path), len(site.asked)) == (A, 2)


@pytest.mark.slow
def test_too_large_is_refused_before_it_comes_and_while_it_does(tmp_path: Path) -> None:
    with Site(A) as site:
        assert fetched(site, tmp_path, max_bytes=len(A) - 1) == {"error": "too_large", "text": "20000 bytes"}
    with Site(A, length=False) as site:
        assert fetched(site, tmp_path, max_bytes=9_999) == {"error": "too_large", "text": "more than 9999 bytes"}
        assert not (tmp_path / "video.mp4").exists()
        assert (tmp_path / "video.part").stat().st_size < 9_999


# --- odd and hostile servers ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "error", "times"),
    [
        (404, "gone", 1),
        (410, "gone", 1),
        (451, "gone", 1),
        (403, "not_yet", 1),
        (503, "not_yet", 4),
        (429, "not_yet", 4),
    ],
)
def test_what_a_status_means(tmp_path: Path, status: int, error: str, times: int) -> None:
    said = (status, {"Content-Length": "0"}, b"")
    with Site(A, answers=[said] * 9) as site:
        assert fetched(site, tmp_path)["error"] == error
        assert len(site.asked) == times


def test_a_passing_fault_passes(tmp_path: Path) -> None:
    with Site(A, answers=[(503, {"Content-Length": "0"}, b"")] * 3) as site:
        fetched(site, tmp_path)
    assert bytes_in(tmp_path) == A


@pytest.mark.slow
def test_redirects_are_followed_and_not_for_ever(tmp_path: Path) -> None:
    with Site(A) as site:
        onward = (302, {"Location": "/elsewhere.mp4", "Content-Length": "0"}, b"")
        site.answers += [onward]
        fetched(site, tmp_path)
        assert bytes_in(tmp_path) == A
        site.answers += [onward] * 20
        assert fetched(site, tmp_path)["error"] == "not_yet"
        site.answers[:] = [(302, {"Location": "ftp://127.0.0.1/x", "Content-Length": "0"}, b"")]
        assert fetched(site, tmp_path)["error"] == "refused"


def test_what_is_packed_is_not_taken(tmp_path: Path) -> None:
    with Site(A, more={"Content-Encoding": "gzip"}) as site:
        assert fetched(site, tmp_path)["error"] == "not_yet"
        assert not (tmp_path / "video.mp4").exists()


@pytest.mark.slow
def test_behind_a_proxy_inner_names_are_refused_here(tmp_path: Path) -> None:
    with Site(A) as site:
        for name in ("127.0.0.1", "router.lan", "localhost"):
            url = f"http://{name}:{site.port}/film.mp4#file"
            said = fetched(site, tmp_path, url=url, proxy=f"127.0.0.1:{site.port}")
            assert said["error"] == "refused", name
        assert site.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_what_trickles_is_given_up_for_now_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Ten bytes a connection. The twin waits for all of it."""
    monkeypatch.setattr(plain, "WINDOW_SECONDS", 0.2 if guarded else 1000.0)
    with Site(A[:400], cuts=[10] * 100) as site:
        site.before = lambda _number: time.sleep(0.02)
        said = fetched(site, tmp_path)
        if guarded:
            assert said == {"error": "not_yet", "text": "the file comes too slowly"}
            assert 0 < (tmp_path / "video.part").stat().st_size < 400
        else:
            assert bytes_in(tmp_path) == A[:400]


# --- decisions ---

KNOWN = Known("http://x/", '"one"', 100)
WHOLE = {"content-length": "100", "etag": '"one"'}
REST = {"content-range": "bytes 40-99/100", "etag": '"one"'}


@pytest.mark.parametrize(
    ("known", "have", "status", "told", "found"),
    [
        (KNOWN, 0, 200, WHOLE, PartUse.anew),
        (KNOWN, 40, 200, WHOLE, PartUse.anew),
        (KNOWN, 40, 206, REST, PartUse.on),
        (replace(KNOWN, total=None), 40, 206, REST, PartUse.on),
        (KNOWN, 41, 206, REST, PartUse.nothing),
        (replace(KNOWN, total=101), 40, 206, REST, PartUse.nothing),
        (replace(KNOWN, validator=""), 40, 206, REST, PartUse.nothing),
        (KNOWN, 40, 206, {**REST, "etag": '"two"'}, PartUse.nothing),
        (KNOWN, 40, 206, {"content-range": "bytes 40-99/100"}, PartUse.nothing),
        (KNOWN, 40, 206, {**REST, "content-range": "bytes 40-98/100"}, PartUse.nothing),
        (KNOWN, 40, 206, {**REST, "content-range": "bytes 40-99/*"}, PartUse.nothing),
        (KNOWN, 40, 206, {**REST, "content-range": "items 40-99/100"}, PartUse.nothing),
        (KNOWN, 40, 206, {"etag": '"one"', "content-type": "multipart/byteranges"}, PartUse.nothing),
        (KNOWN, 40, 206, {**REST, "content-encoding": "br"}, PartUse.nothing),
        (KNOWN, 0, 200, {**WHOLE, "content-encoding": "gzip"}, PartUse.nothing),
        (KNOWN, 0, 204, {}, PartUse.nothing),
        (replace(KNOWN, validator=OLD), 40, 206, {"content-range": "bytes 40-99/100"}, PartUse.on),
        (
            replace(KNOWN, validator=OLD),
            40,
            206,
            {"content-range": "bytes 40-99/100", "last-modified": DATE},
            PartUse.nothing,
        ),
    ],
)
def test_what_an_answer_is_to_the_part(
    known: Known, have: int, status: int, told: dict[str, str], found: PartUse
) -> None:
    assert use(known, have, status, told) is found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"etag": '"one"', "last-modified": OLD, "date": DATE}, '"one"'),
        ({"etag": 'W/"one"', "last-modified": OLD, "date": DATE}, ""),
        ({"etag": "one"}, ""),
        ({"etag": '"один"', "last-modified": OLD, "date": DATE}, ""),
        ({"last-modified": OLD, "date": DATE}, OLD),
        ({"last-modified": DATE, "date": DATE}, ""),
        ({"last-modified": OLD}, ""),
        ({"last-modified": "yesterday", "date": DATE}, ""),
        ({}, ""),
    ],
)
def test_what_vouches_for_a_file(told: dict[str, str], found: str) -> None:
    assert validator(told) == found


def test_a_rest_is_asked_for_only_with_what_vouches_for_it() -> None:
    assert headers(KNOWN, 40) == {"Accept-Encoding": "identity", "Range": "bytes=40-", "If-Range": '"one"'}
    assert headers(KNOWN, 0) == headers(replace(KNOWN, validator=""), 40) == {"Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    ("length", "total"), [("100", 100), ("", None), ("-1", None), ("1e9", None), ("²", None), ("9" * 400, None)]
)
def test_only_a_plain_number_is_a_length(length: str, total: int | None) -> None:
    assert described("http://x/", {"content-length": length}).total == total


@pytest.mark.slow
def test_trouble_of_the_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Site(b"")
    nowhere.url = "http://127.0.0.1:9/film.mp4#file"
    for number, kind in ((errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EFBIG, "too_large")):
        monkeypatch.setattr(plain._Download, "run", lambda _self, n=number: (_ for _ in ()).throw(OSError(n, "x")))
        assert fetched(nowhere, tmp_path)["error"] == kind


def test_the_child_guards_itself_before_it_fetches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    order: list[object] = []
    monkeypatch.setattr(connect_guard, "install", lambda allowed, _refused: order.append(allowed))
    monkeypatch.setattr(plain, "bring", lambda job, _tell: order.append(job["url"]) or {"result": 1})
    job = {"url": "http://x/", "folder": str(tmp_path), "max_bytes": 1, "proxy": "", "allowed": [["127.0.0.1", 80]]}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(job) + "\n"))
    plain.main()
    assert order == [[("127.0.0.1", 80)], "http://x/"]
    assert json.loads(capsys.readouterr().out) == {"result": 1}
    assert Ended("gone", "x" * 900).said == {"error": "gone", "text": "x" * 300}
