"""What a film needs, what of it is there already, and in which order the rest is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.cards.people import Person
from relay.almanac.film import cut
from relay.almanac.film.cut import Cut, Script, Subclip, Words, draw_up
from relay.almanac.film.ffmpeg import Composition, ShotPart, Still
from relay.almanac.film.footage import Footage
from relay.almanac.film.needs import LONGEST_FIRST, FilmNeeds, TakeJob, effort, encoded, grouped, in_order
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.timeline import Span
from relay.almanac.film.work import Task
from relay.almanac.formats import House
from tests.almanac.painting import Painter

HOUSE = House(width=64, height=64, title_seconds=1, page_seconds=1, end_seconds=1)
HEAD, TAIL = ShotPart(Span(0, 12), raw=True), ShotPart(Span(88, 100), raw=True)


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> None:
    """No card is drawn."""
    monkeypatch.setattr(cut, "CardRenderer", Painter)


def needs(made: Cut, folder: Path) -> FilmNeeds:
    return FilmNeeds(made, ShotCache(folder / "shots"), "ffmpeg version 9")


def footage(name: str, *, silent: bool = False) -> Footage:
    return Footage(name, 64, 64, 10, coded=(64, 64), container="mov", audio=None if silent else 1)


def take(name: str, folder: Path, *, silent: bool = False) -> Subclip:
    return Subclip(footage(name, silent=silent), folder / f"{name}.mp4", Person(name, "Мга"))


def drawn(folder: Path, *names: str, words: Words | None = None, **script: Any) -> Cut:
    takes = [take(name, folder) for name in names]
    return draw_up(takes, words or Words("Прорыв"), HOUSE, folder / "cards", script=Script(**script))


def scored(folder: Path, under: str = "film") -> Cut:
    music = MusicBed("m", "mov", "Время", under=under)
    return drawn(folder, "anna", music=music, music_path=folder / "m.m4a")


def whats(tasks: Sequence[Task]) -> list[str]:
    return [task.what for task in sorted(tasks, key=lambda task: task.rank)]


def test_a_take_has_one_shot_and_the_raw_frames_beside_it() -> None:
    head, name, rest, tail = (
        ShotPart(Span(0, 12), raw=True),
        ShotPart(Span(12, 100)),
        ShotPart(Span(100, 288)),
        ShotPart(Span(288, 300), raw=True),
    )
    assert grouped([rest, head, tail, name], House()) == [[head, name], [rest, tail]]
    assert grouped([head, tail], House()) == [[head], [tail]]
    assert grouped([head, name, ShotPart(Span(100, 112), raw=True)], House())[0][1:] == [
        name,
        ShotPart(Span(100, 112), raw=True),
    ]


def with_head(frames: int) -> list[ShotPart]:
    return [HEAD, ShotPart(Span(12, 12 + frames))]


def test_one_changed_clip_is_begun_at_once_and_its_neighbours_beside_it() -> None:
    """It takes longest, and both dissolves wait for it."""
    looks = [Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100)] * 3
    before, changed, after = TakeJob(0, [TAIL]), TakeJob(1, with_head(76)), TakeJob(2, [HEAD])
    assert in_order([before, changed, after], looks, 2) == [changed, before, after]


def test_a_film_is_made_in_order_and_the_longest_of_its_last_takes_first() -> None:
    looks = [Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100)] * 20
    takes = [TakeJob(number, with_head(20 + number)) for number in range(19)] + [TakeJob(19, [HEAD])]
    first = 20 - 2 * LONGEST_FIRST
    assert in_order(takes, looks, 2) == [*takes[:first], takes[18], takes[17], takes[19], *takes[16 : first - 1 : -1]]


@pytest.mark.parametrize(
    ("look", "parts", "cost"),
    [
        (Composition(Still("a"), 100), [ShotPart(Span(0, 100)), ShotPart(Span(88, 100), raw=True)], 20),
        (Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100), [ShotPart(Span(0, 100))], 125),
        (Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080), hdr="hlg"), 100), [ShotPart(Span(0, 100))], 250),
        (
            Composition(Footage("a", 960, 540, 10, coded=(960, 540)), 100),
            [HEAD, ShotPart(Span(12, 100))],
            88 + 100 / 16,
        ),
        (Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100), [HEAD], 3),
    ],
)
def test_what_a_take_costs(look: Composition, parts: list[ShotPart], cost: float) -> None:
    assert effort(look, parts) == pytest.approx(cost)


def test_raw_frames_are_not_encoded() -> None:
    assert encoded([HEAD, ShotPart(Span(12, 50)), TAIL]) == 38


def test_all_is_missing_from_an_empty_cache(painter: None, tmp_path: Path) -> None:
    made = drawn(tmp_path, "anna", "boris")
    work = needs(made, tmp_path).missing(2)
    assert work.shots == len(made.timeline.shots)
    assert whats(work.tasks)[:3] == ["dissolve"] * 3
    assert whats(work.tasks)[3:7] == ["card", "sound", "sound", "sound"], "whoever watches sees the first shot soon"
    assert work.frames == made.timeline.frames
    (mixing,) = [task for task in work.tasks if task.what == "sound" and task.needs]
    listening = [task for task in work.tasks if task.what == "sound" and not task.needs]
    assert mixing.needs == frozenset().union(*(task.gives for task in listening))
    gives = frozenset().union(*(task.gives for task in work.tasks))
    assert all(task.needs <= gives for task in work.tasks)


def test_a_clip_that_is_shown_twice_is_shot_once(painter: None, tmp_path: Path) -> None:
    once = needs(drawn(tmp_path, "anna", "boris"), tmp_path).missing(2)
    twice = needs(drawn(tmp_path, "anna", "boris", "anna", "boris"), tmp_path).missing(2)
    assert twice.shots - once.shots == 3, "the dissolve back, and what lies beside it of both clips"
    assert sum(task.what == "sound" for task in twice.tasks) == 3


def test_other_sound_is_another_master(painter: None, tmp_path: Path) -> None:
    made = drawn(tmp_path, "anna", "boris")
    others = [
        drawn(tmp_path, "boris", "anna"),
        dataclasses.replace(made, house=dataclasses.replace(HOUSE, loudness=-23)),
        scored(tmp_path),
        scored(tmp_path, "cards"),
        made,
    ]
    keys = [needs(one, tmp_path).master_key for one in others]
    assert len(set(keys)) == 5
    assert needs(dataclasses.replace(made, title="Другой"), tmp_path).master_key == keys[-1]
