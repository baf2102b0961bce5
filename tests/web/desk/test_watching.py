from __future__ import annotations

from dataclasses import replace

from relay.almanac.delivery.remarks import RemarkView
from relay.web.desk.watching import marks

ONE = RemarkView(1, 1, 50, 2.0, "0:02", "x", "Анна", "", None, "", None, "")


def test_marks_are_hundredths_of_the_film() -> None:
    there = [ONE, replace(ONE, id=2, until=3.0), replace(ONE, id=3, seconds=19.99, until=30.0)]
    assert [(mark.remark.id, mark.at, mark.wide) for mark in marks(there, 20.0)] == [
        (1, 10.0, 0.0),
        (2, 10.0, 5.0),
        (3, 99.95, 0.05),
    ]


def test_what_is_of_no_moment_or_of_none_of_this_film_has_no_mark() -> None:
    assert marks([replace(ONE, seconds=None), replace(ONE, here=False)], 20.0) == []
    assert marks([ONE], 0.0) == []
