"""A part's bytes out of memory and files; whole films: test_stream.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.film.streaming import stream
from relay.almanac.film.streaming.stream import FileSlice, PartBody


@pytest.mark.parametrize("block", [2, 1 << 18])
def test_any_bytes_of_a_part_may_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(stream, "BLOCK", block)
    for name, content in (("a", b"..picture one.."), ("b", b"picture two")):
        (tmp_path / name).write_bytes(content)
    pieces = [b"head ", FileSlice(tmp_path / "a", 2, 11), FileSlice(tmp_path / "b", 0, 11), b" end"]
    body, everything = PartBody(pieces, "tag"), b"head picture onepicture two end"
    assert body.size == len(everything)
    assert b"".join(body.read()) == everything
    for first in range(len(everything) + 1):
        assert b"".join(body.read(first)) == everything[first:]
        for last in range(len(everything) + 2):
            assert b"".join(body.read(first, last)) == everything[first:last]
    assert max(len(one) for one in body.read(5, 27)) <= max(block, 11)


def test_a_file_that_lost_its_end_gives_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"short")
    assert b"".join(PartBody([FileSlice(tmp_path / "a", 1, 100)], "t").read()) == b"hort"
