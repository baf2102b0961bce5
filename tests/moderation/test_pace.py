from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relay.moderation.pace import Agreement, WorkPace, agreement, pace

NINE = datetime(2023, 1, 12, 9, tzinfo=UTC)


def at(*seconds):
    return [NINE + timedelta(seconds=each) for each in seconds]


def test_pauses_are_no_work():
    assert pace(at(0, 30, 60, 90, 5000, 5020)) == WorkPace(6, 0.03, 130.9, 30.0)


@pytest.mark.parametrize("times", [(), (0,), (0, 601)])
def test_one_decision_has_no_pace(times):
    assert pace(at(*times)) == WorkPace(len(times), 0.0, None, None)


def test_chance_is_taken_off_the_agreement():
    pairs = [("approve", "approve")] * 20 + [("approve", "reject")] * 5 + [("reject", "approve")] * 10
    pairs += [("reject", "reject")] * 15
    assert agreement(pairs) == Agreement(50, 35, 0.7, 0.4), "the example of Cohen's kappa in every textbook"


def test_without_looks_or_without_choice_there_is_no_kappa():
    assert agreement([]) == Agreement(0, 0, None, None)
    assert agreement([("approve", "approve")] * 3) == Agreement(3, 3, 1.0, None)
