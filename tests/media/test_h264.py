from __future__ import annotations

import pytest

from relay.media.h264 import Frame, Numbers


class Bits:
    """Writes what the reader reads."""

    def __init__(self) -> None:
        self.said = ""

    def bits(self, value: int, count: int) -> Bits:
        self.said += f"{value:0{count}b}" if count else ""
        return self

    def unsigned(self, *values: int) -> Bits:
        for value in values:
            code = f"{value + 1:b}"
            self.said += "0" * (len(code) - 1) + code
        return self

    def unit(self, kind: int, *, reference: int = 3) -> bytes:
        said = self.said + "1"
        said += "0" * (-len(said) % 8)
        raw = bytes(int(said[at : at + 8], 2) for at in range(0, len(said), 8))
        guarded = bytearray()
        for byte in raw:
            guarded += b"\3" if guarded[-2:] == b"\0\0" and byte <= 3 else b""
            guarded.append(byte)
        return bytes([reference << 5 | kind]) + bytes(guarded)


def sps(*, profile: int = 77, number_bits: int = 4, order: int = 0, gaps: int = 0) -> bytes:
    words = Bits().bits(profile, 8).bits(0, 8).bits(31, 8).unsigned(0)
    if profile == 100:
        words.unsigned(1, 0, 0).bits(0, 1).bits(1, 1).bits(0, 7).bits(1, 1)
        words.unsigned(*[0] * 64)  # a scaling matrix that stays as it is
    words.unsigned(number_bits - 4, order)
    if order == 0:
        words.unsigned(2)
    elif order == 1:
        words.bits(0, 1).unsigned(0, 0, 2, 0, 0)
    return words.unsigned(4).bits(gaps, 1).unsigned(19, 10).bits(1, 1).unit(7)


def pps() -> bytes:
    return Bits().unsigned(0, 0).bits(0, 2).unit(8)


def slice_(number: int, *, number_bits: int = 4, kind: int = 1, reference: int = 2) -> bytes:
    return Bits().unsigned(0, 5, 0).bits(number, number_bits).bits(0xABCD, 16).unit(kind, reference=reference)


def avcc(*, sets: bytes) -> bytes:
    one, other = sets, pps()
    head = b"\1\x4d\0\x1f\xff\xe1"
    return head + len(one).to_bytes(2, "big") + one + b"\1" + len(other).to_bytes(2, "big") + other


def packet(*units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("profile", [66, 77, 100])
@pytest.mark.parametrize("number_bits", [4, 9, 16])
def test_a_frames_number_is_read(profile: int, number_bits: int, order: int) -> None:
    sets = sps(profile=profile, number_bits=number_bits, order=order)
    number = (1 << number_bits) - 3
    unit = slice_(number, number_bits=number_bits)
    seen = Numbers(avcc(sets=sets)).frame(packet(b"\x09\xf0", unit))
    assert seen == Frame(number, 1 << number_bits, reference=True, fresh=False, gaps=False)


def test_a_transport_stream_brings_its_own_parameter_sets() -> None:
    numbers = Numbers()
    start = b"\0\0\0\1"
    assert numbers.frame(start + slice_(3)) is None
    seen = numbers.frame(start + sps() + start + pps() + b"\0\0\1" + slice_(0, kind=5))
    assert seen == Frame(0, 16, reference=True, fresh=True, gaps=False)
    assert numbers.frame(start + slice_(3, reference=0)) == Frame(3, 16, reference=False, fresh=False, gaps=False)


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [
        (Frame(3, 16, True, False, False), Frame(4, 16, True, False, False), True),
        (Frame(15, 16, True, False, False), Frame(0, 16, False, False, False), True),
        (Frame(4, 16, False, False, False), Frame(4, 16, True, False, False), True),
        (Frame(3, 16, True, False, False), Frame(7, 16, True, False, False), False),
        (Frame(3, 16, False, False, False), Frame(4, 16, False, False, False), False),
        (Frame(3, 16, True, False, False), Frame(0, 16, True, True, False), None),
        (Frame(3, 16, True, False, True), Frame(9, 16, True, False, True), None),
        (Frame(3, 16, True, False, False), Frame(9, 32, True, False, False), None),
    ],
)
def test_a_missing_number_is_a_missing_frame(before: Frame, after: Frame, *, follows: bool | None) -> None:
    assert after.follows(before) is follows


@pytest.mark.parametrize("data", [b"", b"\0\0\0\1", packet(b"\x65"), packet(b"\x65\0\0\0\0"), b"\0\0\0\x09\x65"])
def test_nonsense_has_no_number(data: bytes) -> None:
    assert Numbers(avcc(sets=sps())).frame(data) is None
    assert Numbers(b"\1\2\3\4\5\xe5\xff\xff").frame(data) is None
    assert Numbers(data).frame(packet(slice_(1))) is None
