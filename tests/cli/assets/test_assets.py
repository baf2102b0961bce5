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


def test_who_stands_behind_the_films(town, run, tmp_path):
    file = tmp_path / "sign.svg"
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>x</text></svg>')
    assert run("emblem", "add", "proryv80", str(file)).err.startswith("The drawing sign.svg has words in it")
    assert run("emblem", "remove", "proryv80", "1").code == 1
    for role, name in (("Организаторы", "Библиотека"), ("Партнёры", "Газета")):
        assert name in run("campaign", "credit", "add", "proryv80", "--role", role, "--name", name).out
    run("campaign", "credit", "move", "proryv80", "2", "--to", "1")
    lines = run("campaign", "credit", "list", "proryv80", "--json").document["lines"]
    assert [line["name"] for line in lines] == ["Газета", "Библиотека"]
    run("almanac", "new", *FILM)
    run("almanac", "credit", "remove", *FILM, "1")
    run("almanac", "credit", "add", *FILM, "--role", "Партнёры", "--name", "Музей")
    run("almanac", "credit", "move", *FILM, "2", "--to", "1")
    own = run("almanac", "credit", "list", *FILM, "--json").document
    assert (own["own"], [line["name"] for line in own["lines"]]) == (True, ["Музей", "Библиотека"])
    run("almanac", "credit", "reset", *FILM)
    assert run("almanac", "credit", "list", *FILM, "--json").document["own"] is False
    assert run("campaign", "credit", "remove", "proryv80", "3").code == 1
    run("campaign", "credit", "remove", "proryv80", "1")
    assert len(run("campaign", "credit", "list", "proryv80", "--json").document["lines"]) == 1


def test_what_no_film_needs_is_thrown_away(town, run):
    run("quote", "add", "proryv80", "Мы выстоим.")
    assert run("quote", "remove", "proryv80", "1").code == 0
    assert run("quote", "list", "proryv80", "--json").document == []
    for what in ("picture", "music", "emblem"):
        assert run(what, "remove", "proryv80", "7").code == 1


def test_a_film_begins_with_a_template(town, run):
    known = [one["name"] for one in run("almanac", "templates", "--json").document]
    assert known == ["three_minutes", "portrait", "children", "stories", "many_voices"]
    assert "portrait" in run("almanac", "templates").out
    assert run("almanac", "new", *FILM, "--template", "stories").code == 0
    assert run("almanac", "style", *FILM, "--json").document["width"] == 1080
    run("almanac", "style", *FILM, "--language", "fr", "--children", "first", "--accent", "#f2c96b")
    shown = run("almanac", "style", *FILM, "--json").document
    assert (shown["language"], shown["children"], shown["accent"]) == ("fr", "first", "#f2c96b")
    assert run("almanac", "new", "proryv80", "other", "--template", "portrait").err.startswith("This template asks")
