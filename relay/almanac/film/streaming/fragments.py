"""Shots and packets of sound as fragments of an MP4 (ISO/IEC 14496-12), which a browser takes piece by piece. Pure.

The head says how pictures and sound are encoded; each fragment says where in the film it belongs. Pictures are counted
as in a shot's own file, sound in samples. What a picture's time of showing lies before its time of decoding is told as
a negative shift, so that no list of edits is needed, which not every player reads.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from relay.almanac.film.mp4 import ShotIndex, avcc, box, head_of, walk
from relay.almanac.film.sound.audio_chunks import PACKET
from relay.almanac.formats import House

PICTURE, SOUND = 1, 2
RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
"""Hz, by the index that AAC has for them (ISO/IEC 14496-3, table 1.18)."""
LOW_COMPLEXITY, CHANNELS = 2, 2
KEY, BETWEEN = 0x02000000, 0x01010000
"""Flags of a frame that needs no other, and of one that does."""
MATRIX = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_TEXT = b"Relay\x00"


@dataclass(frozen=True, slots=True)
class SoundRun:
    """Packets without headers, from the film's packet that begins at sample `start` on; `last`: samples of the last."""

    start: int
    sizes: Sequence[int]
    last: int = PACKET


def setup(shot: ShotIndex) -> bytes:
    """How its pictures are encoded (sequence and picture parameter sets)."""
    return avcc(dict(walk(shot.moov))[b"stsd"])


def codecs(shot: ShotIndex) -> str:
    """As a browser is asked whether it can play it (RFC 6381)."""
    return f"avc1.{setup(shot)[1:4].hex()}, mp4a.40.{LOW_COMPLEXITY}"


def head(shot: ShotIndex, frames: int, house: House) -> bytes:
    """What comes before all fragments. `frames`: of the whole film."""
    found = dict(walk(shot.moov))
    scale = struct.unpack_from(">I", found[b"mdhd"], 12)[0]
    mvhd = found[b"mvhd"][:12] + struct.pack(">II", scale, 0) + found[b"mvhd"][20:-4] + struct.pack(">I", SOUND + 1)
    extends = [box(b"mehd", struct.pack(">II", 0, frames * shot.tick))]
    extends += [box(b"trex", struct.pack(">IIIIII", 0, track, 1, 0, 0, 0)) for track in (PICTURE, SOUND)]
    tracks = _picture_track(found) + _sound_track(found[b"dinf"], house)
    brand = box(b"ftyp", struct.pack(">4sI4s4s4s", b"iso6", 0, b"iso6", b"avc1", b"mp41"))
    return brand + box(b"moov", box(b"mvhd", mvhd) + tracks + box(b"mvex", b"".join(extends)))


def fragment(part: int, first: int, shots: Sequence[ShotIndex], sound: SoundRun) -> bytes:
    """What stands before the frames of these shots, the first of them frame `first` of the film, and the packets of
    sound behind them: everything of the fragment but the data.
    """
    length = len(_moof(part, first, shots, sound, 0)) + 8
    size = sum(sum(shot.sizes) for shot in shots) + sum(sound.sizes)
    return _moof(part, first, shots, sound, length) + head_of(b"mdat", size)


def _moof(part: int, first: int, shots: Sequence[ShotIndex], sound: SoundRun, data: int) -> bytes:
    pictures = b"".join(_frames(shot) for shot in shots)
    count, size = sum(len(shot.sizes) for shot in shots), sum(sum(shot.sizes) for shot in shots)
    tick = shots[0].tick
    picture = [
        box(b"tfhd", struct.pack(">III", 0x020008, PICTURE, tick)),
        box(b"tfdt", struct.pack(">IQ", 1 << 24, first * tick)),
        box(b"trun", struct.pack(">IIi", 1 << 24 | 0xE01, count, data) + pictures),
    ]
    lengths = [PACKET] * (len(sound.sizes) - 1) + [sound.last] * bool(sound.sizes)
    packets = b"".join(struct.pack(">II", *one) for one in zip(lengths, sound.sizes, strict=True))
    heard = [
        box(b"tfhd", struct.pack(">III", 0x020020, SOUND, KEY)),
        box(b"tfdt", struct.pack(">IQ", 1 << 24, sound.start)),
        box(b"trun", struct.pack(">IIi", 0x301, len(sound.sizes), data + size) + packets),
    ]
    trafs = box(b"traf", b"".join(picture)) + box(b"traf", b"".join(heard))
    return box(b"moof", box(b"mfhd", struct.pack(">II", 0, part + 1)) + trafs)


