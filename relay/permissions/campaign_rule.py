"""What a campaign takes for permission, and what becomes of a clip that lacks it, as people write it down."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from relay.errors import Refused
from relay.models import PermissionGate, PermissionRule

Choice = TypeVar("Choice", bound=StrEnum)
USUAL_RULE, USUAL_GATE = PermissionRule.public_post, PermissionGate.override
"""Of a new campaign."""


def rule_of(said: str) -> PermissionRule:
    """Empty: the usual one. Raises Refused."""
    return _chosen(said, PermissionRule, USUAL_RULE)


def gate_of(said: str) -> PermissionGate:
    """Empty: the usual one. Raises Refused."""
    return _chosen(said, PermissionGate, USUAL_GATE)


def _chosen(said: str, kind: type[Choice], usual: Choice) -> Choice:
    wanted = said.strip().casefold().replace("_", "-")
    if not wanted:
        return usual
    if wanted not in list(kind):
        raise Refused(
            "{said!r} is no rule of permission.", hint="Choose one of these: {known}.", said=said, known=", ".join(kind)
        )
    return kind(wanted)
