"""Bytes of a file with ranges, and a line that breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse

from relay.sandbox.files import file_answer

LARGE = 300_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    return tmp_path / "a.mp4"


class Line:
    """What carries the bytes; it remembers whether it was cut."""

    broken = False

    def abort(self) -> None:
        self.broken = True


def asked(headers: dict[str, str], line: Line | None = None) -> Request:
    written = [(name.encode(), value.encode()) for name, value in headers.items()]
    state = {"transport": line} if line is not None else {}
    return Request({"type": "http", "method": "GET", "path": "/", "headers": written, "state": state})


def blocks(answer: object) -> list[bytes]:
    async def read() -> list[bytes]:
        assert isinstance(answer, StreamingResponse)
        return [bytes(block) async for block in answer.body_iterator]  # type: ignore[arg-type]

    return asyncio.run(read())


def test_a_whole_file_comes_with_all_that_a_client_goes_by(file: Path) -> None:
    answer = file_answer(asked({}), file, 255)
    assert answer.status_code == 200
    assert dict(answer.headers) == {
        "accept-ranges": "bytes",
        "etag": '"ff-a"',
        "cache-control": "private",
        "content-length": "10",
        "content-type": "video/mp4",
    }
    assert blocks(answer) == [b"0123456789"]
    sound = file_answer(asked({"if-range": '"ff-a"'}), file, 1, media_type="audio/mp4")
    assert (sound.status_code, sound.headers["content-type"], blocks(sound)) == (200, "audio/mp4", [b"0123456789"])


@pytest.mark.parametrize(
    ("wanted", "span", "content"),
    [
        ("bytes=0-0", "0-0", b"0"),
        ("bytes=2-4", "2-4", b"234"),
        (" bytes=8- ", "8-9", b"89"),
        ("bytes=9-9", "9-9", b"9"),
        ("bytes=3-99", "3-9", b"3456789"),
        ("bytes=-3", "7-9", b"789"),
        ("bytes=-10", "0-9", b"0123456789"),
        ("bytes=-11", "0-9", b"0123456789"),
    ],
)
def test_a_range_is_a_part_of_the_file(file: Path, wanted: str, span: str, content: bytes) -> None:
    answer = file_answer(asked({"range": wanted}), file, 1)
    assert (answer.status_code, answer.headers["content-range"]) == (206, f"bytes {span}/10")
    assert answer.headers["content-length"] == str(len(content))
    assert b"".join(blocks(answer)) == content


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=10-12", "bytes=5-4", "bytes=-0", "bytes=-", "bytes=a-b", "all"])
def test_a_range_of_nothing_is_416(file: Path, wanted: str) -> None:
    answer = file_answer(asked({"range": wanted}), file, 1)
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")
    assert answer.headers["etag"] == '"1-a"'


def test_a_range_counts_for_the_version_that_it_is_of(file: Path) -> None:
    for version, status in (('"1-a"', 206), ('"1-b"', 200)):
        answer = file_answer(asked({"range": "bytes=1-2", "if-range": version}), file, 1)
        assert answer.status_code == status
        assert len(b"".join(blocks(answer))) == (2 if status == 206 else 10)


def test_a_file_that_is_gone_is_404(file: Path) -> None:
    file.unlink()
    assert file_answer(asked({}), file, 1).status_code == 404


def test_a_large_file_comes_in_blocks_of_a_quarter_of_a_megabyte(file: Path) -> None:
    file.write_bytes(b"x" * LARGE)
    assert [len(block) for block in blocks(file_answer(asked({}), file, 1))] == [262_144, LARGE - 262_144]


@pytest.mark.slow
def test_a_line_breaks_after_the_part_that_was_ordered(file: Path) -> None:
    for headers, cut, content in (({}, 0.25, b"01"), ({"range": "bytes=4-"}, 0.5, b"456"), ({}, 1.0, b"0123456789")):
        line = Line()
        answer = file_answer(asked(headers, line), file, 1, cut=cut)
        assert int(answer.headers["content-length"]) >= len(content), "the length that was promised"
        assert (b"".join(blocks(answer)), line.broken) == (content, cut < 1)
