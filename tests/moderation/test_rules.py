from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relay.models import ClipState, Decision, Role, Verdict
from relay.moderation import rules
from relay.moderation.rules import Refusal, Right

A, P, R, L, W = ClipState.awaiting, ClipState.approved, ClipState.rejected, ClipState.later, ClipState.withdrawn
AT = datetime(2023, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "approve", "reject", "later", "withdraw"),
    [
        (A, P, R, L, W),
        (P, None, R, L, W),
        (R, P, None, L, W),
        (L, P, R, None, W),
        (W, None, None, None, None),
    ],
)
def test_every_state_and_verdict(state, approve, reject, later, withdraw):
    for verdict, target in (
        (Verdict.approve, approve),
        (Verdict.reject, reject),
        (Verdict.later, later),
        (Verdict.withdraw, withdraw),
        (Verdict.undo, None),
    ):
        outcome = rules.move(state, verdict, "a reason")
        assert isinstance(outcome, Refusal) if target is None else outcome is target, (state, verdict)


@pytest.mark.parametrize("verdict", [Verdict.reject, Verdict.withdraw])
def test_some_verdicts_need_a_reason(verdict):
    refusal = rules.move(A, verdict, "")
    assert isinstance(refusal, Refusal)
    assert "reason" in refusal.line
    assert "duplicate" in refusal.words["codes"]


def test_who_may_do_what():
    table = {
        Role.organizer: set(Right),
        Role.moderator: {Right.enter, Right.view, Right.decide, Right.edit},
        Role.editor: {Right.enter, Right.view, Right.almanac},
        Role.viewer: {Right.enter, Right.view},
    }
    for role in Role:
        for right in Right:
            assert rules.may(role, right) == (right in table[role]), (role, right)


def test_a_moderator_can_not_take_back_a_participants_withdrawal():
    assert not rules.may(Role.moderator, rules.right_to_undo(Verdict.withdraw))
    assert rules.may(Role.organizer, rules.right_to_undo(Verdict.withdraw))
    assert rules.may(Role.moderator, rules.right_to_undo(Verdict.reject))


def decision(number: int, verdict: Verdict, undoes: int | None = None) -> Decision:
    return Decision(id=number, clip_id=1, verdict=verdict, from_state=A, to_state=P, person="", undoes=undoes, at=AT)


@pytest.mark.parametrize(
    ("made", "standing"),
    [
        ([], None),
        ([decision(1, Verdict.approve)], 1),
        ([decision(1, Verdict.approve), decision(2, Verdict.reject)], 2),
        ([decision(1, Verdict.approve), decision(2, Verdict.undo, 1)], None),
        ([decision(1, Verdict.approve), decision(2, Verdict.reject), decision(3, Verdict.undo, 2)], 1),
        ([decision(1, Verdict.approve), decision(2, Verdict.undo, 1), decision(3, Verdict.later)], 3),
    ],
)
def test_the_decision_that_still_counts(made, standing):
    last = rules.standing(made)
    assert (last and last.id) == standing


@pytest.mark.parametrize(
    ("code", "note", "kept", "shown"),
    [
        ("duplicate", "", "duplicate", ("Duplicate of another clip", "")),
        ("duplicate", " see  12 ", "duplicate: see 12", ("Duplicate of another clip", "see 12")),
        ("other", "wrong war", "wrong war", ("", "wrong war")),
        ("", "note: with a colon", "note: with a colon", ("", "note: with a colon")),
        ("other", "", "", ("", "")),
    ],
)
def test_reasons_are_kept_and_read_back(code, note, kept, shown):
    assert rules.compose(code, note) == kept
    assert rules.dissect(kept) == shown


@pytest.mark.parametrize(("signs", "kept"), [(499, 499), (500, 500), (501, 500), (9000, 500)])
def test_a_reason_has_five_hundred_signs_at_most(signs, kept):
    assert len(rules.compose("", "а" * signs)) == kept
    assert rules.compose("duplicate", "а" * signs) == f"duplicate: {'а' * kept}"


def test_each_refusal_says_which_it_is():
    lines = [
        rules.move(*which).line for which in ((W, Verdict.approve, "x"), (P, Verdict.undo, "x"), (P, Verdict.approve))
    ]
    assert [line.split()[-1] for line in lines] == ["participant.", "own.", "verdict."]
    needed = rules.move(A, Verdict.reject)
    assert needed.words == {"codes": ", ".join(rules.REASONS)}
    assert "{codes}" in needed.hint


@pytest.mark.parametrize("verdict", [Verdict.approve, Verdict.reject, Verdict.later, Verdict.undo])
def test_whoever_may_decide_may_take_a_decision_back(verdict):
    assert rules.right_to_undo(verdict) is Right.decide
    assert rules.right_to_undo(Verdict.withdraw) is Right.withdraw
