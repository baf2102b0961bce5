from __future__ import annotations

import pytest

from relay.almanac import formats
from relay.almanac.assets import film_templates, styles
from relay.almanac.assets.film_templates import read_template, template, templates
from relay.almanac.cards.kinds import KINDS
from relay.almanac.cards.themes import theme
from relay.almanac.plan import rules
from relay.errors import Refused
from relay.language.catalogue import languages


def test_there_are_templates_in_an_order_and_each_is_told_in_every_language():
    assert [one.name for one in templates()] == ["three_minutes", "portrait", "children", "stories", "many_voices"]
    for one in templates():
        assert {*one.title} == {*one.about} == {*languages()}
        assert len({*one.about.values()}) == len(languages()), f"{one.name} is not translated"


def test_each_names_rules_looks_and_cards_that_there_are():
    for one in templates():
        rules.read(one.rules)
        theme(one.style["theme"])
        formats.read(one.style["shape"])
        assert one.style.get("under", "film") in styles.UNDER
        assert {*one.asks} <= {*rules.NAMES}
        for card in one.cards:
            assert {*card.words} <= {*KINDS[card.kind].words}


@pytest.mark.parametrize(
    "wrong",
    [
        {"style": {"colour": "red"}},
        {"rules": {"order": "by heart"}},
        {"cards": [{"kind": "chapter", "at": "middle"}]},
    ],
)
def test_a_template_that_is_not_right_is_not_taken(wrong):
    whole = {"order": 1, "title": "Empty", "about": "Empty"}
    assert read_template("x", whole).rules == {}
    with pytest.raises((ValueError, Refused)):
        read_template("x", {**whole, **wrong})


def test_a_template_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(Refused) as refused:
        template("opera")
    assert refused.value.line == (
        "There is no template opera. Templates: three_minutes, portrait, children, stories, many_voices."
    )
    assert film_templates.template("portrait").asks == ("district",)
