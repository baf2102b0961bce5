"""How much a program may say at once: as much as stands at the bound, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from relay.models import ConsentScope, Role
from relay.permissions.campaign_rule import USUAL_GATE, USUAL_RULE
from relay.web.api import bodies

LETTER = "я"
TAGS, NUMBERS = ["#мга"], list(range(1, 5002))
FILM = {"name": "film"}
CAMPAIGN = {"slug": "a", "title": "A", "opens": "1", "closes": "2"}


def fits(kind: Any, value: Any) -> bool:
    """Whether a program may send the value in a body of this kind, or as a value of this type."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "most"),
    [(bodies.Line, 500), (bodies.Long, 10_000), (bodies.Slug, 64), (bodies.FilmName, 100)],
)
def test_how_long_a_text_may_be(kind, most):
    assert fits(kind, LETTER * most)
    assert not fits(kind, LETTER * (most + 1))
    assert not fits(kind, "a\0b"), "no database keeps it"


@pytest.mark.parametrize(
    ("kind", "least", "most", "step"),
    [
        (bodies.Number, 1, 2**31 - 1, 1),
        (bodies.Id, 1, 2**31 - 1, 1),
        (bodies.Seconds, 0, 86_400, 0.1),
        (bodies.CardSeconds, 0, 600, 0.1),
        (bodies.Loudness, -70, 0, 0.1),
    ],
)
def test_between_which_bounds_a_number_lies(kind, least, most, step):
    assert fits(kind, least)
    assert fits(kind, most)
    for beyond in (least - step, most + step, float("nan"), float("inf")):
        assert not fits(kind, beyond), beyond


@pytest.mark.parametrize(
    ("kind", "field", "right", "wrong", "more"),
    [
        (bodies.NewCampaign, "hashtags", [TAGS * 1, TAGS * 50], [[], TAGS * 51, TAGS[0]], CAMPAIGN),
        (bodies.NewCampaign, "aliases", [[], TAGS * 200], [TAGS * 201], {**CAMPAIGN, "hashtags": TAGS}),
        (bodies.NewSources, "addresses", [TAGS, TAGS * 2000], [[], TAGS * 2001], {}),
        (bodies.SendingBack, "ask", [TAGS, TAGS * 10], [[], TAGS * 11], {}),
        (bodies.TakingUpon, "uses", [[], ["abroad"] * 5], [["abroad"] * 6, ["moon"]], {"reason": "r"}),
        (bodies.FilmReaches, "uses", [[], ["abroad"] * 5], [["abroad"] * 6, None], {}),
        (bodies.AskingAuthor, "days", [1, 180], [0, 181], {}),
        (bodies.SignOffWish, "days", [1, 90], [0, 91], {"to": "head"}),
        (bodies.SignOffWish, "version", [0, 2**31 - 1], [-1, 2**31], {"to": "head"}),
        (bodies.PosterMoment, "version", [0, 2**31 - 1], [-1, 2**31], {"at": 1}),
        (bodies.Making, "fps", [0, 120], [-1, 121], {}),
        (bodies.Planning, "only", [None, [], NUMBERS[:5000]], [NUMBERS, [0]], {}),
        (bodies.StyleChange, "into", [dict.fromkeys(NUMBERS[:5000], "cut")], [dict.fromkeys(NUMBERS, "cut")], {}),
        (bodies.StyleChange, "captions", [["ru"] * 20], [["ru"] * 21], {}),
        (
            bodies.StyleChange, "titles",
            [{f"{n}": {"title": "A", "subtitle": "B"} for n in range(20)}],
            [{f"{n}": {"title": "A"} for n in range(21)}, {"ru": {"text": "A"}}], {},
        ),
        (bodies.CreditLines, "lines", [[], [{"role": "r"}] * 200], [[{"role": "r"}] * 201], {}),
        (bodies.NewFilm, "rules", [{f"{n}": "" for n in range(50)}], [{f"{n}": "" for n in range(51)}], FILM),
        (
            bodies.NewCard, "words",
            [{"title": LETTER * 10_000}, {"title.zh-hans": "A"}, {"a" * n: "" for n in range(1, 61)}],
            [{"title": LETTER * 10_001}, {"Title": "A"}, {"title.": "A"}, {"a" * n: "" for n in range(1, 62)}],
            {"kind": "chapter"},
        ),
        (bodies.CaptionFile, "text", ["a" * 200_000], ["a" * 200_001, "a\0"], {}),
        (bodies.PostLink, "url", ["a" * 2000], ["a" * 2001, "a\0"], {}),
        (bodies.CampaignSettings, "districts", ["a" * 50_000, None], ["a" * 50_001, "a\0"], {}),
        (bodies.CampaignSettings, "seen", [{"districts": "a" * 50_000}], [{"districts": "a" * 50_001}, {"x": ""}], {}),
        (bodies.Deciding, "verdict", ["approve", "reject", "later"], ["withdraw", "undo", ""], {}),
        (bodies.ClipTrim, "turn", ["0", 90, "180", 270, None], [45, "91", True], {}),
        (bodies.CaptionFile, "kind", ["srt", "vtt"], ["ass"], {"text": ""}),
        (bodies.PlanEdit, "where", ["opening", "closing", "free"], ["middle"], {"deed": "pin"}),
    ],
)  # fmt: skip
def test_what_a_field_takes(kind, field, right, wrong, more):
    for value in right:
        assert fits(kind, {**more, field: value}), (field, str(value)[:40])
    for value in wrong:
        assert not fits(kind, {**more, field: value}), (field, str(value)[:40])


def test_a_field_that_is_misspelt_is_no_body():
    known = [each for each in vars(bodies).values() if isinstance(each, type) and issubclass(each, bodies.Body)]
    assert len(known) > 40
    for kind in known:
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            kind.model_validate({"nmae": "Ольга"})


def test_what_is_meant_where_nothing_is_said():
    made = bodies.NewCampaign(**CAMPAIGN, hashtags=TAGS)
    assert (made.tz, made.language, made.comments, made.aliases) == ("Europe/Moscow", "", False, [])
    assert (made.permission, made.gate) == (USUAL_RULE, USUAL_GATE)
    crawl, order, account = bodies.Crawling(), bodies.ExportOrder(), bodies.NewAccount(login="gleb")
    assert (crawl.deep, crawl.comments) == (False, False)
    assert (order.to.value, order.originals, bodies.TableWish().format.value) == ("mlt", True, "csv")
    assert (account.role, account.invite, bodies.LinkWish().choose_password) == (Role.moderator, False, False)
    assert (bodies.AskingAuthor().days, bodies.SignOffWish(to="head").days) == (30, 7)
    assert (bodies.Acceptance().alias, bodies.NewFilm(name="film").all_approved) == (False, False)
    assert bodies.Making().fps == bodies.NewCard(kind="chapter").seconds == bodies.PosterMoment(at=1).version == 0
    for asked in (bodies.FilmReaches, bodies.NewRole, bodies.Settling, bodies.Switched, bodies.HandInPage):
        assert not fits(asked, {}), "somebody has to say it"
    note = bodies.ConsentNote(scope=ConsentScope.film)
    assert (note.until, note.broadcast, note.abroad, note.guardian) == (None, None, None, None), "it stays as it was"
