"""Kinds of files, by their first bytes: which are read as videos, and what the others are called.

One table for all: the look at a file takes the demuxer from it, the hand-in page its list of what may be chosen, and a
refusal the name of what came instead. Sources of the marks: ISO 14496-12 and the MP4 registration authority's list of
boxes, ISO 13818-1 (transport and program streams), Microsoft's ASF specification (3.1), SMPTE 377-1 and 314M, RFC 9559
(Matroska), RFC 3533 (Ogg), RFC 4867 (AMR), and `file`'s magic for the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

SNIFFED = 1 << 16
"""Bytes that are looked at. FFmpeg, too, looks for a lost beginning through 64 KB (mpegts.c, MAX_RESYNC_SIZE)."""
IN_A_ROW = 5
"""Sync bytes of a transport stream that must follow one another: by chance one file in ten million has them."""
TRANSPORT_STEPS = (188, 192, 204)
"""Plain packets; a camera's, with four bytes of time before each (.mts); broadcast, with error correction."""

PARTS_IN_A_ROW = 3
"""Packs and packets of a program stream that must follow one another."""

BOXES = (
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"ssix", b"uuid", b"free", b"skip", b"wide", b"pnot",
    b"udta", b"junk", b"emsg", b"prft", b"mfra", b"meta",
)  # fmt: skip
"""What may stand first in QuickTime and MP4, whole or in fragments."""
PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"
ASF_LOCKS = (
    b"\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e",
    b"\x14\xe6\x8a\x29\x22\x26\x17\x4c\xb9\x35\xda\xe0\x7e\xe9\x28\x9c",
)
"""Content encryption, extended content encryption (ASF specification, 10.1)."""
MXF_PARTITION = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01"


PROGRAM_PARTS = (0xBA, 0xBB, 0xBC, 0xBD, 0xBE, 0xBF)
"""Pack, system header, map of the streams, private streams, padding; from 0xC0 on sound and picture."""


class Sort(StrEnum):
    video = "video"
    sound = "sound"
    picture = "picture"
    animation = "animation"
    archive = "archive"
    document = "document"
    web_page = "web page"
    text = "text"
    zeros = "zeros"
    empty = "empty"


@dataclass(frozen=True, slots=True)
class Kind:
    """`name`: as people call it. `begins` tells it by a file's first bytes. `demuxer`: FFmpeg's, of what is let in.

    `endings` and `types` (of media, as browsers tell them) are those that files of this kind usually have.
    """

    name: str
    sort: Sort
    begins: Callable[[bytes], bool]
    demuxer: str = ""
    endings: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


LOCKED = "The video is encrypted."
NOT_A_VIDEO = "This file is not a video."
REFUSALS = {
    Sort.video: "This kind of video ({kind}) can't be read: save it as MP4 and send that.",
    Sort.sound: "This is a sound recording, there is no picture in it.",
    Sort.picture: "This is a picture, not a video.",
    Sort.animation: "This is an animated picture, not a video.",
    Sort.archive: "This is an archive ({kind}), not a video: unpack it and send the video itself.",
    Sort.document: "This is a document ({kind}), not a video.",
    Sort.web_page: "This is a web page, not a video.",
    Sort.text: "This is a text, not a video.",
    Sort.zeros: "The file holds only zeros: it was not stored whole.",
    Sort.empty: "The file is empty.",
}


def of(head: bytes) -> Kind | None:
    """The kind of a file that begins with `head` (up to SNIFFED bytes); None for what nobody knows."""
    return next((kind for kind in KINDS if kind.begins(head)), None)


def named(name: str) -> Kind | None:
    """The kind that a file's name promises by its ending."""
    _, dot, ending = name.casefold().rpartition(".")
    return next((kind for kind in KINDS if dot + ending in kind.endings), None)


def typed(type_: str) -> Kind | None:
    """The kind that a type of media promises, e.g. `video/x-ms-wmv`."""
    return next((kind for kind in KINDS if type_ in kind.types), None)


