"""The numbers that H.264 gives its frames (ITU-T H.264, 7.3 and 7.4.3): where one is missing, packets are.

A recorder that paused goes on with the next number; a stream that lost packets doesn't. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SLICE, IDR, SPS, PPS = 1, 5, 7, 8
HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


class _Bits:
    """Reads an RBSP: fixed lengths, and Exp-Golomb codes (9.1). Raises IndexError behind the end."""

    def __init__(self, unit: bytes) -> None:
        self.data = unit.replace(b"\0\0\3", b"\0\0")
        self.at = 0

    def bits(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | (self.data[self.at >> 3] >> (7 - (self.at & 7)) & 1)
            self.at += 1
        return value

    def unsigned(self) -> int:
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


@dataclass(frozen=True, slots=True)
class Frame:
    """`number`: frame_num, modulo `modulus`. `reference`: others hang on it. `gaps`: numbers may be left out."""

    number: int
    modulus: int
    reference: bool
    fresh: bool
    gaps: bool

    def follows(self, before: Frame) -> bool | None:
        """Whether it is the next frame after `before` in decoding order; None where that can't be told."""
        if self.fresh or self.gaps or self.modulus != before.modulus:
            return None
        step = 1 if before.reference else 0
        return (self.number - before.number) % self.modulus == step


@dataclass(slots=True)
class _Sequence:
    number_bits: int
    planes: bool
    gaps: bool


@dataclass
class Numbers:
    """Reads frame numbers out of packets; it has to see the parameter sets first (`learn`)."""

    extradata: bytes = b""
    _sequences: dict[int, _Sequence] = field(default_factory=dict)
    _pictures: dict[int, int] = field(default_factory=dict)
    _length: int = 0

    def __post_init__(self) -> None:
        data = self.extradata
        if data[:1] == b"\1" and len(data) > 6:  # avcC (ISO 14496-15, 5.3.3.1): lengths stand before the units
            self._length = (data[4] & 3) + 1
            self._learn_avcc(data)
        else:
            self._learn(_units(data, 0))

    def _learn_avcc(self, data: bytes) -> None:
        at, units = 5, []
        for mask in (31, 255):
            count, at = data[at] & mask if at < len(data) else 0, at + 1
            for _ in range(count):
                size = int.from_bytes(data[at : at + 2], "big")
                units.append(data[at + 2 : at + 2 + size])
                at += 2 + size
        self._learn(units)

    def _learn(self, units: Iterator[bytes] | list[bytes]) -> None:
        for unit in units:
            try:
                self._learn_one(unit)
            except IndexError:
                continue

    def _learn_one(self, unit: bytes) -> None:
        kind, bits = (unit[0] & 31 if unit else 0), _Bits(unit[1:])
        if kind == SPS:
            number, sequence = _sequence(bits)
            self._sequences[number] = sequence
        elif kind == PPS:
            number = bits.unsigned()
            self._pictures[number] = bits.unsigned()

    def frame(self, packet: bytes) -> Frame | None:
        """The frame that a packet begins with; None where there is none that can be read."""
        units = list(_units(packet, self._length))
        self._learn(unit for unit in units if unit and unit[0] & 31 in (SPS, PPS))
        for unit in units:
            if unit and unit[0] & 31 in (SLICE, IDR):
                try:
                    return self._slice(unit)
                except (IndexError, KeyError):
                    return None
        return None

    def _slice(self, unit: bytes) -> Frame:
        bits = _Bits(unit[1:32])
        bits.unsigned()  # first_mb_in_slice
        bits.unsigned()  # slice_type
        sequence = self._sequences[self._pictures[bits.unsigned()]]
        if sequence.planes:
            bits.bits(2)
        number = bits.bits(sequence.number_bits)
        kind, reference = unit[0] & 31, bool(unit[0] >> 5 & 3)
        return Frame(number, 1 << sequence.number_bits, reference, kind == IDR, sequence.gaps)


def _sequence(bits: _Bits) -> tuple[int, _Sequence]:
    profile = bits.bits(8)
    bits.bits(16)  # constraints, level
    number, planes = bits.unsigned(), False
    if profile in HIGH_PROFILES:
        chroma = bits.unsigned()
        planes = chroma == 3 and bool(bits.bits(1))
        bits.unsigned(), bits.unsigned(), bits.bits(1)
        if bits.bits(1):
            for matrix in range(8 if chroma != 3 else 12):
                if bits.bits(1):
                    _skip_matrix(bits, 16 if matrix < 6 else 64)
    number_bits = bits.unsigned() + 4
    _skip_order(bits)
    bits.unsigned()  # max_num_ref_frames
    return number, _Sequence(number_bits, planes, bool(bits.bits(1)))


def _skip_matrix(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order(bits: _Bits) -> None:
    """pic_order_cnt_type and what hangs on it."""
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.bits(1), bits.signed(), bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()


def _units(data: bytes, length: int) -> Iterator[bytes]:
    """NAL units: behind lengths of so many bytes, or (`length` 0) behind start codes."""
    if not length:
        for part in data.split(b"\0\0\1")[1:]:
            yield part.rstrip(b"\0")
        return
    at = 0
    while at + length < len(data):
        size = int.from_bytes(data[at : at + length], "big")
        yield data[at + length : at + length + size]
        at += length + size
