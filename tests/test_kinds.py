"""The table of kinds, asked by first bytes, by name and by type; and what lets a file in is the table alone."""

from __future__ import annotations

import re

import pytest

from relay import kinds
from relay.errors import Refused
from relay.kinds import Sort
from relay.media.probe import container

LETTER = "Дорогие внуки! Это письмо.\n".encode() * 20


def packets(step: int = 188, count: int = 8, *, lead: int = 0) -> bytes:
    """A transport stream of `count` packets, `step` bytes apart; `lead` bytes of time before each."""
    return (bytes(lead) + b"\x47" + bytes(187)).ljust(step, b"\x55") * count


def pack(*, mpeg1: bool = False) -> bytes:
    """A pack of a program stream, with two packets."""
    head = b"\0\0\1\xba" + (b"\x21" + bytes(7) if mpeg1 else b"\x44" + bytes(8) + b"\xf8")
    return head + (b"\0\0\1\xe0\7\xd0" + b"\x55" * 2000) * 2 + b"\0\0\1\xc0"


LET_IN = [
    *((bytes([0, 0, 0, 24]) + box + bytes(40), "mov") for box in kinds.BOXES),
    (b"\0\0\0\x18ftypmp42", "mov"),
    (b"\0\0\0\0mdat" + bytes(20), "mov"),
    (b"\0\0\0\1mdat\0\0\0\0\0\1\0\0", "mov"),
    (b"\x1a\x45\xdf\xa3\x01", "matroska"),
    (b"RIFF\0\0\0\0AVI LIST", "avi"),
    (b"RIFF\0\0\0\0AVI\x19LIST", "avi"),
    (b"RIFF\0\0\0\0CDXAfmt ", "mpeg"),
    (b"FLV\x01\x05", "flv"),
    (b"\0\0\x01\xba\x21", "mpeg"),
    (b"\0\0\x01\xbb\x00\x0c", "mpeg"),
    (b"\0\0\x01\xe0\x07\xec", "mpeg"),
    (b"\0\0\x01\xc0\x07\xec", "mpeg"),
    (bytes(700) + pack(), "mpeg"),
    (b"\x99" * 1300 + pack(mpeg1=True), "mpeg"),
    (pack()[1200:2000] + pack(), "mpeg"),
    (b"OggS\0\x02", "ogg"),
    (kinds.ASF + bytes(100), "asf"),
    (packets(), "mpegts"),
    (packets(count=3), "mpegts"),
    (packets(192, lead=4), "mpegts"),
    (packets(204), "mpegts"),
    (packets()[100:], "mpegts"),
    (packets(192, lead=4)[77:], "mpegts"),
    (bytes(100) + packets(), "mpegts"),
    (bytes(20_000) + packets(), "mpegts"),
    (b"\x47" + b"\x11" * 900 + packets(204), "mpegts"),
]


@pytest.mark.parametrize(("head", "demuxer"), LET_IN)
def test_what_is_a_video_is_told_by_its_first_bytes(head: bytes, demuxer: str) -> None:
    assert container(head) == demuxer


@pytest.mark.parametrize("box", kinds.BOXES)
def test_a_letter_that_says_skip_at_that_place_is_a_letter(box: bytes) -> None:
    with pytest.raises(Refused, match="text"):
        container(b"You " + box + LETTER)


REFUSED = [
    (b"", "empty"),
    (bytes(4096), "zeros"),
    (LETTER, "a text"),
    (b"GIF89a", "animated picture"),
    (b"<!DOCTYPE html><html>", "web page"),
    *((head, "a picture") for head in (
        b"\xff\xd8\xff\xe0", b"\x89PNG\r\n", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypmif1", b"\0\0\0\x18ftypavif",
        b"RIFF\0\0\0\0WEBPVP8 ", b"II*\0\x08", b"MM\0*\0", b"BM\x36\0\0\0", b"8BPS\0\1", b"\0\0\0\x0cjP  \r\n",
    )),
    *((head, "a sound recording") for head in (
        b"RIFF\0\0\0\0WAVE", b"ID3\x04", b"fLaC", b"\xff\xfb\x90\x64", b"\xff\xf3\x40\xc0", b"\xff\xfd\xe0\xc4",
        b"\xff\xf1\x50\x40", b"\xff\xf9\x50\x80", b"#!AMR\n\x3c",
        b"#!AMR-WB\n\x04", b"\x0b\x77\x78\x62", b"MAC \x96\x0f\0",
        b"wvpk\x0c\x02\0\0", b"FORM\0\0\0\0AIFF", b"caff\0\1\0\0", b".snd\0\0\0\x20",
        b"TTA1\1\0\1\0", b"\x7f\xfe\x80\x01",
        b"MThd\0\0\0\6", b"DSD \x1c\0\0\0", b"MPCK\0\0", b".ra\xfd\0\4",
    )),
    *((head, rf"This kind of video \({name}\) can't be read: save it as MP4") for name, head in {
        "MXF": kinds.MXF_PARTITION + b"\1\2\4\0", "DV": b"\x1f\x07\0\xbf" + b"\xff" * 76 + b"\x3f",
        "M2V": b"\0\0\1\xb3\x16\1",
        "MPEG-4 ES": b"\0\0\1\xb0\1\0", "H264": b"\0\0\0\1\x67\x64\0", "H265": b"\0\0\0\1\x40\1\x0c",
        "AV1": b"\x12\0\x0a\x0b",
        "RealMedia": b".RMF\0\0\0\x12", "Flash": b"FWS\6\0", "IVF": b"DKIF\0\0", "Y4M": b"YUV4MPEG2 W8 H8",
        "NUT": b"nut/multimedia container\0", "GXF": b"\0\0\0\0\1\xbc", "WTV": b"\xb7\xd8\0\x20\x37\x49\xda\x11",
        "AMV": b"RIFF\0\0\0\0AMV LIST", "IFO": b"DVDVIDEO-VTS\0", "Dirac": b"BBCD\0\0", "NSV": b"NSVf\0\0",
    }.items()),
    (b"anything" * 700 + kinds.MXF_PARTITION, "MXF"),
    *((head, rf"an archive \({name}\)") for name, head in {
        "ZIP": b"PK\3\4\x14\0", "RAR": b"Rar!\x1a\7\0", "7z": b"7z\xbc\xaf\x27\x1c\0",
        "gzip": b"\x1f\x8b\x08\0", "bzip2": b"BZh91AY",
        "xz": b"\xfd7zXZ\0", "tar": bytes(257) + b"ustar\0", "ISO": bytes(32768) + b"\1CD001\1",
    }.items()),
    (b"%PDF-1.4\n", r"a document \(PDF\)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", r"a document \(Office\)"),
    (b"PK\3\4\x14\0\6\0\x08\0" + bytes(20) + b"[Content_Types].xml", r"a document \(Office\)"),
    (b"\x47" + b"\0" * 400, "not a video"),
    (packets(count=2), "not a video"),
    (packets(189), "not a video"),
    (b"\0\1\2\3" * 100, "not a video"),
    (b"\xff\xff\xff\xff", "not a video"),
    (b"\x99" * 40 + b"\0\0\1\xba" + b"\x99" * 400, "not a video"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "words"), REFUSED)
