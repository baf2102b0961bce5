"""Looks of films on the command line: themes, style, cards, quotes, captions."""

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
    assert listed[1]["title"] == {"ru": "Бумага", "en": "Paper"}
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


def test_cards_from_the_selection(clip, run, tmp_path):
    table = tmp_path / "q.csv"
    table.write_text("number,text,author,link\n7,Мы выстоим.,Мария,https://www.prlib.ru/7\n")
    assert run("quote", "import", "proryv80", str(table), "--json").document == {"added": 1, "changed": 0, "same": 0}
    assert run("quote", "add", "proryv80", "Лёд трещал.", "--author", "Ольга").code == 0
    assert [row["number"] for row in run("quote", "list", "proryv80", "--json").document] == ["7", "8"]
    run("almanac", "card", "add", *FILM, "quote", "--quote", "7", "--before", str(clip))
    (card,) = run("almanac", "card", "list", *FILM, "--json").document
    assert (card["kind"], card["before"], card["words"]["author"]) == ("quote", clip, "Мария")
    assert "Мы выстоим." in run("almanac", "card", "list", *FILM).out
    assert run("almanac", "card", "remove", *FILM, str(card["id"])).code == 0
    assert run("almanac", "card", "list", *FILM, "--json").document == []


def test_captions_of_a_clip(clip, run, tmp_path):
    file = tmp_path / "a.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:03,000\nМы ехали.\n")
    (found,) = run("clip", "caption", str(clip), str(file), "--language", "ru", "--json").document
    assert found["cues"] == [{"from": 1.0, "to": 3.0, "text": "Мы ехали."}]
    assert "Мы ехали." in run("clip", "caption", str(clip)).out
    assert run("clip", "caption", str(clip), "--remove").code == 0
    assert run("clip", "caption", str(clip), "--json").document == []
    assert run("clip", "caption", str(clip), "--from-quote").code == 1


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
