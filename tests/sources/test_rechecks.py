from __future__ import annotations

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.ports import PostRef, RecheckResult
from relay.sources.rechecks import one_by_one

POSTS = [PostRef("-1", str(number), f"https://example.org/{number}") for number in range(1, 8)]


class Pages:
    """Answers page by page: `x` could not be had, `c` is closed, `r` is refused, anything else is there."""

    def __init__(self, answers: str) -> None:
        self.answers, self.asked = answers, 0

    def __call__(self, known: PostRef) -> RecheckResult:
        answer = self.answers[self.asked]
        self.asked += 1
        if answer == "x":
            raise TryLater("It does not answer.", requests=2)
        if answer == "c":
            raise Closed("It is closed.", gone=False)
        if answer == "r":
            raise Refused("It is no page.")
        return RecheckResult(known)


def read(answers: str) -> list[RecheckResult]:
    return list(one_by_one(POSTS[: len(answers)], Pages(answers)))


def test_every_post_has_its_answer_in_its_place():
    found = read("..c.r.")
    assert [each.ref for each in found] == POSTS[:6]
    assert [each.unclear for each in found] == ["", "", "It is closed.", "", "It is no page.", ""]
    assert all(each.lost == "" for each in found)


def test_trouble_with_one_page_is_that_pages_and_what_it_cost_is_counted():
    found = read("..xx.xx")
    assert [each.unclear for each in found] == ["", "", *["It does not answer."] * 2, "", *["It does not answer."] * 2]
    assert [each.requests for each in found] == [1, 1, 2, 2, 1, 2, 2]


@pytest.mark.parametrize(("answers", "asked"), [("xxx....", 3), ("..xxx..", 5), (".xx.xxx", 7), ("xcxrx..", 5)])
def test_three_pages_in_a_row_are_the_networks_trouble(answers, asked):
    """Pages that are closed say nothing about the network, neither that it works nor that it doesn't."""
    pages = Pages(answers)
    with pytest.raises(TryLater):
        list(one_by_one(POSTS, pages))
    assert pages.asked == asked


@pytest.mark.parametrize("answers", ["x", "xx"])
def test_where_there_are_fewer_than_three_all_of_them_are(answers):
    with pytest.raises(TryLater):
        read(answers)
    assert len(read("x.")) == 2


def test_no_post_no_question():
    assert list(one_by_one([], Pages(""))) == []
