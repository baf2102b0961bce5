from __future__ import annotations

from collections.abc import Callable

import pytest

from relay.sandbox.faults import Faults, SpoiledAnswer


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        (Faults.web_breaks, SpoiledAnswer.cut),
        (Faults.web_changes, SpoiledAnswer.no_player),
        (Faults.pages_answer_html, SpoiledAnswer.apology),
        (Faults.pages_break_off, SpoiledAnswer.half),
    ],
)
def test_trouble_comes_as_often_as_it_was_ordered(
    faults: Faults, verb: Callable[..., None], what: SpoiledAnswer
) -> None:
    verb(faults)
    verb(faults, 2)
    assert [faults.meets(what) for _ in range(5)] == [True, True, True, False, False]
    verb(faults)
    faults.heals()
    assert not faults.meets(what)


def test_a_break_is_in_the_middle_unless_told(faults: Faults) -> None:
    faults.web_breaks()
    assert [faults.media_cut() for _ in range(2)] == [0.5, None]
    faults.web_breaks(after=0.25)
    assert [faults.media_cut() for _ in range(2)] == [0.25, None]


def test_statuses_are_used_up_one_by_one(faults: Faults) -> None:
    faults.web_refuses()
    faults.web_refuses(2, status=410)
    faults.pages_answer(429)
    faults.pages_answer(500, 2)
    assert [faults.media_status() for _ in range(4)] == [403, 410, 410, 0]
    assert [faults.page_status() for _ in range(4)] == [429, 500, 500, 0]


def test_lines_may_be_down_slow_or_asked_for_a_solution(faults: Faults) -> None:
    assert (faults.down, faults.delay, faults.challenge) == (False, 0.0, False)
    faults.is_down()
    assert faults.down
    faults.heals()
    faults.is_slow(2.5)
    faults.challenges()
    assert (faults.delay, faults.challenge, faults.down) == (2.5, True, False)
    faults.heals()
    assert (faults.delay, faults.challenge) == (0.0, False)


def test_lists_may_come_without_a_post(faults: Faults) -> None:
    assert not faults.empty
    faults.shows_nothing()
    assert faults.empty
    faults.heals()
    assert not faults.empty