def test_everything_else_is_called_by_its_name(head: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        container(head)


def test_a_text_that_begins_with_a_kinds_letters_is_a_text() -> None:
    for mark in (b"MAC address", b"BIKE", b"caffeine", b"BMW", b"DSD is", b"FWS", b"MThd", b".snd", b"nut/multimedia"):
        with pytest.raises(Refused, match="a text"):
            container(mark + LETTER)


@pytest.mark.parametrize("mark", kinds.ASF_LOCKS)
def test_a_bought_film_is_told_to_be_encrypted(mark: bytes) -> None:
    with pytest.raises(Refused, match="encrypted"):
        container(kinds.ASF + bytes(300) + mark + bytes(300))
    assert container(b"\0\0\0\x18ftypmp42" + mark) == "mov"


# The twins: what is let in and what is refused is the table's word, and nobody else's


def test_with_an_empty_table_nothing_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "KINDS", ())
    for head, _ in LET_IN:
        with pytest.raises(Refused, match=re.escape(kinds.NOT_A_VIDEO)):
            container(head)


def test_with_a_table_that_asks_nothing_everything_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "KINDS", (kinds.Kind("all", Sort.video, lambda _head: True, "mov"),))
    assert {container(head) for head, _ in REFUSED} == {"mov"}


@pytest.mark.parametrize("gone", [kind for kind in kinds.KINDS if kind.sort is Sort.text or kind.demuxer == "asf"])
def test_a_row_that_is_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch, gone: kinds.Kind) -> None:
    head = {"asf": kinds.ASF + bytes(90), "": LETTER}[gone.demuxer]
    assert kinds.of(head) == gone
    monkeypatch.setattr(kinds, "KINDS", tuple(kind for kind in kinds.KINDS if kind is not gone))
    assert kinds.of(head) is None


# By name and by type


@pytest.mark.parametrize("kind", [kind for kind in kinds.KINDS if kind.endings])
def test_an_ending_belongs_to_one_kind(kind: kinds.Kind) -> None:
    for ending in kind.endings:
        assert kinds.named(f"ВИДЕО.1{ending.upper()}") is kind
        assert ending == ending.casefold()
        assert ending.startswith(".")


@pytest.mark.parametrize("name", ["", ".", "mp4", "film", "film.", "film.mp4.exe", "film mp4"])
def test_a_name_without_a_known_ending_promises_nothing(name: str) -> None:
    assert kinds.named(name) is None


def test_the_kinds_of_the_page_are_those_that_are_read() -> None:
    assert {".mp4", ".mov", ".wmv", ".asf", ".mts", ".3gp", ".webm", ".vob"} <= set(kinds.ENDINGS)
    assert not {".mxf", ".dv", ".mp3", ".jpg", ".zip"} & set(kinds.ENDINGS)
    assert len(set(kinds.NAMES)) == len(kinds.NAMES)
    assert all(kinds.named(f"a{ending}") in kinds.LET_IN for ending in kinds.ENDINGS)
    assert set(kinds.DEMUXERS) == {"mov", "matroska", "avi", "asf", "flv", "mpeg", "ogg", "mpegts"}


@pytest.mark.parametrize(
    ("begin", "name"),
    [
        (b"\0\0\0\1\x06\x05\x2f", "H264"),
        (b"\0\0\1\x09\x10", "H264"),
        (b"\0\0\1\x4e\1\x05", "H265"),
        (b"\0\0\0\1\x46\1\x10", "H265"),
    ],
)
def test_a_bare_stream_that_begins_with_a_message_or_a_delimiter_is_named(begin: bytes, name: str) -> None:
    kind = kinds.of(begin + b"\x80\xff" * 40)
    assert kind is not None
    assert (kind.name, kind.demuxer) == (name, "")
