"""The film's sound in chunks: pieces that are encoded by themselves and spliced without a seam. Pure.

AAC works in packets of 1024 samples, each of which overlaps with the one before it and depends on nothing else of it
(LC, without prediction: ISO/IEC 14496-3). So a chunk is encoded with some sound before and after it, until limiter
and encoder are where they would be in the whole film, and only its own packets are taken. The splice lies where the
encoders of both chunks chose the same windows, best long ones, so that their overlap adds up.

Loudness is put together from the chunks' momentary values by the gates of ITU-R BS.1770-4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from relay.almanac.formats import House
from relay.errors import ToolFailed

PACKET = 1024
"""Samples of an AAC packet. The encoder's first one holds nothing but its delay, of the same length."""
CHUNK = 938
"""Packets of a chunk: 20 seconds. A correction encodes one or two, and each costs a second beside its own."""
BEFORE, AFTER = 48, 16
"""Packets that are encoded around a chunk: the limiter lets go within 0.08 s, the encoder's rate settles in 0.5 s."""
UNSURE = 4
"""The last packets of an encoder don't know what comes after them."""
HOP, WINDOW = 0.1, 0.4
"""Seconds: momentary loudness is told every `HOP`, of the `WINDOW` before it."""
HEADER = 7
LONG = 0
GATE, RELATIVE_GATE = -70.0, -10.0


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Packets from `first` up to and without `last`; encoded from sample `begin` to sample `end` of the film."""

    first: int
    last: int
    begin: int
    end: int

    @property
    def ahead(self) -> int:
        """The film's number of the first packet that its encoder gives."""
        return self.begin // PACKET

    def owns(self, sample: int) -> bool:
        return self.first * PACKET < sample <= self.last * PACKET


def chunks(frames: int, house: House) -> list[AudioChunk]:
    """Their borders stay where they are when the film grows at its end."""
    total = frames * house.samples
    packets = packets_of(total)
    count = max(1, round(packets / CHUNK))
    borders = [number * CHUNK for number in range(count)] + [packets]
    return [
        AudioChunk(first, last, max(0, first - BEFORE) * PACKET, total if last == packets else (last + AFTER) * PACKET)
        for first, last in pairwise(borders)
    ]


def packets_of(samples: int) -> int:
    """How many packets so many samples take, with the one of the encoder's delay."""
    return -(-samples // PACKET) + 1


# --- loudness -----------------------------------------------------------------------------------------------


def own_levels(levels: Sequence[float], chunk: AudioChunk, house: House) -> list[float]:
    """Momentary loudness (LUFS) that was told within the chunk's own packets; `levels` begin at its sample `begin`."""
    hop = round(HOP * house.sample_rate)
    return [level for number, level in enumerate(levels, 1) if chunk.owns(chunk.begin + number * hop)]


def integrated(levels: Iterable[float]) -> float | None:
    """LUFS of all together; None for silence. What is below −70 doesn't count, nor what is 10 LU below the rest.

    The blocks of BS.1770-4, 400 ms that overlap by 75 %, are what momentary loudness is told of.
    """
    loud = [level for level in levels if level > GATE]
    if not loud:
        return None
    gate = _mean(loud) + RELATIVE_GATE
    return _mean([level for level in loud if level > gate])


def _mean(levels: Sequence[float]) -> float:
    """Of powers, not of decibels. There is always something above the mean less ten."""
    return 10 * math.log10(sum(10 ** (level / 10) for level in levels) / len(levels))


# --- packets ------------------------------------------------------------------------------------------------


def packets(stream: bytes) -> list[bytes]:
    """The packets of an ADTS stream, each with its header. Raises ToolFailed for anything else."""
    found, at = [], 0
    while at < len(stream):
        head = stream[at : at + HEADER]
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5 if len(head) == HEADER and head[0] == 0xFF else 0
        if size < HEADER or at + size > len(stream):
            raise ToolFailed("ffmpeg wrote no whole sound.")
        found.append(stream[at : at + size])
        at += size
    return found


def window(packet: bytes) -> tuple[int, int] | None:
    """Window sequence and shape of both channels; None where they differ, or there aren't two.

    After the header: element (3 bits, 1 for a pair), tag (4), common window (1), reserved (1), sequence (2), shape (1).
    """
    bits = int.from_bytes(packet[HEADER : HEADER + 2], "big")
    pair, common = bits >> 13 == 1, bits >> 8 & 1
    return (bits >> 5 & 3, bits >> 4 & 1) if pair and common else None


def splice(kept: Sequence[tuple[AudioChunk, Mapping[int, bytes]]]) -> list[bytes]:
    """The film's packets. Each chunk comes with its packets, and those around it, by their number in the film."""
    cuts = [cut(left, right, chunk.last) for (chunk, left), (_, right) in pairwise(kept)]
    edges = [0, *cuts, kept[-1][0].last]
    return [kept[number][1][at] for number, (first, last) in enumerate(pairwise(edges)) for at in range(first, last)]


def cut(left: Mapping[int, bytes], right: Mapping[int, bytes], border: int) -> int:
    """The first packet that is taken from `right`: the border, or a few behind it."""
    alike = [at for at in range(border, border + AFTER - UNSURE) if _alike(left, right, at)]
    calm = [at for at in alike if all((window(left[at - back]) or (-1,))[0] == LONG for back in (0, 1))]
    return (calm or alike or [border])[0]


def _alike(left: Mapping[int, bytes], right: Mapping[int, bytes], at: int) -> bool:
    pairs = [(window(left[near]), window(right[near])) for near in (at - 1, at)]
    return all(ours is not None and ours == theirs for ours, theirs in pairs)
