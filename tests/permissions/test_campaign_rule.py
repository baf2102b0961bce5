"""What a campaign takes for permission, as people write it."""

from __future__ import annotations

import pytest

from relay.errors import Refused
from relay.models import PermissionGate, PermissionRule
from relay.permissions.campaign_rule import USUAL_GATE, USUAL_RULE, gate_of, rule_of


@pytest.mark.parametrize("rule", PermissionRule)
def test_a_rule_is_read_however_it_is_written(rule):
    for written in (rule.value, rule.value.upper(), f"  {rule.value.replace('-', '_')} "):
        assert rule_of(written) is rule


@pytest.mark.parametrize("gate", PermissionGate)
def test_so_is_a_gate(gate):
    assert gate_of(f" {gate.value.upper()}\n") is gate


def test_nothing_is_the_usual_one():
    for nothing in ("", "  "):
        assert (rule_of(nothing), gate_of(nothing)) == (USUAL_RULE, USUAL_GATE)
    assert USUAL_RULE is PermissionRule.public_post, "a public post with the tag is a permission"
    assert USUAL_GATE is PermissionGate.override, "without one somebody has to answer for it by name"


def test_what_is_no_rule_is_told_with_those_that_are():
    with pytest.raises(Refused, match="'maybe' is no rule of permission") as wrong:
        rule_of("maybe")
    assert all(rule in str(wrong.value.words["known"]) for rule in PermissionRule)
    with pytest.raises(Refused):
        gate_of(PermissionRule.public_post)
