"""What a verdict does to a clip, what has to be said with it, and who may do what. Pure: data in, data out.

```
awaiting ──▶ approved | rejected | later        a moderator may change a verdict at any time
anything ──▶ withdrawn                          the participant's word; final, save for `undo`
```

A clip whose post is gone is in doubt beside its state: a person confirms the withdrawal, or keeps the clip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from relay.language.text import one_line
from relay.models import ClipState, Decision, Doubt, Role, Verdict

LONGEST_REASON = 500


class Right(StrEnum):
    """`enter`: to be at the desk at all, as everybody with an account is. `people`: to manage others' accounts.
    `lead`: to open campaigns and change their settings.
    """

    enter = "enter"
    view = "view"
    decide = "decide"
    edit = "edit"
    almanac = "almanac"
    overrule = "overrule"
    withdraw = "withdraw"
    audit = "audit"
    lead = "lead"
    people = "people"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.organizer: frozenset(Right),
    Role.moderator: frozenset({Right.enter, Right.view, Right.decide, Right.edit}),
    Role.editor: frozenset({Right.enter, Right.view, Right.almanac}),
    Role.viewer: frozenset({Right.enter, Right.view}),
}

REASONS: Mapping[str, str] = {
    "off_topic": "Not about the topic",
    "no_reading": "Nothing is read aloud",
    "bad_quality": "Picture or sound too poor",
    "offensive": "Offensive",
    "not_own": "Somebody else's video",
    "duplicate": "Duplicate of another clip",
}
"""Standard reasons for a rejection: code → English text (the message id of its translation)."""

DOUBTS: Mapping[Doubt, str] = {
    Doubt.post: "The post was deleted or hidden.",
    Doubt.video: "The post no longer carries the video.",
    Doubt.private: "The video is not public any more.",
    Doubt.hand_in: "Whoever handed it in has taken it back; but it also came another way.",
    Doubt.restored: "It comes out of a backup, and nothing says whether it was taken back since.",
}
"""Why a clip may have been withdrawn: what of it is lost (models.Sighting) → English text."""

_TARGET: Mapping[Verdict, ClipState] = {
    Verdict.approve: ClipState.approved,
    Verdict.reject: ClipState.rejected,
    Verdict.later: ClipState.later,
    Verdict.withdraw: ClipState.withdrawn,
}
TRANSITIONS: Mapping[tuple[ClipState, Verdict], ClipState] = {
    (state, verdict): target
    for verdict, target in _TARGET.items()
    for state in ClipState
    if state not in (target, ClipState.withdrawn)
}
REASON_NEEDED = frozenset({Verdict.reject, Verdict.withdraw})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a verdict can't be given, and what to do instead."""

    line: str
    hint: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


def may(role: Role | None, right: Right) -> bool:
    """Whether someone with an account may. Without a role: enter, and see one's own account."""
    return right is Right.enter if role is None else right in RIGHTS[role]


def role_in(usual: Role | None, roles: Mapping[int, Role], campaign: int | None) -> Role | None:
    """The role that holds in a campaign (None: where it is about none): the campaign's own before the usual one.

    An organizer organizes every campaign.
    """
    if usual is Role.organizer or campaign is None:
        return usual
    return roles.get(campaign, usual)


def move(state: ClipState, verdict: Verdict, reason: str = "") -> ClipState | Refusal:
    """The state that `verdict` leads to from `state`, or why it may not be given."""
    target = TRANSITIONS.get((state, verdict))
    if target is None:
        return _no_way(state, verdict)
    if verdict in REASON_NEEDED and not reason:
        codes = {"codes": ", ".join(REASONS)}
        return Refusal("This verdict needs a reason.", "Choose one of {codes}, or write your own.", codes)
    return target


def _no_way(state: ClipState, verdict: Verdict) -> Refusal:
    if state is ClipState.withdrawn:
        return Refusal("The clip has been withdrawn by its participant.", "Nothing can be decided about it.")
    if verdict is Verdict.undo:
        return Refusal("An undo takes back a decision; it is no verdict of its own.")
    return Refusal("The clip already has this verdict.")


def standing(decisions: Sequence[Decision]) -> Decision | None:
    """The newest decision that still counts: no undo, and not undone. `decisions` in the order of their making."""
    undone = {decision.undoes for decision in decisions}
    counting = (d for d in reversed(decisions) if d.verdict is not Verdict.undo and d.id not in undone)
    return next(counting, None)


def right_to_undo(verdict: Verdict, *, own: bool = True) -> Right:
    """A participant's withdrawal weighs more than a moderator's slip, and a colleague's decision is theirs."""
    if verdict is Verdict.withdraw:
        return Right.withdraw
    return Right.decide if own else Right.overrule


def compose(code: str, note: str) -> str:
    """What is kept as the reason: `duplicate`, `duplicate: see clip 12`, or a text of one's own."""
    note = one_line(note, LONGEST_REASON)
    if code not in REASONS:
        return note
    return f"{code}: {note}" if note else code


def dissect(reason: str) -> tuple[str, str]:
    """A kept reason as (standard text or "", note)."""
    code, _, note = reason.partition(":")
    if code in REASONS:
        return REASONS[code], note.strip()
    return "", reason
