"""What a decision asks of the database: counted, because counts are the same on every machine (scripts/bench desk)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from relay.models import Clip, Question
from relay.records import leads_to

pytestmark = pytest.mark.slow

OF_A_PAGE, OF_A_DECISION = 59, 29
"""Two of a page's ask which texts are read in the clip, and whether anybody has listened to it; two are its captions
and what was heard. Three of a decision's are its link: the row, the link before it, and the link itself.
"""
FEW = re.compile(r"FROM (claim|question|mending|secondlook) JOIN clip")


@contextmanager
def asked(relay) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, values, *_more) -> None:
        said.append((statement, values))

    event.listen(relay.store.engine, "before_cursor_execute", note)
    yield said
    event.remove(relay.store.engine, "before_cursor_execute", note)


def plan(relay, statement: str, values: Any) -> str:
    """How SQLite goes about it."""
    with relay.reading() as session:
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(row[3] for row in rows)


def test_a_clips_page_and_a_decision_ask_no_more_than_they_need(relay, town, anna):
    clip, _next = town.has_clip(), town.has_clip()
    anna.sends(f"/clips/{clip}/claim")  # and so the form's token is known
    with asked(relay) as of_page:
        assert anna.get(f"/clips/{clip}").status_code == 200
    with asked(relay) as of_decision:
        assert anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting").status_code == 303
    assert len(of_page) <= OF_A_PAGE, of_page
    assert len(of_decision) <= OF_A_DECISION, of_decision


def test_numbers_beside_the_queue_do_not_go_through_all_clips(relay, town, anna):
    if relay.store.path is None:
        pytest.skip("a plan of SQLite")
    clip = town.has_clip()
    with asked(relay) as said:
        anna.get(f"/clips/{clip}")
        anna.get("/campaigns/proryv80/live?once=true")
    few = [one for one in said if FEW.search(" ".join(one[0].split()))]
    assert len(few) >= 5
    assert [one[0] for one in few if "ix_clip" in plan(relay, *one)] == []


@pytest.mark.parametrize(("condition", "through_all"), [(col(Clip.campaign_id) == 1, True), (leads_to(1), False)])
def test_twin_without_the_condition_sqlite_begins_with_the_clips(relay, town, condition, through_all):
    if relay.store.path is None:
        pytest.skip("a plan of SQLite")
    town.has_clip()
    unanswered = (
        select(Question.id)
        .join(Clip, col(Clip.id) == col(Question.clip_id))
        .where(condition, col(Question.answered_at).is_(None))
    )
    with asked(relay) as said, relay.reading() as session:
        session.exec(unanswered).all()
    assert ("ix_clip" in plan(relay, *said[0])) is through_all
