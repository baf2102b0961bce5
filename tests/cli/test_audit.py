"""The record, and clips that are returned, on the command line."""

from __future__ import annotations

import pytest

from tests.cli.test_commands import SLUG, home, relay_at, run, town  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow  # whole commands


def test_a_clip_is_returned_and_taken_back(run, town):  # noqa: F811
    clip = str(town.has_clip(name="Ольга"))
    told = run("clip", "return", clip, "--ask", "name", "--ask", "sound", "--note", "Louder!", "--as", "Анна")
    assert told.code == 0
    assert told.out.startswith(f"Clip {clip} waits for its participant. Send them this:\n")
    assert "http://127.0.0.1:8000/answer/" in told.out
    (row,) = run("clip", "list", SLUG, "--json").document
    assert (row["state"], bool(row["returned"])) == ("awaiting", True)
    assert "returned to the participant" in run("clip", "list", SLUG).out
    (listed,) = run("clip", "returned", SLUG, "--json").document
    assert (listed["asks"], listed["note"], listed["days"]) == (["name", "sound"], "Louder!", 0)
    assert "The sound is poor" in run("clip", "returned", SLUG).out
    assert run("clip", "return", clip, "--ask", "weather").code == 1
    assert run("clip", "call-off", clip, "--as", "Анна").out == f"Clip {clip} is in the queue again.\n"
    assert run("clip", "returned", SLUG).out == "No clip waits for its participant.\n"


def test_the_record_is_listed(run, town):  # noqa: F811
    clip = str(town.has_clip(name="Ольга"))
    run("clip", "reject", clip, "--as", "Анна", "--reason", "offensive")
    run("clip", "undo", clip, "--as", "Кира")
    deeds = run("audit", "list", "--campaign", SLUG, "--json").document
    assert [(deed["person"], deed["what"]) for deed in deeds] == [("Кира", "undo"), ("Анна", "reject")]
    more = run("audit", "list", "--after", deeds[0]["place"], "--limit", "1", "--json").document
    assert [deed["person"] for deed in more] == ["Анна"]
    assert "rejected" in run("audit", "list", "--person", "Анна").out
    long_ago = run("audit", "list", "--since", "2001-01-01", "--until", "2001-01-02")
    assert long_ago.out == "Nobody did anything like this.\n"
    assert run("audit", "list", "--since", "yesterday").code == 2
