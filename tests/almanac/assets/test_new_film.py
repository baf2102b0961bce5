from __future__ import annotations

import pytest

from relay.almanac.assets import cards, new_film, quotes, styles
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Clip, ClipState
from tests.moderation.town import Town

pytestmark = pytest.mark.slow
SLUG = "proryv80"


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for number, (name, age, district) in enumerate(
        [("Анна", "9", "Волховский район"), ("Глеб", "45", "Волховский район"), ("Дина", "16", "Лужский район")]
    ):
        clip = town.has_clip(name=name, state=ClipState.approved, duration=10 + number)
        with relay.transaction() as session:
            row = session.get_one(Clip, clip)
            row.age, row.district = age, district
    return town


def order(relay: Relay, name: str) -> list[int]:
    return [one.clip for one in queries.show(relay, SLUG, name).segments]


def test_a_districts_portrait_is_made_of_those_who_live_there_with_the_place_in_front(relay: Relay, town: Town):
    film = new_film.new(
        relay, SLUG, template="portrait", title="Волхов", subtitle="Голоса", person="boris",
        given={"district": "Волховский район"},
    )  # fmt: skip
    assert (film.name, order(relay, "Волхов")) == ("Волхов", [1, 2])
    look = styles.show(relay, SLUG, "Волхов")
    assert (look.theme, look.subtitle, look.credits) == ("paper", "Голоса", "film")
    assert (look.width, look.height) == (1920, 1080)
    assert [(one.kind, one.before, one.words) for one in cards.listing(relay, SLUG, "Волхов")] == [
        ("place", 1, {"place": "Волховский район"})
    ]


def test_children_are_named_by_their_first_names_and_stories_stand_upright(relay: Relay, town: Town):
    new_film.new(relay, SLUG, "children", template="children", person="boris")
    new_film.new(relay, SLUG, "stories", template="stories", person="boris")
    assert (order(relay, "children"), styles.show(relay, SLUG, "children").children) == ([1, 3], "first")
    upright = styles.show(relay, SLUG, "stories")
    assert (upright.width, upright.height, upright.framing) == (1080, 1920, "faces")


def test_a_card_takes_the_campaigns_first_quote_where_there_is_one(relay: Relay, town: Town):
    new_film.new(relay, SLUG, "without", template="three_minutes", person="boris")
    quotes.add(relay, SLUG, "Мы выстоим.", author="Мария")
    new_film.new(relay, SLUG, "with", template="three_minutes", person="boris")
    assert cards.listing(relay, SLUG, "without") == []
    assert [(one.kind, one.before, one.words["text"]) for one in cards.listing(relay, SLUG, "with")] == [
        ("quote", order(relay, "with")[0], "Мы выстоим.")
    ]


def test_a_rule_is_said_instead_of_the_templates_or_lifted(relay: Relay, town: Town):
    given = {"order": "length", "longest": "", "district": "Лужский район"}
    new_film.new(relay, SLUG, "film", template="portrait", given=given, person="boris")
    kept = queries.show(relay, SLUG, "film").rules
    assert (kept["order"], "longest" in kept, order(relay, "film")) == ("length", False, [3])


def test_a_film_waits_while_nothing_is_approved(relay: Relay):
    Town(relay).has_clip()
    film = new_film.new(relay, SLUG, "film", template="three_minutes", person="boris")
    assert order(relay, film.name) == []
    assert queries.show(relay, SLUG, "film").rules["length"] == "3:00"


def test_names_come_from_titles_and_never_twice(relay: Relay, town: Town):
    names = [new_film.new(relay, SLUG, title="Вечер / 18 января?", person="b").name for _ in range(3)]
    assert names == ["Вечер 18 января", "Вечер 18 января 2", "Вечер 18 января 3"]
    assert new_film.new(relay, SLUG, person="b").name == "Прорыв. Голоса памяти"
    assert new_film.free_name(relay, SLUG, "../..") == "proryv80"
    assert len(new_film.new(relay, SLUG, title="ы" * 300, person="b").name) <= queries.NAME_LENGTH


def test_what_a_template_asks_for_has_to_be_said_and_nothing_is_made(relay: Relay, town: Town):
    with pytest.raises(Refused, match=r"^This template asks for a district\."):
        new_film.new(relay, SLUG, "film", template="portrait", person="b")
    with pytest.raises(Refused, match=r"^There is no template opera\."):
        new_film.new(relay, SLUG, "film", template="opera", person="b")
    with pytest.raises(Refused, match=r"^The rule longest can't be soon\."):
        new_film.new(relay, SLUG, "film", given={"longest": "soon"}, person="b")
    with pytest.raises(NotFound):
        new_film.new(relay, "other", "film", person="b")
    assert queries.listing(relay, SLUG) == []


def test_districts_are_those_of_the_clips(relay: Relay, town: Town):
    assert new_film.districts(relay, SLUG) == ["Волховский район", "Лужский район"]
