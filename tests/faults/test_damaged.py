"""A part of what `scripts/fuzz-media` tries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from relay.intake import inspect as looks
from tests.faults.damaged import DAMAGES, JOINED, KINDS, Judge, damaged, seeds

pytestmark = [pytest.mark.media, pytest.mark.slow]
SEED, COUNT, IN_ONE = 14, 300, 50


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return seeds(tmp_path_factory.mktemp("seeds"))


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(tmp_path / "data")


def test_whole_films_of_every_kind_are_accepted(films: dict[str, bytes], judge: Judge) -> None:
    assert set(films) == set(KINDS)
    verdicts = [judge.judged(name, "none", content) for name, content in films.items()]
    assert [(one.seed, one.finding, one.fault) for one in verdicts if one.fault or one.finding != "accepted"] == []


@pytest.mark.parametrize("first", range(0, COUNT, IN_ONE))
def test_no_damaged_film_breaks_a_look_or_is_taken_for_a_whole_one(
    films: dict[str, bytes], judge: Judge, first: int
) -> None:
    verdicts = [judge.judged(*damaged(films, number, SEED)) for number in range(first, first + IN_ONE)]
    assert [one for one in verdicts if one.fault] == []


def test_every_damage_is_done_to_every_kind() -> None:
    films = {name: bytes(range(256)) * 40 for name in KINDS}
    done = Counter((name, damage) for name, damage, _ in (damaged(films, number, 1) for number in range(3000)))
    assert set(done) == {(name, damage) for name in KINDS for damage in (*DAMAGES, JOINED)}
    assert damaged(films, 7, 1) == damaged(films, 7, 1)


def test_a_look_that_believes_everything_is_found_out(
    films: dict[str, bytes], judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: where nothing that FFmpeg says counts, damaged films are accepted, and that is noticed."""
    monkeypatch.setattr(looks, "is_clean", lambda *_: True)
    monkeypatch.setattr(looks, "holes", lambda *_, **__: [])
    verdicts = [judge.judged(*damaged({"vp8.webm": films["vp8.webm"]}, number, SEED)) for number in range(20)]
    assert any("a strict decode says" in one.fault for one in verdicts), verdicts
