from __future__ import annotations

import pytest
import typer
from typer.main import get_command

from relay.cli import app
from relay.cli.terminal.narrowed import narrowed


def commands(part: typer.Typer) -> list[str]:
    def below(command: object, name: str) -> list[str]:
        inner = getattr(command, "commands", None)
        return [name] if inner is None else [each for word in inner for each in below(inner[word], f"{name} {word}")]

    return below(get_command(part), "relay")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["campaign", "list", "--json"], ["relay campaign list"]),
        (["campaign", "credit", "list", "proryv80"], ["relay campaign credit list"]),
        (["crawl", "proryv80"], ["relay crawl"]),
        (["campaign", "bring-back", "x"], ["relay campaign bring-back"]),
    ],
)
def test_only_what_the_line_names_is_made(words: list[str], left: list[str]) -> None:
    assert commands(narrowed(app, words)) == left


@pytest.mark.parametrize("words", [[], ["--version"], ["campain", "list"], ["-x", "campaign"]])
def test_where_it_names_nothing_all_is_there(words: list[str]) -> None:
    assert narrowed(app, words) is app


@pytest.mark.slow
def test_behind_a_slip_all_of_the_group_is_there() -> None:
    left = commands(narrowed(app, ["campaign", "lits"]))
    assert left == [name for name in commands(app) if name.startswith("relay campaign ")]


@pytest.mark.slow
def test_the_whole_stays_as_it_was() -> None:
    before = commands(app)
    narrowed(app, ["campaign", "list"])
    assert commands(app) == before


@pytest.mark.slow
def test_each_command_is_the_same_alone_as_among_all() -> None:
    for name in commands(app):
        assert commands(narrowed(app, name.split()[1:])) == [name]
