"""Nobody needs a terminal: whatever `relay` does, programs can do by the API, and people in a browser."""

from __future__ import annotations

import pytest
import typer

from tests.cli.test_recording import command
from tests.web.places import (
    API,
    DESK,
    NOT_AT_THE_DESK,
    NOT_FOR_PROGRAMS,
    names,
    operations_of,
    out_of_place,
    pages_of,
)


@pytest.mark.slow
def test_every_command_has_an_operation_or_a_reason_for_none(app):
    assert out_of_place(set(names(command())), API, NOT_FOR_PROGRAMS, operations_of(app)) == []


@pytest.mark.slow
def test_every_command_has_a_page_or_a_reason_for_none(app):
    assert out_of_place(set(names(command())), DESK, NOT_AT_THE_DESK, pages_of(app)) == []


def test_twin_a_new_command_without_a_place_is_noticed():
    new = typer.Typer()
    for name in ("begin", "end"):
        new.command(name)(lambda: None)
    new.command("inner", hidden=True)(lambda: None)
    commands = set(names(typer.main.get_group(new)))
    assert commands == {"begin", "end"}
    assert out_of_place(commands, {"begin": ("GET /begin",)}, {}, {"GET /begin"}) == ["relay end has no place"]


@pytest.mark.parametrize(
    ("places", "reasons", "wrong"),
    [
        ({"begin": ("GET /begin",)}, {}, ["relay begin is not at GET /begin"]),
        ({"begin": ()}, {}, ["relay begin says nothing"]),
        ({}, {"begin": ""}, ["relay begin says nothing"]),
        ({"begin": ("GET /",)}, {"begin": "why"}, ["relay begin has a place and an excuse"]),
        ({"begin": ("GET /",), "end": ("GET /",)}, {}, ["relay end is no command"]),
    ],
)
def test_twin_a_list_that_is_not_true_is_noticed(places, reasons, wrong):
    assert out_of_place({"begin"}, places, reasons, {"GET /"}) == wrong
