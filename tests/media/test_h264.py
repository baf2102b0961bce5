from __future__ import annotations

from typing import Any

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


HIGH = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
"""Profiles whose parameter sets tell more of their colours (7.3.2.1.1)."""
SAME = (0,) * 16
"""Differences of a scaling matrix that stays as it is; 16 of them for small ones, 64 for large ones."""


def sps(
    *,
    profile: int = 77,
    number_bits: int = 4,
    order: int = 0,
    gaps: int = 0,
    number: int = 0,
    chroma: int = 1,
    planes: int = 0,
    matrices: tuple[tuple[int, ...] | None, ...] = (*(None,) * 7, SAME * 4),
) -> bytes:
    """`matrices`: of those that come before the last ones, which are not there; a large one stands behind six small."""
    words = Bits().bits(profile, 8).bits(0, 8).bits(31, 8).unsigned(number)
    if profile in HIGH:
        words.unsigned(chroma)
        if chroma == 3:
            words.bits(planes, 1)
        words.unsigned(2, 1).bits(0, 1).bits(bool(matrices), 1)
        for at in range((12 if chroma == 3 else 8) if matrices else 0):
            matrix = matrices[at] if at < len(matrices) else None
            words.bits(matrix is not None, 1)
            words.unsigned(*(2 * step - 1 if step > 0 else -2 * step for step in matrix or ()))
    words.unsigned(number_bits - 4, order)
    if order == 0:
        words.unsigned(2)
    elif order == 1:
        words.bits(0, 1).unsigned(3, 6, 2, 9, 4)
    return words.unsigned(4).bits(gaps, 1).unsigned(19, 10).bits(1, 1).unit(7)


def pps(number: int = 0, sequence: int = 0) -> bytes:
    return Bits().unsigned(number, sequence).bits(0, 2).unit(8)


def slice_(
    number: int, *, number_bits: int = 4, kind: int = 1, reference: int = 2, picture: int = 0, plane: str = ""
) -> bytes:
    words = Bits().unsigned(6, 5, picture)
    words.said += plane
    return words.bits(number, number_bits).bits(0xABCD, 16).unit(kind, reference=reference)


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


ENDS = (4, -12)
"""A matrix whose second difference makes it zero: nothing of it follows."""
FULL_TURN = (120, 120, 8)
"""Behind 255 comes zero."""
MORE_THAN_THAT = (120, 120, 10) + (0,) * 13


@pytest.mark.parametrize(
    ("chroma", "planes", "matrices"),
    [
        (1, 0, ()),
        (1, 0, (SAME,)),
        (1, 0, (None,) * 5 + (SAME, SAME * 4)),
        (1, 0, (None,) * 7 + (SAME * 4,)),
        (1, 0, (ENDS, MORE_THAN_THAT)),
        (1, 0, (FULL_TURN,)),
        (3, 0, (None,) * 11 + (SAME * 4,)),
        (3, 0, ()),
        (3, 1, (SAME,)),
        (2, 0, (ENDS,)),
    ],
)
def test_colours_and_matrices_are_read_over(chroma: int, planes: int, matrices: tuple[Any, ...]) -> None:
    sets = sps(profile=244, number_bits=7, chroma=chroma, planes=planes, matrices=matrices, gaps=1, order=2)
    unit = slice_(83, number_bits=7, plane="10" if planes else "")
    seen = Numbers(avcc(sets=sets)).frame(packet(unit))
    assert seen == Frame(83, 128, reference=True, fresh=False, gaps=True)


@pytest.mark.parametrize("profile", [*HIGH, 66, 77, 88])
def test_only_high_profiles_tell_more_of_their_colours(profile: int) -> None:
    sets = sps(profile=profile, number_bits=5, matrices=())
    assert Numbers(avcc(sets=sets)).frame(packet(slice_(21, number_bits=5))) == Frame(21, 32, True, False, False)


@pytest.mark.parametrize("length", [1, 2, 4])
def test_lengths_before_the_units_have_as_many_bytes_as_the_head_says(length: int) -> None:
    numbers = Numbers(b"\1\x4d\0\x1f" + bytes([0xFC | (length - 1), 0xE0, 0]))
    units = (sps(number=3, number_bits=6), sps(number=0), pps(2, 3), pps(0, 0), slice_(40, number_bits=6, picture=2))
    told = b"".join(len(unit).to_bytes(length, "big") + unit for unit in units)
    assert numbers.frame(told) == Frame(40, 64, reference=True, fresh=False, gaps=False)


def test_a_head_may_bring_several_sets() -> None:
    first, second = sps(number=1, number_bits=6), sps(number=3, number_bits=8, gaps=1)
    pictures = pps(1, 1), pps(5, 3), pps(0, 1)
    head = b"\1\x4d\0\x1f\xff\xe2" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (first, second))
    head += b"\3" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in pictures)
    numbers = Numbers(head)
    assert numbers.frame(packet(slice_(40, number_bits=6))) == Frame(40, 64, True, False, False)
    unit = slice_(200, number_bits=8, picture=5, kind=5, reference=1)
    assert numbers.frame(packet(b"\x06\5", unit, slice_(40, number_bits=6))) == Frame(200, 256, True, True, True)
    assert numbers.frame(packet(slice_(40, number_bits=6, picture=2))) is None


@pytest.mark.parametrize(("zeros", "seen"), [(32, Frame(9, 16, True, False, False)), (33, None)])
def test_a_code_that_is_too_long_is_nonsense(zeros: int, seen: Frame | None) -> None:
    words = Bits().bits(0, zeros).bits(1, 1).bits(0, zeros).unsigned(5, 0).bits(9, 4).bits(0xABCD, 16)
    assert Numbers(avcc(sets=sps())).frame(packet(words.unit(1))) == seen


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