def _frames(shot: ShotIndex) -> bytes:
    """Size, flags and shift of each frame of a shot."""
    keys = set(shot.keys)
    shifts = [shift - shot.delay for count, shift in shot.shifts for _ in range(count)]
    return b"".join(
        struct.pack(">IIi", size, KEY if number in keys else BETWEEN, shift)
        for number, (size, shift) in enumerate(zip(shot.sizes, shifts, strict=True), 1)
    )


# --- tracks -------------------------------------------------------------------------------------------------


def _picture_track(found: dict[bytes, bytes]) -> bytes:
    tkhd = _zeroed(found[b"tkhd"], 20)
    mdhd = _zeroed(found[b"mdhd"], 16)
    stbl = box(b"stsd", found[b"stsd"]) + _no_samples()
    minf = box(b"vmhd", found[b"vmhd"]) + box(b"dinf", found[b"dinf"]) + box(b"stbl", stbl)
    return _track(tkhd, mdhd, found[b"hdlr"], minf)


def _sound_track(dinf: bytes, house: House) -> bytes:
    tkhd = struct.pack(">IIIIII", 7, 0, 0, SOUND, 0, 0) + bytes(8) + struct.pack(">hhhh", 0, 1, 0x100, 0)
    tkhd += MATRIX + bytes(8)
    mdhd = struct.pack(">IIIIIHH", 0, 0, 0, house.sample_rate, 0, 0x55C4, 0)
    hdlr = struct.pack(">II4s", 0, 0, b"soun") + bytes(12) + _TEXT
    stbl = box(b"stsd", struct.pack(">II", 0, 1) + box(b"mp4a", _sound_entry(house))) + _no_samples()
    minf = box(b"smhd", bytes(8)) + box(b"dinf", dinf) + box(b"stbl", stbl)
    return _track(tkhd, mdhd, hdlr, minf)


def _track(tkhd: bytes, mdhd: bytes, hdlr: bytes, minf: bytes) -> bytes:
    mdia = box(b"mdhd", mdhd) + box(b"hdlr", hdlr) + box(b"minf", minf)
    return box(b"trak", box(b"tkhd", tkhd) + box(b"mdia", mdia))


def _sound_entry(house: House) -> bytes:
    """AAC-LC of two channels, as every sound of ours (ISO/IEC 14496-1, 7.2.6.5; 14496-3, 1.6.2.1)."""
    setup = LOW_COMPLEXITY << 11 | RATES.index(house.sample_rate) << 7 | CHANNELS << 3
    rate = house.audio_kbps * 1000
    specific = _descriptor(5, struct.pack(">H", setup))
    decoder = _descriptor(4, struct.pack(">BBHBII", 0x40, 0x15, 0, 0, rate, rate) + specific)
    esds = struct.pack(">I", 0) + _descriptor(3, struct.pack(">HB", SOUND, 0) + decoder + _descriptor(6, b"\x02"))
    entry = bytes(6) + struct.pack(">H", 1) + bytes(8) + struct.pack(">HHHH", CHANNELS, 16, 0, 0)
    return entry + struct.pack(">I", house.sample_rate << 16) + box(b"esds", esds)


def _descriptor(tag: int, body: bytes) -> bytes:
    return struct.pack(">BB", tag, len(body)) + body


def _no_samples() -> bytes:
    empty = box(b"stts", bytes(8)) + box(b"stsc", bytes(8)) + box(b"stsz", bytes(12))
    return empty + box(b"stco", bytes(8))


def _zeroed(body: bytes, at: int) -> bytes:
    """Without the length: fragments tell it."""
    return body[:at] + bytes(4) + body[at + 4 :]
