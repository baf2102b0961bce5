"""Every way out, in every state of the permission. What goes out is written down, and not read from the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from relay.models import FilmReach, PermissionGate, PermissionRule
from relay.permissions.rules import Permission
from tests.permissions.premiere import Premiere

pytestmark = pytest.mark.slow

State = Callable[[Premiere], object]
STRICT, TELLING = PermissionGate.override, PermissionGate.tell
BROADCAST, ABROAD = FilmReach
OF_THE_FILM = {
    "plan", "render", "preview", "played plan", "film for an editing program", "plan for an editing program",
    "export on the shelf", "list of exports", "version", "poster", "captions", "signed copy", "making a signed copy",
    "preview that was made", "asking for a sign-off", "sign-off", "sign-off's film", "sign-off's verdict", "placing",
}  # fmt: skip
WHILE_IT_IS_MADE = {"film that is watched while it is made"}
APPROVAL = {"approval"}
ALL = OF_THE_FILM | WHILE_IT_IS_MADE | APPROVAL
NONE: set[str] = set()


def then(*states: State) -> State:
    return lambda premiere: [state(premiere) for state in states]


def rule(wanted: PermissionRule) -> State:
    """The other one in the film has said yes in writing."""
    return lambda premiere: (premiere.has("permission", wanted), premiere.other_agrees())


def says(scope: str, evidence: str = "", **terms: object) -> State:
    return lambda premiere: premiere.says(scope, evidence, **terms)


def goes(*where: FilmReach) -> State:
    return lambda premiere: premiere.goes(*where)


def nothing(_premiere: Premiere) -> None:
    """The public post with the tag, and nobody has asked."""


unknown, child, overridden = Premiere.is_unknown, Premiere.is_a_child, Premiere.is_overridden
STATES: dict[str, tuple[State, set[str], set[str]]] = {
    # state → what goes out where the gate is shut, and where people are only told
    "a public post": (nothing, ALL, ALL),
    "unknown": (unknown, NONE, ALL),
    "unknown, taken upon": (then(unknown, overridden), ALL, ALL),
    "unknown, taken upon before somebody said something": (
        then(unknown, overridden, says("film"), says("refused")), NONE, APPROVAL,
    ),
    "a post where a yes is asked for": (rule(PermissionRule.asked), NONE, ALL),
    "a yes where it is asked for": (then(rule(PermissionRule.asked), says("film")), ALL, ALL),
    "a yes where it has to be written": (then(rule(PermissionRule.written), says("public")), NONE, ALL),
    "a written yes": (then(rule(PermissionRule.written), says("film", "письмо")), ALL, ALL),
    "a child": (child, NONE, ALL),
    "a child, taken upon": (then(child, overridden), ALL, ALL),
    "taken upon before it was known to be a child": (then(unknown, overridden, child), NONE, ALL),
    "a child with a guardian": (then(child, says("film", guardian="Вера")), ALL, ALL),
    "no": (says("refused"), NONE, APPROVAL),
    "the archive only": (says("archive"), APPROVAL, APPROVAL),
    "until yesterday": (Premiere.says_until_yesterday, APPROVAL, APPROVAL),
    "broadcast, not asked": (goes(BROADCAST), WHILE_IT_IS_MADE | APPROVAL, ALL),
    "broadcast, taken upon": (then(goes(BROADCAST), lambda premiere: premiere.is_overridden(BROADCAST)), ALL, ALL),
    "broadcast, agreed": (then(goes(BROADCAST), says("film", broadcast=True)), ALL, ALL),
    "not broadcast": (
        then(goes(BROADCAST), says("film", broadcast=False)), WHILE_IT_IS_MADE | APPROVAL, WHILE_IT_IS_MADE | APPROVAL,
    ),
    "not broadcast, in a film that is not": (says("film", broadcast=False, abroad=False), ALL, ALL),
    "not abroad": (
        then(goes(ABROAD), says("film", abroad=False)), WHILE_IT_IS_MADE | APPROVAL, WHILE_IT_IS_MADE | APPROVAL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("gate", [STRICT, TELLING])
@pytest.mark.parametrize("state", STATES)
def test_what_goes_out(premiere: Premiere, tmp_path: Path, state: str, gate: PermissionGate) -> None:
    change, strict, telling = STATES[state]
    premiere.has("gate", gate)
    change(premiere)
    went = {way for way, out in premiere.ways(tmp_path).items() if out}
    assert went == (strict if gate is STRICT else telling)


@pytest.mark.parametrize("state", ["unknown", "a child", "no", "until yesterday"])
def test_twin_without_the_gate_it_goes_out_by_every_way(
    premiere: Premiere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    STATES[state][0](premiere)
    monkeypatch.setattr(Permission, "stops", ())
    went = {way for way, out in premiere.ways(tmp_path).items() if out}
    assert went >= OF_THE_FILM | WHILE_IT_IS_MADE
