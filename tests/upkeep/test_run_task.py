from __future__ import annotations

import errno

import pytest

from relay.errors import Interrupted, Refused
from relay.upkeep.run_task import run_task


def fails(error: BaseException) -> tuple[bool, list[str]]:
    def task() -> None:
        raise error

    told: list[str] = []
    return run_task("sweep", task, told.append), told


def test_what_went_well_is_told_to_nobody():
    done, told = [], []
    assert run_task("sweep", lambda: done.append(1), told.append)
    assert (done, told) == ([1], [])


def test_an_expected_failure_is_told_in_its_own_words():
    assert fails(Refused("It is closed.", hint="Open it.")) == (False, [Refused("It is closed.", hint="Open it.").line])


def test_a_disk_that_fails_is_told_in_its_own_words():
    assert fails(OSError(errno.ENOSPC, "No space left")) == (
        False,
        ["The disk is full. Free some space and try again; nothing was lost."],
    )


@pytest.mark.slow
def test_a_fault_of_ours_stops_nobody_and_is_told_without_its_details(capsys):
    assert fails(ZeroDivisionError("secret")) == (False, ["A fault in Relay itself (sweep): see the log."])
    log = capsys.readouterr().out
    assert "sweep broke" in log
    assert "ZeroDivisionError: secret" in log


def test_whoever_wants_to_hear_nothing_is_told_nothing(capsys):
    def task():
        raise Refused("It is closed.")

    assert run_task("sweep", task) is False
    assert "sweep failed" in capsys.readouterr().out


def test_a_program_that_stops_is_no_failure():
    assert fails(Interrupted("It was stopped.")) == (True, [])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_who_ends_the_program_is_not_held_up(error):
    with pytest.raises(type(error)):
        fails(error)
