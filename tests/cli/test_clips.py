"""Captions of a clip on the command line."""

from __future__ import annotations

import pytest

from relay.models import ClipState
from tests.cli import test_commands as commands

pytestmark = pytest.mark.slow  # whole commands
run, home, town, relay_at = commands.run, commands.home, commands.town, commands.relay_at
FILM = ("proryv80", "film")


@pytest.fixture
def clip(town, run):
    number = town.has_clip(name="Анна", town="Мга", state=ClipState.approved, duration=10)
    run("almanac", "new", *FILM, "--all-approved")
    return number


def test_captions_of_a_clip(clip, run, tmp_path):
    file = tmp_path / "a.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:03,000\nМы ехали.\n")
    (found,) = run("clip", "caption", str(clip), str(file), "--language", "ru", "--json").document
    assert found["cues"] == [{"from": 1.0, "to": 3.0, "text": "Мы ехали."}]
    assert "Мы ехали." in run("clip", "caption", str(clip)).out
    assert run("clip", "caption", str(clip), "--remove").code == 0
    assert run("clip", "caption", str(clip), "--json").document == []
    assert run("clip", "caption", str(clip), "--from-quote").code == 1


def test_the_list_knows_the_desk_s_filters(town, run):
    first = town.has_clip(name="Мария Журавлёва", town="Волхов", flags=("silent",))
    second = town.has_clip(town="Тосно")

    def listed(*words):
        return [row["id"] for row in run("clip", "list", "proryv80", *words, "--json").document]

    assert listed("--search", "журавлевой волхове") == listed("--flag", "silent", "--named") == [first]
    assert listed("--unnamed", "--town", "Тосно", "--consent", "-") == [second]
    assert listed("--sort", "newest") == [second, first]
    refused = run("clip", "list", "proryv80", "--since", "11.01.2023")
    assert (refused.code, "since" in refused.err) == (1, True)
