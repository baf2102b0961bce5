from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from relay.errors import Refused
from relay.models import ClipState
from relay.moderation.finding.clip_filter import Agreed, Came, ClipFilter, ClipOrder, FrameShape
from relay.search import filters

WHOLE = ClipFilter(
    q="письмо & «мир»",
    state=(ClipState.awaiting, ClipState.later),
    town=("Лодейное Поле", filters.UNKNOWN),
    source=(3,),
    shape=(FrameShape.upright,),
    consent=(Agreed.unknown,),
    came=Came.handed_in,
    named=False,
    doubtful=True,
    min=2.5,
    max=60.0,
    since=date(2023, 1, 11),
    sort=ClipOrder.longest,
)


def test_a_filter_comes_back_out_of_the_address_that_it_makes():
    pairs = filters.pairs(WHOLE)
    assert filters.parsed(ClipFilter, pairs) == WHOLE
    assert ("min", "2.5") in pairs
    assert ("named", "false") in pairs
    assert filters.query(ClipFilter()) == ""


def test_what_is_empty_or_of_something_else_is_left_out():
    given = [("q", "  "), ("lang", "ru"), ("after", "7"), ("state", "later"), ("state", "later"), ("max", "9")]
    assert filters.query(filters.parsed(ClipFilter, given)) == "state=later&max=9"


def test_a_filter_with_another_value_for_a_field():
    assert filters.query(ClipFilter(q="а", state=(ClipState.later,)), state=()) == "q=%D0%B0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("state", "lost"), ("named", "perhaps"), ("min", "-1"), ("min", "nan"), ("max", "1e999"), ("sort", "best")),
        *(("since", "11.01.2023"), ("until", "9999-12-31"), ("source", "0"), ("source", str(2**31)), ("q", "a" * 201)),
    ],
)
def test_a_value_that_nobody_knows_is_refused_by_name(name, value):
    with pytest.raises(Refused, match=name):
        filters.parsed(ClipFilter, [(name, value)])


def test_no_sign_that_a_database_refuses_comes_through():
    assert filters.parsed(ClipFilter, [("town", "Мга\0\u202e")]).town == ("Мга",)


def test_days_are_those_of_the_campaign():
    day = date(2023, 1, 11)
    assert filters.begins(day, "Europe/Moscow") == datetime(2023, 1, 10, 21, tzinfo=UTC)
    assert filters.ends(day, "Europe/Moscow") == datetime(2023, 1, 11, 21, tzinfo=UTC)
