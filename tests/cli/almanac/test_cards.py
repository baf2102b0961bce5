"""Cards between clips on the command line."""

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


def test_cards_are_written_moved_and_brought_back(clip, run):
    run("almanac", "card", "add", *FILM, "place", "--place", "Кобона", "--date", "18 января", "--before", str(clip))
    run("almanac", "card", "edit", *FILM, "1", "--word", "date=", "--word", "place.fr=Kobona", "--seconds", "6")
    run("almanac", "card", "move", *FILM, "1")
    (card,) = run("almanac", "card", "list", *FILM, "--json").document
    assert (card["words"], card["before"], card["seconds"]) == ({"place": "Кобона", "place.fr": "Kobona"}, None, 6.0)
    assert "moved a card" in run("almanac", "card", "undo", *FILM).out
    (card,) = run("almanac", "card", "list", *FILM, "--json").document
    assert card["before"] == clip
    assert run("almanac", "card", "edit", *FILM, "1", "--word", "date").code == 2
    assert run("almanac", "card", "edit", *FILM, "9", "--word", "place=x").code == 1
