"""The one list of cards between clips: whoever adds a kind finds here what follows from its line."""

from __future__ import annotations

from dataclasses import replace
from typing import get_type_hints

import pytest

from relay.almanac.cards import kinds
from relay.almanac.cards.between import Between, Photo, PlacedCard, TakesFrom
from relay.almanac.cards.kinds import KINDS, chapter
from relay.almanac.cards.kinds.title import TitleCard
from relay.almanac.film import cut
from relay.almanac.formats import House
from relay.cli.almanac import cards as command
from relay.models import CardKind
from tests.almanac.film.test_cut import film, said, take
from tests.almanac.painting import Painter

MOTTO = replace(
    chapter.DESIGN,
    name="motto",
    words=("text",),
    needs="text",
    refusal="A motto card needs a text.",
    place=lambda card, house: PlacedCard(TitleCard(card.words["text"]), 2.0),
    divides=False,
)


@pytest.fixture
def motto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.KINDS, MOTTO.name, MOTTO)  # type: ignore[arg-type] # a dict, though nobody may write to it
    monkeypatch.setattr(cut, "CardRenderer", Painter)


def test_each_kind_stands_under_its_name_and_needs_a_word_that_it_has() -> None:
    for name, design in KINDS.items():
        assert design.name == name
        assert design.needs in design.words


def test_only_what_shows_a_picture_takes_one() -> None:
    photo = Photo("a" * 64, 100, 300, lambda: pytest.fail("a picture is decoded when it is drawn"))
    for name, design in KINDS.items():
        placed = design.place(Between(name, {word: word for word in design.words}, photo=photo), House())
        assert placed is not None
        assert (placed.photo is photo) == (design.takes_from is TakesFrom.pictures)


def test_the_command_names_every_kind() -> None:
    kind = get_type_hints(command.add, include_extras=True)["kind"]
    assert [name for name in KINDS if name not in kind.__metadata__[0].help] == []


@pytest.mark.usefixtures("motto")
def test_a_new_kind_is_in_the_film_by_its_line_in_the_list() -> None:
    made = film(take(before=(Between("motto", {"text": "Помним"}),)))
    assert said(made.compositions[1].layer) == ("title", "Помним", "", "")
    assert made.compositions[1].frames == 50


def test_the_database_knows_the_kinds_that_can_be_drawn() -> None:
    assert set(KINDS) == set(CardKind)