def refusal(kind: Kind | None) -> str:
    """The sentence for a file that is not let in; `{kind}` stands for its name."""
    return NOT_A_VIDEO if kind is None else REFUSALS[kind.sort]


def is_locked(head: bytes) -> bool:
    """Whether the head of an ASF file says that only its buyer may play it."""
    return head.startswith(ASF) and any(mark in head for mark in ASF_LOCKS)


# Telling them apart


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _starts_bare(*marks: bytes) -> Callable[[bytes], bool]:
    """Of marks that are ordinary letters: a text may begin with them too."""
    return lambda head: head.startswith(marks) and not is_text(head)


def _riff(*forms: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] in (b"RIFF", b"RF64") and head[8:12].startswith(forms)


def _is_box(head: bytes) -> bool:
    """Four bytes of size, four of type. A letter may say "skip" there too."""
    return head[4:8] in BOXES and not is_text(head)


def _is_film(head: bytes) -> bool:
    return _is_box(head) and not _is_boxed_picture(head)


def _is_boxed_picture(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in PICTURE_BRANDS


def _is_transport(head: bytes) -> bool:
    """MPEG-TS: a sync byte at every step, from wherever the first whole packet begins."""
    return any(_has_sync(head, step) for step in TRANSPORT_STEPS)


def _has_sync(head: bytes, step: int) -> bool:
    wanted = bytes([0x47]) * IN_A_ROW
    first = head.find(0x47)
    while first >= 0:
        found = head[first : first + step * IN_A_ROW : step]
        if found == wanted or (first < step and found == wanted[: len(found)] and len(found) >= IN_A_ROW - 2):
            return True
        first = head.find(0x47, first + 1)
    return False


def _is_program(head: bytes) -> bool:
    """MPEG-PS: a pack, or any of its parts where the first packs are lost (ISO 13818-1, 2.5)."""
    return head[:3] == b"\0\0\1" and len(head) > 3 and (head[3] in PROGRAM_PARTS or head[3] >= 0xC0)


def _is_torn_program(head: bytes) -> bool:
    """MPEG-PS behind a beginning that is torn or empty: from somewhere on its parts follow one another."""
    first = head.find(b"\0\0\1")
    while first >= 0:
        if _is_chain(head, first):
            return True
        first = head.find(b"\0\0\1", first + 1)
    return False


def _is_chain(head: bytes, at: int) -> bool:
    for _ in range(PARTS_IN_A_ROW):
        length = _part_length(head[at : at + 24])
        if not length:
            return False
        at += length
    return head[at : at + 3] == b"\0\0\1"


def _part_length(part: bytes) -> int:
    """Bytes of a pack's header (MPEG-1: 12; MPEG-2: 14 and its stuffing) or of a packet; 0 for what is neither."""
    if len(part) < 14 or not _is_program(part):
        return 0
    if part[3] != 0xBA:
        length = int.from_bytes(part[4:6], "big")
        return 6 + length if length else 0
    return 12 if part[4] >> 4 == 2 else 14 + (part[13] & 7) if part[4] >> 6 == 1 else 0


def _is_mpeg_sound(head: bytes) -> bool:
    """A frame of MP1, MP2, MP3 (11 bits of sync, then a version and a layer that exist), or of AAC in ADTS."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:
        return head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 15 < 13
    return version != 1 and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3


def _bare(is_unit: Callable[[int, int], bool]) -> Callable[[bytes], bool]:
    """A coded picture without a container: a start code, and behind it two bytes that `is_unit` knows."""

    def begins(head: bytes) -> bool:
        start = 4 if head.startswith(b"\0\0\0\1") else 3 if head.startswith(b"\0\0\1") else 0
        return bool(start) and len(head) > start + 1 and is_unit(head[start], head[start + 1])

    return begins


def _is_avc_unit(first: int, _second: int) -> bool:
    """A sequence's parameters, a delimiter, or a message before them (H.264, table 7-1)."""
    return first in (6, 9) or (first & 0x80 == 0 and first & 0x60 != 0 and first & 31 == 7)


def _is_hevc_unit(first: int, second: int) -> bool:
    """Parameters of the video, a sequence, or a picture, a delimiter, or a message (H.265, table 7-1)."""
    return first & 0x81 == 0 and first >> 1 in (32, 33, 34, 35, 39) and second & 7 == 1


def _is_dv(head: bytes) -> bool:
    """DIF blocks of 80 bytes: the header, and then subcode (SMPTE 314M, 4.3)."""
    header = head[:1] == b"\x1f" and head[1:3] in (b"\x07\0", b"\x0f\0") and head[3:4] in (b"\x3f", b"\xbf")
    return header and head[80:81] in (b"\x3f", b"")


def _is_mxf(head: bytes) -> bool:
    """A header partition; up to 64 KB of anything may stand before it (SMPTE 377-1, 6.5)."""
    return MXF_PARTITION in head


def _is_web_page(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html", b"<head"))


def _is_office(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and head[30:49] == b"[Content_Types].xml"


def _is_aiff(head: bytes) -> bool:
    return head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")


def _never(_head: bytes) -> bool:
    """Told by its name only: its first bytes are those of the kind before."""
    return False


def is_text(head: bytes) -> bool:
    return bool(head) and not any(byte < 9 for byte in head[:512])


_VIDEO, _SOUND, _PICTURE, _ARCHIVE, _DOCUMENT = Sort.video, Sort.sound, Sort.picture, Sort.archive, Sort.document

KINDS: tuple[Kind, ...] = (
    Kind("", Sort.empty, lambda head: not head),
    # read as videos
    Kind("MP4", _VIDEO, _is_film, "mov", (".mp4", ".m4v", ".f4v", ".lrv"), ("video/mp4", "video/x-m4v")),
    Kind("MOV", _VIDEO, _never, "mov", (".mov", ".qt"), ("video/quicktime",)),
    Kind("3GP", _VIDEO, _never, "mov", (".3gp", ".3g2"), ("video/3gpp", "video/3gpp2", "audio/3gpp")),
    Kind(
        "MKV", _VIDEO, _starts(b"\x1a\x45\xdf\xa3"), "matroska", (".mkv",),
        ("video/x-matroska", "application/x-matroska"),
    ),
    Kind("WebM", _VIDEO, _never, "matroska", (".webm",), ("video/webm",)),
    Kind("AVI", _VIDEO, _riff(b"AVI ", b"AVI\x19"), "avi", (".avi", ".divx"), ("video/x-msvideo", "video/avi")),
    Kind(
        "WMV", _VIDEO, _starts(ASF), "asf", (".wmv", ".asf", ".dvr-ms"),
        ("video/x-ms-wmv", "video/x-ms-asf", "application/vnd.ms-asf"),
    ),
    Kind("FLV", _VIDEO, _starts(b"FLV\x01"), "flv", (".flv",), ("video/x-flv",)),
    Kind("MPEG", _VIDEO, _is_program, "mpeg", (".mpg", ".mpeg", ".vob", ".mod", ".m2p"), ("video/mpeg", "video/mp2p")),
    Kind("VideoCD", _VIDEO, _riff(b"CDXA"), "mpeg"),
    Kind("OGV", _VIDEO, _starts(b"OggS"), "ogg", (".ogv", ".ogm"), ("video/ogg", "application/ogg")),
    # known, and not read
    Kind("GIF", Sort.animation, _starts(b"GIF8"), endings=(".gif",), types=("image/gif",)),
    Kind("MXF", _VIDEO, _is_mxf, endings=(".mxf",), types=("application/mxf",)),
    Kind("DV", _VIDEO, _is_dv, endings=(".dv", ".dif"), types=("video/dv", "video/x-dv")),
    Kind("RealMedia", _VIDEO, _starts_bare(b".RMF"), endings=(".rm", ".rmvb"), types=("application/vnd.rn-realmedia",)),
    Kind("AMV", _VIDEO, _riff(b"AMV "), endings=(".amv",)),
    Kind("Flash", _VIDEO, _starts_bare(b"FWS", b"CWS", b"ZWS"), endings=(".swf",)),
    Kind("WTV", _VIDEO, _starts(b"\xb7\xd8\x00\x20\x37\x49\xda\x11"), endings=(".wtv",)),
    Kind("GXF", _VIDEO, _starts(b"\0\0\0\0\x01\xbc"), endings=(".gxf",)),
    Kind("IFO", _VIDEO, _starts_bare(b"DVDVIDEO-"), endings=(".ifo", ".bup")),
    Kind("NUT", _VIDEO, _starts_bare(b"nut/multimedia"), endings=(".nut",)),
    Kind("IVF", _VIDEO, _starts_bare(b"DKIF"), endings=(".ivf",)),
    Kind("Y4M", _VIDEO, _starts(b"YUV4MPEG2"), endings=(".y4m",)),
    Kind("NSV", _VIDEO, _starts_bare(b"NSVf", b"NSVs"), endings=(".nsv",)),
    Kind("Bink", _VIDEO, _starts_bare(b"BIK", b"KB2"), endings=(".bik", ".bk2")),
    Kind("R3D", _VIDEO, lambda head: head[4:8] in (b"RED1", b"RED2") and not is_text(head), endings=(".r3d",)),
    Kind("M2V", _VIDEO, _bare(lambda first, _: first == 0xB3), endings=(".m1v", ".m2v", ".mpv")),
    Kind("MPEG-4 ES", _VIDEO, _bare(lambda first, _: first in (0xB0, 0xB5))),
    Kind("H264", _VIDEO, _bare(_is_avc_unit), endings=(".h264", ".264", ".avc")),
    Kind("H265", _VIDEO, _bare(_is_hevc_unit), endings=(".h265", ".265", ".hevc")),
    Kind("AV1", _VIDEO, _starts(b"\x12\0\x0a"), endings=(".obu",)),
    Kind("Dirac", _VIDEO, _starts(b"BBCD\0"), endings=(".drc",)),
    Kind("WAV", _SOUND, _riff(b"WAVE"), endings=(".wav",), types=("audio/wav", "audio/x-wav")),
    Kind("MP3", _SOUND, lambda head: head.startswith(b"ID3") or _is_mpeg_sound(head), endings=(".mp3", ".mp2", ".aac")),
    Kind("FLAC", _SOUND, _starts(b"fLaC"), endings=(".flac",)),
    Kind("AMR", _SOUND, _starts(b"#!AMR"), endings=(".amr", ".awb"), types=("audio/amr",)),
    Kind("AC-3", _SOUND, _starts(b"\x0b\x77", b"\x77\x0b"), endings=(".ac3", ".eac3")),
    Kind("DTS", _SOUND, _starts(b"\x7f\xfe\x80\x01", b"\xfe\x7f\x01\x80", b"DTSHDHDR"), endings=(".dts",)),
    Kind("APE", _SOUND, _starts_bare(b"MAC "), endings=(".ape",)),
    Kind("WavPack", _SOUND, _starts_bare(b"wvpk"), endings=(".wv",)),
    Kind("WMA", _SOUND, _never, endings=(".wma",), types=("audio/x-ms-wma",)),
    Kind("M4A", _SOUND, _never, endings=(".m4a", ".m4b"), types=("audio/mp4", "audio/x-m4a")),
    Kind("Ogg", _SOUND, _never, endings=(".ogg", ".oga", ".opus"), types=("audio/ogg",)),
    Kind("AIFF", _SOUND, _is_aiff, endings=(".aif", ".aiff")),
    Kind("CAF", _SOUND, _starts_bare(b"caff"), endings=(".caf",)),
    Kind("AU", _SOUND, _starts_bare(b".snd"), endings=(".au", ".snd")),
    Kind("MIDI", _SOUND, _starts_bare(b"MThd"), endings=(".mid", ".midi")),
    Kind("DSD", _SOUND, _starts_bare(b"DSD ", b"FRM8"), endings=(".dsf", ".dff")),
    Kind("Musepack", _SOUND, _starts_bare(b"MPCK", b"MP+"), endings=(".mpc",)),
    Kind("TTA", _SOUND, _starts_bare(b"TTA1", b"TTA2"), endings=(".tta",)),
    Kind("RealAudio", _SOUND, _starts(b".ra\xfd"), endings=(".ra", ".ram")),
    Kind("HEIC", _PICTURE, _is_boxed_picture, endings=(".heic", ".heif", ".avif", ".hif", ".cr3")),
    Kind("JPEG", _PICTURE, _starts(b"\xff\xd8\xff"), endings=(".jpg", ".jpeg", ".thm")),
    Kind("PNG", _PICTURE, _starts(b"\x89PNG"), endings=(".png",)),
    Kind("WebP", _PICTURE, _riff(b"WEBP"), endings=(".webp",)),
    Kind("TIFF", _PICTURE, _starts(b"II*\0", b"MM\0*"), endings=(".tif", ".tiff", ".dng", ".nef", ".cr2", ".arw")),
    Kind("BMP", _PICTURE, _starts_bare(b"BM"), endings=(".bmp",)),
    Kind("JPEG 2000", _PICTURE, _starts(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"), endings=(".jp2", ".j2k")),
    Kind("JPEG XL", _PICTURE, _starts(b"\0\0\0\x0cJXL ", b"\xff\x0a"), endings=(".jxl",)),
    Kind("Photoshop", _PICTURE, _starts_bare(b"8BPS"), endings=(".psd",)),
    Kind("Office", _DOCUMENT, _is_office, endings=(".docx", ".pptx", ".xlsx")),
    Kind("Office", _DOCUMENT, _starts(b"\xd0\xcf\x11\xe0"), endings=(".doc", ".ppt", ".xls", ".mswmm")),
    Kind("PDF", _DOCUMENT, _starts(b"%PDF"), endings=(".pdf",), types=("application/pdf",)),
    Kind("ZIP", _ARCHIVE, _starts(b"PK\x03\x04", b"PK\x05\x06"), endings=(".zip",), types=("application/zip",)),
    Kind("RAR", _ARCHIVE, _starts(b"Rar!\x1a\x07"), endings=(".rar",)),
    Kind("7z", _ARCHIVE, _starts(b"7z\xbc\xaf\x27\x1c"), endings=(".7z",)),
    Kind("gzip", _ARCHIVE, _starts(b"\x1f\x8b"), endings=(".gz", ".tgz")),
    Kind("bzip2", _ARCHIVE, _starts(b"BZh"), endings=(".bz2",)),
    Kind("xz", _ARCHIVE, _starts(b"\xfd7zXZ\0"), endings=(".xz",)),
    Kind("zstd", _ARCHIVE, _starts(b"\x28\xb5\x2f\xfd"), endings=(".zst",)),
    Kind("tar", _ARCHIVE, lambda head: head[257:262] == b"ustar", endings=(".tar",)),
    Kind("ISO", _ARCHIVE, lambda head: head[32769:32774] == b"CD001", endings=(".iso",)),
    # told by what lies further in, so asked last
    Kind(
        "TS", _VIDEO, _is_transport, "mpegts", (".ts", ".mts", ".m2ts", ".m2t", ".tod", ".trp"),
        ("video/mp2t", "text/vnd.trolltech.linguist"),
    ),
    Kind("MPEG", _VIDEO, _is_torn_program, "mpeg"),
    Kind("", Sort.web_page, _is_web_page, endings=(".htm", ".html"), types=("text/html",)),
    Kind("", Sort.zeros, lambda head: not any(head)),
    Kind("", Sort.text, is_text, endings=(".txt", ".srt", ".m3u8", ".wlmp")),
)  # fmt: skip

LET_IN = tuple(kind for kind in KINDS if kind.demuxer)
ENDINGS = tuple(ending for kind in LET_IN for ending in kind.endings)
NAMES = tuple(dict.fromkeys(kind.name for kind in LET_IN if kind.endings))
DEMUXERS = tuple(dict.fromkeys(kind.demuxer for kind in LET_IN))
