from __future__ import annotations

from pathlib import Path

import pytest

from relay.media.boxes import Head, boxes, read_head
from tests.media.parcels import box, film_of, video_entry, with_box


def head(tmp_path: Path, data: bytes, container: str = "mov") -> Head:
    path = tmp_path / "film"
    path.write_bytes(data)
    return read_head(path, container)


def dolby(profile: int, compatible: int, *, base: bool = True) -> bytes:
    """A DOVIDecoderConfigurationRecord: version, profile, level 6, flags, what the base layer is compatible with."""
    return bytes([1, 0, profile << 1, 6 << 3 | 0b100 | base, compatible << 4]) + bytes(19)


@pytest.mark.parametrize("kind", [b"encv", b"drmi"])
def test_a_protected_picture_is_encrypted(tmp_path: Path, kind: bytes) -> None:
    assert head(tmp_path, film_of(video_entry(b"avc1"), video_entry(kind))).encrypted


@pytest.mark.parametrize("kind", [b"enca", b"drms"])
def test_protected_sound_is_encrypted(tmp_path: Path, kind: bytes) -> None:
    assert head(tmp_path, film_of(video_entry(b"avc1"), box(kind, bytes(28)))).encrypted


def test_an_ordinary_film_is_not(tmp_path: Path) -> None:
    assert head(tmp_path, film_of(video_entry(b"avc1"), box(b"mp4a", bytes(28)))) == Head()
    assert head(tmp_path, box(b"mdat", b"encv" * 9) + film_of(video_entry(b"hvc1"))) == Head()


@pytest.mark.parametrize(
    ("name", "config", "only"),
    [
        (b"dvcC", dolby(5, 0), True),
        (b"dvvC", dolby(8, 4), False),
        (b"dvvC", dolby(8, 1), False),
        (b"dvcC", dolby(7, 6), False),
        (b"dvvC", dolby(10, 0), True),
        (b"dvvC", dolby(10, 4), False),
        (b"dvvC", dolby(8, 0), True),
        (b"dvwC", dolby(20, 0), True),
        (b"dvvC", dolby(8, 0, base=False), False),
        (b"dvcC", dolby(7, 0), False),
        (b"dvcC", dolby(4, 0), False),
        (b"dvcC", dolby(5, 0)[:5], True),
        (b"dvcC", dolby(5, 0)[:4], False),
        (b"dvcC", b"\1\0", False),
        (b"hvcC", dolby(5, 0), False),
    ],
)
def test_dolby_vision_that_nothing_else_shows_is_told(
    tmp_path: Path, name: bytes, config: bytes, *, only: bool
) -> None:
    assert head(tmp_path, film_of(video_entry(b"hvc1", box(name, config)))).dolby_only is only
    addition = b"\x41\xe4\xff\x41\xe7\x84" + name + b"\x41\xed\x98" + config
    assert head(tmp_path, b"\x1a\x45\xdf\xa3" + bytes(99) + addition, "matroska").dolby_only is only


def test_dolbys_words_count_only_where_they_belong(tmp_path: Path) -> None:
    config = box(b"dvcC", dolby(5, 0))
    assert not head(tmp_path, film_of(box(b"hvc1", b"\1" + bytes(5) + b"\0\1" + bytes(70), config))).dolby_only
    near, far = (b"\x41\xe7\x84dvcC" + bytes(gap) + b"\x41\xed\x98" + dolby(5, 0) for gap in (55, 56))
    assert head(tmp_path, bytes(9) + near, "matroska").dolby_only
    assert not head(tmp_path, bytes(9) + far, "matroska").dolby_only
    assert head(tmp_path, near, "matroska").dolby_only
    assert not head(tmp_path, b"\x41\xed\x98" + dolby(5, 0), "matroska").dolby_only
    assert head(tmp_path, near, "avi") == Head()


def test_windows_media_with_a_licence_is_encrypted(tmp_path: Path) -> None:
    begin = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(99)
    licence = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    assert head(tmp_path, begin + licence, "asf").encrypted
    assert head(tmp_path, begin + bytes.fromhex("14e68a292226174cb935dae07ee9289c"), "asf").encrypted
    assert not head(tmp_path, begin, "asf").encrypted


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", bytes(100), b"\0\0\0\3moov", b"\0\0\0\1moov" + bytes(8), b"\xff\xff\xff\xffmoov", b"\0\0\0\0moovabc"],
)
def test_a_head_that_makes_no_sense_says_nothing(tmp_path: Path, data: bytes) -> None:
    assert head(tmp_path, data) == Head()
    assert list(boxes(b"\0\0\0\3free" + data)) == []


def test_boxes_in_a_row() -> None:
    empty, large = b"\0\0\0\x08free", b"\0\0\0\1wide" + (16).to_bytes(8, "big")
    assert list(boxes(box(b"moov", b"abc") + empty)) == [(b"moov", b"abc"), (b"free", b"")]
    assert list(boxes(large + empty)) == [(b"wide", b""), (b"free", b"")]
    assert list(boxes(empty + b"\0\0\0\0mdatrest")) == [(b"free", b""), (b"mdat", b"rest")]
    assert list(boxes(empty + b"\0\0\0\7skip" + empty)) == [(b"free", b"")]
    assert list(boxes(b"\0\0\0\1wide" + (15).to_bytes(8, "big") + empty)) == []
    assert list(boxes(empty + b"\0\0\0\x09mda")) == [(b"free", b"")]
    assert list(boxes(b"\0\0\0\x63mdatcut")) == [(b"mdat", b"cut")]


def test_every_head_of_a_file_counts(tmp_path: Path) -> None:
    films = film_of(video_entry(b"avc1")) + film_of(video_entry(b"encv"))
    assert head(tmp_path, films).encrypted


def test_boxes_of_eight_byte_sizes_and_of_the_rest_of_the_file(tmp_path: Path) -> None:
    large = (1).to_bytes(4, "big") + b"mdat" + (16 + 5).to_bytes(8, "big") + b"hello"
    moov = film_of(video_entry(b"encv"))[len(box(b"ftyp", b"isom", bytes(4))) + 72 :]
    assert moov[4:8] == b"moov"
    assert head(tmp_path, large + bytes(4) + moov[4:]).encrypted


def test_a_box_can_be_put_into_a_sample_entry() -> None:
    film = with_box(film_of(video_entry(b"avc1")), b"avc1", box(b"sv3d", b"x"))
    assert film == film_of(video_entry(b"avc1", box(b"sv3d", b"x")))
