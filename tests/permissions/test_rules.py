from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from relay.models import ConsentScope, FilmReach, PermissionGate, PermissionRule
from relay.permissions.rules import (
    FILM,
    FOR_GOOD,
    GATES,
    GROUNDS,
    LACKS,
    RULES,
    AgreedTerms,
    Ground,
    Lack,
    PermissionFacts,
    Use,
    is_minor,
    judge,
    uses_of,
)

TODAY = date(2023, 1, 12)
POST, ASKED, WRITTEN = PermissionRule
TELL, OVERRIDE = PermissionGate
EVERYWHERE = frozenset(Use)
NOTHING = PermissionFacts()
POSTED = PermissionFacts(posted=True)


def said(scope: ConsentScope = ConsentScope.film, **terms: object) -> PermissionFacts:
    return PermissionFacts(agreement=AgreedTerms(scope, **terms))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "rule", "ground", "lacks"),
    [
        (NOTHING, POST, Ground.nothing, [Lack.unknown]),
        (POSTED, POST, Ground.post, []),
        (POSTED, ASKED, Ground.post, [Lack.unknown]),
        (POSTED, WRITTEN, Ground.post, [Lack.unknown]),
        (said(), POST, Ground.asked, []),
        (said(), ASKED, Ground.asked, []),
        (said(), WRITTEN, Ground.asked, [Lack.unknown]),
        (said(in_writing=True), WRITTEN, Ground.written, []),
        (said(ConsentScope.public), ASKED, Ground.asked, []),
        (said(ConsentScope.archive, in_writing=True), POST, Ground.written, [Lack.not_in_films]),
        (said(ConsentScope.refused), POST, Ground.nothing, [Lack.refused]),
        (replace(said(ConsentScope.refused), posted=True), POST, Ground.post, [Lack.refused]),
        (said(until=date(2023, 1, 11)), POST, Ground.asked, [Lack.ended]),
        (said(until=TODAY), POST, Ground.asked, []),
        (replace(POSTED, age="9"), POST, Ground.post, [Lack.guardian]),
        (replace(POSTED, age="18"), POST, Ground.post, []),
        (replace(NOTHING, age="14–17"), POST, Ground.nothing, [Lack.unknown, Lack.guardian]),
        (replace(said(guardian="Вера"), age="9"), POST, Ground.asked, []),
        (said(minor=True), POST, Ground.asked, [Lack.guardian]),
    ],
)
def test_what_is_lacking_for_a_film(facts, rule, ground, lacks):
    found = judge(facts, rule, OVERRIDE, FILM, TODAY)
    assert (found.ground, list(found.lacks)) == (ground, lacks)
    assert found.passes is (not lacks)


@pytest.mark.parametrize(
    ("facts", "use", "lacks"),
    [
        (POSTED, Use.broadcast, [Lack.broadcast]),
        (POSTED, Use.abroad, [Lack.abroad]),
        (said(), Use.broadcast, [Lack.broadcast]),
        (said(broadcast=True), Use.broadcast, []),
        (said(broadcast=False), Use.broadcast, [Lack.not_broadcast]),
        (said(abroad=True), Use.abroad, []),
        (said(abroad=False), Use.abroad, [Lack.not_abroad]),
        (said(ConsentScope.archive), Use.archive, []),
        (said(ConsentScope.archive), Use.broadcast, [Lack.not_in_films]),
        (said(archive=False), Use.archive, [Lack.not_kept]),
        (said(archive=False), Use.film, []),
        (said(broadcast=False, abroad=False), Use.film, []),
    ],
)
def test_each_way_of_use_is_asked_by_itself(facts, use, lacks):
    assert list(judge(facts, POST, OVERRIDE, {use}, TODAY).lacks) == lacks


def test_a_gate_that_tells_lets_pass_what_nobody_was_asked_and_nothing_that_somebody_has_refused():
    for lack, facts in (
        (Lack.unknown, NOTHING),
        (Lack.guardian, replace(POSTED, age="9")),
        (Lack.refused, said(ConsentScope.refused)),
        (Lack.ended, said(until=date(2020, 1, 1))),
        (Lack.not_in_films, said(ConsentScope.archive)),
    ):
        told = judge(facts, POST, TELL, FILM, TODAY)
        assert told.lacks == (lack,), "it is told in any case"
        assert told.passes is (lack not in FOR_GOOD)
        assert not judge(facts, POST, OVERRIDE, FILM, TODAY).passes


def test_an_override_opens_what_was_not_asked_and_nothing_that_somebody_has_refused():
    everything = frozenset(Lack)
    child = PermissionFacts(age="9", overridden=frozenset({Lack.unknown}))
    found = judge(child, POST, OVERRIDE, FILM, TODAY)
    assert (found.stops, found.overridden) == ((Lack.guardian,), {Lack.unknown})
    assert judge(replace(child, overridden=everything), POST, OVERRIDE, FILM, TODAY).passes
    for facts in (said(ConsentScope.refused), said(ConsentScope.archive), said(until=date(2020, 1, 1))):
        assert not judge(replace(facts, overridden=everything), POST, OVERRIDE, FILM, TODAY).passes


def test_twin_without_the_list_of_what_is_closed_an_override_would_open_a_no(monkeypatch):
    monkeypatch.setattr("relay.permissions.rules.FOR_GOOD", frozenset())
    facts = replace(said(ConsentScope.refused), overridden=frozenset(Lack))
    assert judge(facts, POST, OVERRIDE, FILM, TODAY).passes


@pytest.mark.parametrize(
    ("age", "is_child"),
    [("", False), ("9", True), ("17", True), ("18", False), ("60+", False), ("0–13", True), ("12 лет", True)],
)
def test_whoever_is_under_18_by_the_first_number_of_an_age(age, is_child):
    assert is_minor(age) is is_child


def test_a_film_is_shown_wherever_else_it_goes():
    assert uses_of([]) == FILM
    assert uses_of(FilmReach) == {Use.film, Use.broadcast, Use.abroad}


def test_everything_has_its_words():
    assert (set(LACKS), set(GROUNDS), set(RULES), set(GATES)) == (
        set(Lack),
        set(Ground),
        set(PermissionRule),
        set(PermissionGate),
    )
    assert uses_of(FilmReach) <= EVERYWHERE
