from __future__ import annotations

import errno
import inspect
import os

import pytest

from relay import errors
from relay.errors import (
    Closed,
    MediaError,
    NotFound,
    Parked,
    Refused,
    RelayError,
    SourceError,
    Stale,
    ToolFailed,
    TryLater,
    disk_told,
)
from relay.language.sentence import Sentence

KINDS = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, RelayError)]


def test_a_line_says_what_happened_and_what_to_do():
    error = Refused("{what} is closed.", hint="Open {what}.", what="The door")
    assert error.line == "The door is closed. Open The door."
    assert Refused("It is closed.").line == "It is closed."


def test_braces_in_the_words_of_others_stay_as_they_are():
    assert Refused("There is no {name}.", name="{x} {").line == "There is no {x} {."


def test_a_failed_tool_says_with_which_code_and_what_it_said_last():
    error = ToolFailed("It failed.", returncode=-9, stderr="out of memory", hint="Buy more.")
    assert (error.returncode, error.stderr, error.line) == (-9, "out of memory", "It failed. Buy more.")
    plain = ToolFailed("It failed.")
    assert (plain.returncode, plain.stderr) == (0, "")


def test_a_stale_page_is_told_the_state_that_counts_now():
    assert Stale("It is another now.", state="approved").state == "approved"


@pytest.mark.parametrize("gone", [True, False])
def test_closed_tells_deleted_from_closed_to_us(gone):
    assert Closed("It is closed.", gone=gone).gone is gone


def test_trouble_with_a_network_tells_what_it_cost():
    assert TryLater("Later.", requests=3).requests == 3


@pytest.mark.parametrize("kind", [Refused, NotFound, TryLater, ToolFailed])
def test_every_expected_failure_can_be_caught_as_one(kind):
    with pytest.raises(RelayError):
        raise kind("x")
    assert len(KINDS) > 10


def test_what_is_parked_says_until_when_and_where_to_put_it_right(clock):
    error = Parked("VK asks for a captcha.", key="vk:a", until=clock(), action_url="https://vk.com/captcha")
    assert (error.key, error.until, error.action_url) == ("vk:a", clock(), "https://vk.com/captcha")


def test_a_line_keeps_its_sentences_and_their_words():
    error = Refused("{what} is {state}.", hint="Wait for {what}.", what="closed", state=Sentence("closed"))
    assert (error.sentence.message, error.sentence.words) == (
        "{what} is {state}.",
        {"what": "closed", "state": "closed"},
    )
    said, hint = error.line.words.values()
    assert (said, said.message, hint.message) == ("closed is closed.", "{what} is {state}.", "Wait for {what}.")
    assert Refused("Wait.").line.message == "Wait."
    assert Refused(error.sentence, hint=hint, what="another").line == "closed is closed. Wait for closed."


@pytest.mark.parametrize("kind", [SourceError, TryLater, Closed, Parked])
def test_trouble_with_a_network_carries_all_that_it_was_told(kind, clock):
    more = {"key": "vk:a", "until": clock()} if kind is Parked else {}
    error = kind("{name} is closed.", hint="Ask {name}.", code=15, requests=2, name="VK", **more)
    assert (str(error), error.line, error.code, error.requests) == ("VK is closed.", "VK is closed. Ask VK.", 15, 2)
    plain = kind("It is closed.", **more)
    assert (plain.line, plain.hint, plain.code, plain.requests) == ("It is closed.", "", None, 0)


def test_what_nobody_said_is_nothing(clock):
    assert Closed("It is closed.").gone is False
    assert Parked("It rests.", key="vk:a", until=clock()).action_url == ""
    stale = Stale("{name} is another now.", state="approved", hint="Look at {name}.", name="It")
    assert stale.line == "It is another now. Look at It."


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (errno.ENOSPC, "The disk is full. Free some space and try again; nothing was lost."),
        (errno.EDQUOT, "The disk is full. Free some space and try again; nothing was lost."),
        (
            errno.EIO,
            "The disk can't be read or written (Input/output error). "
            "See whether it is sound, then try again; what was confirmed is kept.",
        ),
        (
            errno.EROFS,
            "The disk can't be read or written (Read-only file system). "
            "See whether it is sound, then try again; what was confirmed is kept.",
        ),
    ],
)
def test_a_disk_that_fails_is_told_and_a_bug_stays_one(number, line):
    with pytest.raises(MediaError) as caught, disk_told():
        raise OSError(number, os.strerror(number))
    assert caught.value.line == line
    with pytest.raises(FileNotFoundError), disk_told():
        raise FileNotFoundError(errno.ENOENT, "No such file")
