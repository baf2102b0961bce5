from __future__ import annotations

import pytest
from sqlmodel import select

from relay.erasure import retention
from relay.erasure.retention import RetentionRule
from relay.models import HandIn, Post, SignInTry
from tests.erasure.scene import LaidOut
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(relay, laid_out: LaidOut, clock: FakeClock) -> LaidOut:
    with relay.transaction() as session:
        post, hand_in = session.get_one(Post, 1), session.exec(select(HandIn)).one()
        post.raw, hand_in.contact = {"text": "answer"}, "anna@example.org"
        session.add_all([post, hand_in, SignInTry(key="x", at=relay.now())])
    return laid_out


def rows(relay) -> tuple[dict[str, object], str, int]:
    with relay.reading() as session:
        tries = len(session.exec(select(SignInTry)).all())
        return session.get_one(Post, 1).raw, session.exec(select(HandIn)).one().contact, tries


def test_without_a_rule_everything_is_kept_for_ever(relay, kept: LaidOut, clock: FakeClock) -> None:
    clock.moves(days=10_000)
    assert {(one.days, one.due, one.removed) for one in retention.prune(relay)} == {(0, 0, 0)}
    assert rows(relay) == ({"text": "answer"}, "anna@example.org", 1)


@pytest.mark.parametrize("rule", RetentionRule)
def test_a_rule_takes_what_is_over_it_and_nothing_before(relay, kept: LaidOut, clock: FakeClock, rule) -> None:
    setattr(relay.settings, f"keep_{rule.value}_days", 30)
    assert {one.due for one in retention.prune(relay)} == {0}
    clock.moves(days=60)
    told = {one.rule: (one.due, one.removed) for one in retention.prune(relay, dry_run=True)}
    assert told[rule] == (1, 0)
    assert rows(relay) == ({"text": "answer"}, "anna@example.org", 1), "a dry run removes nothing"
    done = {one.rule: (one.due, one.removed) for one in retention.prune(relay)}
    assert done == {**dict.fromkeys(RetentionRule, (0, 0)), rule: (1, 1)}
    assert rows(relay) == (
        {} if rule is RetentionRule.answers else {"text": "answer"},
        "" if rule is RetentionRule.contacts else "anna@example.org",
        0 if rule is RetentionRule.logs else 1,
    )
