"""The bench of looks: second looks where two would disagree do what two looks each do, and chance does not."""

from __future__ import annotations

import pytest

from scripts import looks


@pytest.fixture(scope="module")
def rows():
    return looks.table(12_000, seed=3, recall=0.9)


@pytest.mark.slow
def test_the_policy_is_as_good_as_two_looks_each_at_less_than_a_third_more_looks(rows):
    for rate, found in rows:
        (two, twice), (policy, few) = found["two, moderator"], found["policy"]
        assert policy >= two - 0.002, rate  # a smaller bench than the script's own
        assert few <= looks.MOST_LOOKS < 2 <= twice, rate


@pytest.mark.slow
def test_twin_as_many_second_looks_by_chance_are_worse_than_two_each(rows):
    for rate, found in rows:
        assert found["by chance"][0] < found["two, moderator"][0] - 0.008, rate


def test_a_promise_that_is_broken_is_told():
    row = (0.05, {"two, moderator": (0.97, 2.1), "policy": (0.96, 1.4)})
    assert len(looks.broken_promises([row])) == 2


@pytest.mark.slow
def test_the_desk_errs_as_often_as_it_is_told_to():
    clips = looks.scenes(30_000, 4, 0.9)
    for rate in looks.ERROR_RATES:
        right, each = looks.measured(looks.one_look, clips, rate, 4)
        assert abs(1 - right - rate) < 0.006
        assert each == 1
