"""Looks of films on the command line: themes and style."""

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


def test_themes_are_listed_for_people_and_programs(run):
    listed = run("almanac", "themes", "--json").document
    assert [row["name"] for row in listed] == ["night", "paper", "granite", "ice"]
    assert listed[1]["title"] == {"ru": "Бумага", "en": "Paper", "fr": "Papier"}
    assert "paper" in run("almanac", "themes").out


def test_a_style_is_set_and_shown(clip, run):
    set_ = (
        "--theme",
        "ice",
        "--format",
        "9:16",
        "--size",
        "720",
        "--captions",
        "ru,en",
        "--burn",
        "ru",
        "--into",
        f"{clip}=dip",
    )
    assert run("almanac", "style", *FILM, *set_, "--as", "Борис").code == 0
    shown = run("almanac", "style", *FILM, "--json").document
    assert (shown["theme"], shown["width"], shown["height"]) == ("ice", 720, 1280)
    assert (shown["captions"], shown["burn"], shown["into"]) == (["ru", "en"], "ru", {str(clip): "dip"})
    told = run("almanac", "style", *FILM, "--theme", "gold")
    assert (told.code, told.err.strip()) == (1, "There is no theme gold. Themes: night, paper, granite, ice.")
    assert run("almanac", "style", *FILM, "--into", "x").code == 2
    assert run("almanac", "render", *FILM, "--format", "2:1").err.startswith("There is no format 2:1.")
