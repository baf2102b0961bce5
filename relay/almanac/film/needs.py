"""What a cut is made of, by the names under which the cache keeps it, and what of it is missing. Makes nothing.

The longest takes come last but one by one, so that the workers end together; before that the order is the film's,
so that raw frames for dissolves don't pile up: a film of 300 clips needs no more of them than one of 20.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from relay.almanac.film import ffmpeg
from relay.almanac.film.cut import Cut
from relay.almanac.film.ffmpeg import Composition, ShotPart, Still
from relay.almanac.film.footage import Footage
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound import mix
from relay.almanac.film.timeline import Shot, ShotKind, Span
from relay.almanac.film.work import Task
from relay.almanac.formats import House

OPENING = (1, -2)
"""The rank of the film's first take: whoever watches while it is made sees something soon."""
LONGEST_FIRST = 4
"""Takes for each worker at the end of a film that are done longest first."""
FULL_HD = 1920 * 1080
"""Pixels of a picture by which the cost of reading is reckoned."""
STILL_COST = 0.2
"""What a frame of a still costs, in frames of a camera: nothing is decoded, and x264 finds nothing that moves."""
READ_COST, READ_COST_HDR = 0.25, 1.5
"""What it costs to read a frame of full HD, in encoded frames; HDR is mapped to the film's range with zscale."""
BYTES_A_PIXEL = 3 / 2
"""Bytes of a pixel of raw frames: one of brightness, and colours at half the width and height (yuv420p)."""


@dataclass(frozen=True, slots=True)
class TakeJob:
    """Parts of one item, made in one go."""

    item: int
    parts: Sequence[ShotPart]


@dataclass(frozen=True, slots=True)
class DissolveJob:
    shot: Shot
    key: str


@dataclass(frozen=True, slots=True)
class SoundJob:
    """The sound of a clip."""

    item: int
    key: str


@dataclass(frozen=True, slots=True)
class MusicJob:
    key: str


@dataclass(frozen=True, slots=True)
class MasterJob:
    """The film's whole sound."""


FilmJob = TakeJob | DissolveJob | SoundJob | MusicJob | MasterJob


@dataclass
class WorkPlan:
    """`shots`: how many will be encoded. `seams`: raw frames by their key, and how many dissolves will take them."""

    tasks: list[Task[FilmJob]] = field(default_factory=list)
    shots: int = 0
    seams: dict[str, int] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        return sum(task.frames for task in self.tasks)


