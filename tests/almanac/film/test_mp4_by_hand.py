"""MP4 files written box by box: what is read of them, and every box of what is joined."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from relay.almanac.film import mp4
from relay.errors import ToolFailed

HOLDERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts")


def box(name: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I4s", 8 + len(body), name) + body


def table(name: bytes, row: str, *rows: Sequence[int], more: bytes = b"") -> bytes:
    return box(name, struct.pack(">II", 0, len(rows)), *(struct.pack(row, *values) for values in rows), more)


def walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        size, name = struct.unpack_from(">I4s", data)
        yield name, data[8:size]
        if name in HOLDERS:
            yield from walk(data[8:size])
        data = data[size:]


def mvhd(scale: int) -> bytes:
    return box(b"mvhd", bytes(12), struct.pack(">II", scale, 7), b"v" * 80)


def entry(name: bytes, *inside: bytes) -> bytes:
    """A sample description: 78 bytes of fixed fields behind the head, and what is in it."""
    return box(b"stsd", struct.pack(">II", 0, 1), box(name, bytes(78), *inside))


def track(
    *,
    kind: bytes = b"vide",
    scale: int = 12_800,
    length: int = 0,
    described: bytes = b"",
    edits: Sequence[Sequence[int]] | None = None,
    stbl: Sequence[bytes] = (),
) -> bytes:
    return box(
        b"trak",
        box(b"tkhd", b"t" * 20, struct.pack(">I", 7), b"u" * 60),
        b"" if edits is None else box(b"edts", table(b"elst", ">Iii", *((*one, 1) for one in edits))),
        box(
            b"mdia",
            box(b"mdhd", bytes(12), struct.pack(">II", scale, length), b"lang"),
            box(b"hdlr", bytes(8), kind, bytes(13)),
            box(
                b"minf",
                box(b"vmhd", b"vmhd"),
                box(b"dinf", b"dinf"),
                box(b"stbl", described or entry(b"avc1", box(b"avcC", b"setup")), *stbl),
            ),
        ),
    )


def test_a_file_says_its_tracks_by_what_its_edits_leave(tmp_path: Path) -> None:
    """Empty edits (from −1) count for nothing, all others for their length; what is no picture has no set-up."""
    path = tmp_path / "a.mp4"
    many = [box(b"stsz", struct.pack(">III", 0, 0, 5))]
    sound = entry(b"mp4a", box(b"avcC", b"no set-up"))
    movie = box(
        b"moov",
        box(b"udta", b"\0" * 40),
        mvhd(1000),
        track(length=9, edits=[(500, -1), (1000, 0), (200, 1024)], stbl=many, described=entry(
            b"avc1", box(b"colr", b"nclx"), box(b"avcC", b"setup"))),
        track(kind=b"soun", scale=48_000, length=96_000, described=sound, stbl=many),
        bytes(7),
    )  # fmt: skip
    path.write_bytes(box(b"ftyp", b"isom") + movie + box(b"mdat", b"xy"))
    found = mp4.read(path)
    assert found.tracks == (
        mp4.Mp4Track("vide", 5, 12_800, 15_360, b"setup"),
        mp4.Mp4Track("soun", 5, 48_000, 96_000, b""),
    )
    assert [one.seconds for one in found.tracks] == [1.2, 2.0]
    assert found.streams_well
    for data, well in ((box(b"mdat", b"xy") + movie, False), (movie, False), (movie + box(b"mdat"), True)):
        path.write_bytes(data)
        assert mp4.read(path).streams_well is well


def test_boxes_end_where_one_says_an_impossible_length(tmp_path: Path) -> None:
    one = box(b"free")
    three = [(b"free", b""), (b"skip", b"x"), (b"free", b"")]
    assert list(mp4._boxes(one + box(b"skip", b"x") + one + bytes(7))) == three
    assert list(mp4._boxes(one + struct.pack(">I4s", 7, b"free") + one)) == [(b"free", b"")]
    path = tmp_path / "a.mp4"
    movie = box(b"moov", mvhd(1000))
    for wide, there in ((15, False), (16, True), (24, True)):
        path.write_bytes(struct.pack(">I4sQ", 1, b"free", wide) + bytes(max(0, wide - 16)) + movie)
        if there:
            assert mp4.read(path).tracks == ()
        else:
            with pytest.raises(ToolFailed, match="has no index"):
                mp4.read(path)
    for size in (0, 7):
        path.write_bytes(struct.pack(">I4s", size, b"free") + movie)
        with pytest.raises(ToolFailed, match="has no index"):
            mp4.read(path)
    path.write_bytes(one + movie)
    assert mp4.read(path).tracks == ()


def shot(
    path: Path,
    frames: Sequence[bytes] = (b"one", b"second"),
    *,
    same: int = 0,
    count: int = 0,
    keys: Sequence[int] | None = None,
    shifts: Sequence[Sequence[int]] | None = None,
    edits: Sequence[Sequence[int]] | None = None,
    timing: Sequence[Sequence[int]] = ((9, 512),),
    at: int = 0,
    more: bytes = b"",
    data: bool = True,
) -> Path:
    """Frames, then the index. `same`, `count`: so many frames of one size that are a hole in the file."""
    total = same * count or sum(map(len, frames))
    head = 16 if total + 8 >= 1 << 32 else 8
    many = count or len(frames)
    sizes = struct.pack(f">III{0 if same else many}I", 0, same, many, *(() if same else map(len, frames)))
    index = box(
        b"moov",
        mvhd(600),
        track(
            edits=edits,
            stbl=[
                table(b"stts", ">II", *timing, more=b"left over"),
                box(b"stsz", sizes),
                table(b"stco", ">I", (head + at,)),
                *([table(b"stss", ">I", *((key,) for key in keys))] if keys is not None else []),
                *([table(b"ctts", ">Ii", *shifts)] if shifts is not None else []),
            ],
        ),
    )
    with path.open("wb") as file:
        if data:
            file.write(
                struct.pack(">I4sQ", 1, b"mdat", 16 + total)
                if head == 16
                else struct.pack(">I4s", 8 + total + len(more), b"mdat")
            )
            if same:
                file.seek(head + total)
            else:
                file.write(b"".join(frames) + more)
        file.write(index)
    return path


def test_every_box_of_a_joined_film(tmp_path: Path) -> None:
    one = shot(tmp_path / "a", keys=(1,), shifts=((1, 1024), (1, 0)), edits=((5, -1), (9, 1024)))
    two = shot(tmp_path / "b", (b"all", b"are", b"keys"), edits=None)
    film = tmp_path / "film"
    mp4.join([one, two, one], film)
    data = film.read_bytes()
    assert data[:32] == b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41"
    frames = b"onesecondallarekeysonesecond"
    assert data.endswith(struct.pack(">I4s", 8 + len(frames), b"mdat") + frames)
    begin, length = len(data) - len(frames), 7 * 512
    found = dict(walk(data[32 : begin - 8]))
    held = {name: found.pop(name) for name in HOLDERS}
    assert len(held[b"moov"]) == begin - 8 - 32 - 8
    assert found == {
        b"mvhd": bytes(12) + struct.pack(">II", 12_800, length) + b"v" * 80,
        b"tkhd": b"t" * 20 + struct.pack(">I", length) + b"u" * 60,
        b"elst": struct.pack(">IIIiI", 0, 1, length, 1024, 1 << 16),
        b"mdhd": bytes(12) + struct.pack(">II", 12_800, length) + b"lang",
        b"hdlr": bytes(8) + b"vide" + bytes(13),
        b"vmhd": b"vmhd",
        b"dinf": b"dinf",
        b"stsd": entry(b"avc1", box(b"avcC", b"setup"))[8:],
        b"stts": struct.pack(">IIII", 0, 1, 7, 512),
        b"stss": struct.pack(">II5I", 0, 5, 1, 3, 4, 5, 6),
        b"ctts": struct.pack(">II10i", 0, 5, 1, 1024, 1, 0, 3, 1024, 1, 1024, 1, 0),
        b"stsc": struct.pack(">II9I", 0, 3, 1, 2, 1, 2, 3, 1, 3, 2, 1),
        b"stsz": struct.pack(">III7I", 0, 0, 7, 3, 6, 3, 3, 4, 3, 6),
        b"stco": struct.pack(">II3I", 0, 3, begin, begin + 9, begin + 19),
    }
    mp4.join([two], film)
    assert b"ctts" not in film.read_bytes(), "nothing is shown later than it is decoded"


def test_what_is_no_shot_is_not_joined(tmp_path: Path) -> None:
    wrong = [
        shot(tmp_path / "uneven", timing=((1, 512), (1, 600))),
        shot(tmp_path / "more", more=b"!"),
        shot(tmp_path / "elsewhere", at=1),
        shot(tmp_path / "nothing", (), data=False, at=-8),
    ]
    for path in wrong:
        with pytest.raises(ToolFailed) as refused:
            mp4.join([path], tmp_path / "film")
        assert refused.value.line == f"{path.name} is not a shot that can be joined."
    assert not (tmp_path / "film").exists()
    mp4.join([shot(tmp_path / "even", timing=((1, 512), (1, 512)))], tmp_path / "film")


@pytest.mark.parametrize(("short", "head"), [(9, 8), (8, 16), (0, 16)])
def test_a_film_of_four_gigabytes_has_a_longer_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: int, head: int
) -> None:
    """The frames are a hole in the shot's file, and are not copied."""
    copied: list[tuple[int, int]] = []

    def sendfile(_out: int, _in: int, offset: int, count: int) -> int:
        copied.append((offset, count))
        return count

    monkeypatch.setattr(mp4.os, "sendfile", sendfile)
    total = (1 << 32) - short
    count = next(number for number in range(2, 200) if total % number == 0)
    path = shot(tmp_path / "large", same=total // count, count=count)
    mp4.join([path], tmp_path / "film")
    data = (tmp_path / "film").read_bytes()
    end = len(data) - head
    assert data[end:] == (
        struct.pack(">I4s", total + 8, b"mdat") if head == 8 else struct.pack(">I4sQ", 1, b"mdat", total + 16)
    )
    found = dict(walk(data[32:end]))
    assert found[b"stsz"] == struct.pack(f">III{count}I", 0, 0, count, *[total // count] * count)
    assert found[b"co64"] == struct.pack(">IIQ", 0, 1, len(data))
    begun = 16 if short < 9 else 8
    assert copied == [(begun + (at << 30), min(1 << 30, total - (at << 30))) for at in range(4)]


def test_a_shot_that_ends_too_early_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4.os, "sendfile", lambda *_words: 0)
    with pytest.raises(ToolFailed, match="a has no index: it is not whole"):
        mp4.join([shot(tmp_path / "a")], tmp_path / "film")
