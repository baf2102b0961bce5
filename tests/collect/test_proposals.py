from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.collect import campaigns, hashtags, proposals
from relay.collect.hashtags import MatchKind

TITLE = "Прорыв. Голоса памяти"


@pytest.mark.parametrize(
    ("tags", "title", "proposed"),
    [
        (["#proryv80"], TITLE, ["#прорыв80"]),
        (["#прорыв80"], TITLE, ["#proryv80"]),
        (["#golosapamyati"], TITLE, ["#голосапамяти"]),
        (["#zhivaya_pamyat"], "Живая память", ["#живая_память"]),
        (["#pobeda"], TITLE, ["#победа"]),
        (["#victory"], "Victory", []),
        (["#mixЖук"], TITLE, []),
        (["#proryv80", "#прорыв80"], TITLE, []),
        (["#Ёлка"], "", ["#elka"]),
    ],
)
def test_the_tag_in_the_other_alphabet(tags: list[str], title: str, proposed: list[str]) -> None:
    assert proposals.aliases(tags, title) == proposed


@pytest.mark.parametrize(
    ("title", "tags", "slug"),
    [
        (TITLE, ["#proryv80"], "proryv80"),
        (TITLE, ["#прорыв80"], "proryv80"),
        (TITLE, [], "proryv-golosa-pamyati"),
        ("Победа", ["#李"], "pobeda"),
        ("李", ["#李"], ""),
        ("Щука съела ёжика 80 раз и ещё немножко потом", [], "shchuka-sela-ezhika-80-raz-i-esh"),
        ("Élan", [], "elan"),
    ],
)
def test_short_names(title: str, tags: list[str], slug: str) -> None:
    assert proposals.slug(title, tags) == slug


@pytest.mark.parametrize(
    ("title", "tag"),
    [
        (TITLE, "#прорывголосапамяти"),
        ("80 лет", "#80лет"),
        ("80", ""),
        ("", ""),
        ("Voices of Memory!", "#voicesofmemory"),
    ],
)
def test_a_title_as_one_tag(title: str, tag: str) -> None:
    assert proposals.tag(title) == tag


@pytest.mark.parametrize(
    ("name", "login"), [("Анна Петрова", "anna.petrova"), ("O'Hara-Щукин", "o.hara.shchukin"), ("李", ""), ("", "")]
)
def test_logins(name: str, login: str) -> None:
    assert proposals.login(name) == login


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_what_is_proposed_can_be_taken(words: str) -> None:
    slug, tag = proposals.slug(words, []), proposals.tag(words)
    assert not slug or campaigns.SLUG.fullmatch(slug)
    if tag:
        wanted = hashtags.wanted([tag], proposals.aliases([tag], words))
        hit = hashtags.match((("text", f"слово {tag} слово"),), wanted)
        assert hit is not None
        assert hit.kind is MatchKind.exact


@settings(max_examples=25)
@given(st.text("абвгдежзийклмнопрстуфхцчшщыэюя", min_size=1, max_size=20))
def test_a_romanised_name_is_known_as_a_look_alike(name: str) -> None:
    assert hashtags.romanises(name, proposals.romanised(name))