class FilmNeeds:
    """`keys[i]` names shot i of the timeline. `version`: of ffmpeg, which is part of every name."""

    def __init__(self, cut: Cut, shots: ShotCache, version: str) -> None:
        self.cut, self.shots, self.version = cut, shots, version
        self.keys = [self._key(shot) for shot in cut.timeline.shots]
        self.sounds = {
            number: ffmpeg.sound_key(one.source, Span(one.first, one.first + one.frames), cut.house, version)
            for number, one in enumerate(cut.compositions)
            if isinstance(one.source, Footage) and one.source.audio is not None
        }

    @property
    def house(self) -> House:
        return self.cut.house

    # --- names ---

    def part_key(self, item: int, part: ShotPart) -> str:
        return ffmpeg.part_key(self.cut.compositions[item], part, self.house, self.version)

    def dip(self, shot: Shot) -> str:
        """The colour that a dissolve goes through, empty for none."""
        return self.cut.timeline.items[shot.item - 1].dip

    def sides(self, shot: Shot) -> tuple[tuple[int, ShotPart], tuple[int, ShotPart]]:
        """The items that a dissolve leads from and to, and the raw frames that it takes of them."""
        assert shot.out is not None
        return (shot.item - 1, ShotPart(shot.out, raw=True)), (shot.item, ShotPart(shot.span, raw=True))

    def seams(self, shot: Shot) -> tuple[str, str]:
        """The keys of those raw frames."""
        left, right = self.sides(shot)
        return self.part_key(*left), self.part_key(*right)

    @property
    def music_key(self) -> str:
        """Only for a cut with music."""
        music = self.cut.music
        assert music is not None
        return ffmpeg.music_key([music.sha256, music.container], self.house, self.version)

    @property
    def master_key(self) -> str:
        timeline, house = self.cut.timeline, self.house
        parts = [
            (key, timeline.starts[item], timeline.items[item].frames, timeline.head(item), timeline.tail(item))
            for item, key in self.sounds.items()
        ]
        words = [
            ffmpeg.chunk_argv("", house, limit=house.peak, target=""),
            ffmpeg.sound_join_argv("", "", 2, timeline.frames, house, ""),
        ]
        music = [] if self.cut.music is None else [self.cut.music.words(), [item.kind for item in timeline.items]]
        return ffmpeg.digest("master", mix.MIX, self.version, parts, house.loudness, words, *music)

    def raw_bytes(self, part: ShotPart) -> int:
        return int(part.span.frames * self.house.width * self.house.height * BYTES_A_PIXEL)

    def files(self) -> set[Path]:
        """Every shot and sound that the film is made of, whether it is there or not."""
        sounds = [*self.sounds.values(), *([self.music_key] if self.cut.music is not None else [])]
        shots, master = self.shots, self.shots.master(self.master_key)
        reels = shots.note(master)["reels"] if shots.has(master) else []
        return {
            *(shots.shot(key) for key in self.keys),
            *(shots.sound(key) for key in sounds),
            *(shots.chunk(name) for name in reels),
            master,
        }

    def _key(self, shot: Shot) -> str:
        if shot.out is None:
            return self.part_key(shot.item, ShotPart(shot.span))
        left, right = self.seams(shot)
        return ffmpeg.fade_key(left, right, shot.frames, self.house, self.version, self.dip(shot))

    # --- what is missing ---

    def missing(self, workers: int, *, ahead: bool = False) -> WorkPlan:
        """What has to be made; `ahead`: only what any film with these clips will need."""
        plan = WorkPlan()
        parts: dict[int, list[ShotPart]] = {}
        seen: set[str] = set()
        for shot, key in zip(self.cut.timeline.shots, self.keys, strict=True):
            if key in seen or self.shots.has(self.shots.shot(key)):
                continue
            if ahead and shot.kind not in (ShotKind.clip, ShotKind.lower_third):
                continue
            seen.add(key)
            plan.shots += 1
            if shot.kind is ShotKind.fade:
                plan.tasks.append(self._dissolve(shot, key, parts, plan.seams))
            else:
                parts.setdefault(shot.item, []).append(ShotPart(shot.span))
        plan.tasks += self._takes(parts, workers)
        sounds = self._sounds()
        plan.tasks += sounds
        if not ahead and not self.shots.has(self.shots.master(self.master_key)):
            needs = frozenset(name for task in sounds for name in task.gives)
            plan.tasks.append(Task("sound", MasterJob(), (2, 0), 0, needs))
        return plan

    def _dissolve(
        self, shot: Shot, key: str, parts: dict[int, list[ShotPart]], wanted: dict[str, int]
    ) -> Task[FilmJob]:
        """And adds to `parts` the seams that it will need, to `wanted` that it will."""
        seams = self.seams(shot)
        for seam, (item, part) in zip(seams, self.sides(shot), strict=True):
            if seam not in wanted and not self._has_seam(seam, part):
                parts.setdefault(item, []).append(part)
            wanted[seam] = wanted.get(seam, 0) + 1
        return Task("dissolve", DissolveJob(shot, key), (0, shot.start), shot.frames, frozenset(seams))

    def _has_seam(self, seam: str, part: ShotPart) -> bool:
        """Seams are not flushed to the disk, so one that a power cut left may be short."""
        path = self.shots.seam(seam)
        return path.exists() and path.stat().st_size == self.raw_bytes(part)

    def _takes(self, parts: dict[int, list[ShotPart]], workers: int) -> list[Task[FilmJob]]:
        takes = [TakeJob(item, take) for item in sorted(parts) for take in self._grouped(item, parts[item])]
        tasks: list[Task[FilmJob]] = []
        for number, take in enumerate(in_order(takes, self.cut.compositions, workers)):
            gives = frozenset(self.part_key(take.item, part) for part in take.parts if part.raw)
            what = self.cut.timeline.items[take.item].kind.value
            rank = OPENING if any(take.item == 0 and part.span.first == 0 for part in take.parts) else (3, number)
            tasks.append(Task(what, take, rank, encoded(take.parts), frozenset(), gives))
        return tasks

    def _grouped(self, item: int, parts: list[ShotPart]) -> list[list[ShotPart]]:
        """A still has as many frames as are asked for: two parts at once would pile up all the frames between them."""
        if isinstance(self.cut.compositions[item].source, Still):
            return [[part] for part in parts]
        return grouped(parts, self.house)

    def _sounds(self) -> list[Task[FilmJob]]:
        tasks: list[Task[FilmJob]] = []
        seen = set()
        for item, key in self.sounds.items():
            if key not in seen and not self.shots.has(self.shots.sound(key)):
                seen.add(key)
                tasks.append(Task("sound", SoundJob(item, key), (1, item), 0, frozenset(), frozenset((key,))))
        if self.cut.music is not None and not self.shots.has(self.shots.sound(self.music_key)):
            gives = frozenset((self.music_key,))
            tasks.append(Task("music", MusicJob(self.music_key), (1, -1), 0, frozenset(), gives))
        return tasks


def grouped(parts: Sequence[ShotPart], house: House) -> list[list[ShotPart]]:
    """Parts of one item into takes: one shot in each, with the raw frames for dissolves that are beside it.

    A second encoder in a process would cost as much memory again (180 MB at 1080p), and keeps it to the end.
    """
    ordered = sorted(parts, key=lambda part: (part.span.first, part.span.last))
    takes = [[ordered[0]]]
    for before, part in pairwise(ordered):
        far = part.span.first - before.span.last > house.fps
        full = not part.raw and not all(other.raw for other in takes[-1])
        if far or full:
            takes.append([part])
        else:
            takes[-1].append(part)
    return takes


def in_order(takes: Sequence[TakeJob], compositions: Sequence[Composition], workers: int) -> list[TakeJob]:
    """In the film's order, and the last of them longest first, so that the workers end together.

    Raw frames alone are soon made, and a dissolve waits for them: they come as soon as every worker has begun one of
    the long ones.
    """
    last = max(0, len(takes) - LONGEST_FIRST * workers)
    rest = sorted(takes[last:], key=lambda take: -effort(compositions[take.item], take.parts))
    long = [take for take in rest if encoded(take.parts)]
    quick = [take for take in rest if not encoded(take.parts)]
    return [*takes[:last], *long[:workers], *quick, *long[workers:]]


def encoded(parts: Sequence[ShotPart]) -> int:
    """Frames of a take that are encoded."""
    return sum(part.span.frames for part in parts if not part.raw)


def effort(composition: Composition, parts: Sequence[ShotPart]) -> float:
    """What a take will cost, roughly, in encoded frames of a camera's picture."""
    if isinstance(composition.source, Still):
        return STILL_COST * encoded(parts)
    read = max(part.span.last for part in parts) - min(part.span.first for part in parts)
    size = composition.source.coded[0] * composition.source.coded[1] / FULL_HD
    return encoded(parts) + read * size * (READ_COST_HDR if composition.source.hdr else READ_COST)
