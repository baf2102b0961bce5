from __future__ import annotations

import os
import time

import pytest

from relay.almanac.assets import held_files
from relay.context import Relay


def test_a_file_is_held_under_a_name_of_ours_until_it_is_dropped(relay: Relay):
    held = held_files.begin(relay, "C:\\фото\\../Лёд\n.jpg")
    assert held.name == "Лёд.jpg"
    assert held_files.find(relay, held.token) is None, "nothing has come yet"
    held.path.write_bytes(b"x")
    assert held_files.find(relay, held.token) == held
    assert held.path.is_relative_to(relay.folder("incoming"))
    held_files.drop(held)
    assert held_files.find(relay, held.token) is None


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", "..", "../held", "a" * 80, "/etc/passwd0000000"])
def test_no_token_leads_out_of_the_room(relay: Relay, token: str):
    assert held_files.find(relay, token) is None


def test_what_nobody_asked_for_again_for_a_day_goes(relay: Relay):
    old, fresh = held_files.begin(relay, "old"), held_files.begin(relay, "fresh")
    for held in (old, fresh):
        held.path.write_bytes(b"x")
    yesterday = time.time() - held_files.KEPT_SECONDS - 60
    os.utime(old.path.parent, (yesterday, yesterday))
    held_files.begin(relay, "another")
    assert (held_files.find(relay, old.token), held_files.find(relay, fresh.token)) == (None, fresh)


def test_a_file_without_a_name_is_a_file():
    assert [held_files.plain_name(name) for name in ("", "/", "\n", "a" * 300 + ".jpg")] == [
        *("file", "file", "file", "a" * 116 + ".jpg")
    ]
