"""What a campaign has for its films, on the command line."""

from __future__ import annotations

import pytest

from tests.cli import test_commands as commands

pytestmark = pytest.mark.slow  # whole commands
run, home, town, relay_at = commands.run, commands.home, commands.town, commands.relay_at
FILM = ("proryv80", "film")


def test_what_a_campaign_has_for_its_films(town, run, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("x")
    for words, said in (
        (("picture", "add", "proryv80", str(file), "--source", "x"), "a.txt is not a picture"),
        (("music", "add", "proryv80", str(file), "--title", "x", "--cleared", "y"), "a.txt is not a sound"),
        (("music", "add", "proryv80", str(file), "--title", "x"), "Music is taken only with the licence"),
    ):
        told = run(*words)
        assert told.code == 1
        assert told.err.startswith(said)
    assert run("picture", "list", "proryv80", "--json").document == []
    assert run("music", "list", "proryv80", "--json").document == []
