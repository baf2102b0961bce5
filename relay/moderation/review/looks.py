"""Which decisions want a second look, and what two or three looks come to. Pure: data in, data out.

Everybody's second look at everything doubles the work. A look is doubled only where two people would disagree: where
something measured says that the first one was hasty, hard or unlike its neighbours; and for a small random share, from
which the agreement of all others is estimated. `scripts/looks` tells what that costs and brings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from relay.language.catalogue import N_
from relay.models import ClipState, LookState, Verdict


class LookReason(StrEnum):
    quick = "quick"
    own_words = "own words"
    flagged = "flagged"
    new_moderator = "new moderator"
    family = "family"
    sample = "sample"


REASONS: Mapping[LookReason, str] = {
    LookReason.quick: N_("The first look was shorter than half of the clip"),
    LookReason.own_words: N_("Rejected for a reason that is not on the list"),
    LookReason.flagged: N_("Approved although something is wrong with the file"),
    LookReason.new_moderator: N_("One of a new moderator's first decisions"),
    LookReason.family: N_("The same recording got another verdict"),
    LookReason.sample: N_("Chosen by chance, to see how well you agree"),
}
"""Why somebody else is to look → English text (the message id of its translation)."""

OVERRULED = N_("Two people differed about it; a third one decided.")
"""The reason of a rejection that a third look makes, where nobody wrote one."""
WORRYING = frozenset({"silent", "no_sound", "lost_sound", "quiet", "black", "frozen", "damaged", "gap"})
"""Flags of a file beside which an approval is doubtful."""

KNOWN, ENOUGH, USUAL = 20, 3, 0.9
"""Looks of a person after which they are known, people of whom one is asked first, and how many looks are right."""


@dataclass(frozen=True, slots=True)
class LookPolicy:
    """`share`: of all clips, chosen by chance. `first`: so many decisions of a new moderator are looked at again.
    `least`: of the clip's length; a look that took less was hasty.
    """

    share: float = 0.01
    first: int = 30
    least: float = 0.5


@dataclass(frozen=True, slots=True)
class LookRecord:
    """How often somebody's look, of those that another one followed or went before, was `right`, `of` how many: two who
    agree are both right; of two who differ, whom the third one joins.
    """

    right: int
    of: int


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was measured of a decision. `seconds`: since the same person's decision before, None for the first of a
    sitting; `duration` of the clip, in seconds. `in_own_words`: the reason of a rejection is none of the list.
    `decided_before`: how many decisions the person had made. `family`: what the clip's other copies are now.
    """

    clip_id: int
    verdict: Verdict
    seconds: float | None = None
    duration: float = 0.0
    in_own_words: bool = False
    needs_review: bool = False
    flags: Sequence[str] = ()
    decided_before: int = 1000
    family: Sequence[ClipState] = ()


def reasons(look: FirstLook, policy: LookPolicy) -> list[LookReason]:
    """Why somebody else is to look at the clip too; empty where one look is enough."""
    return list(_reasons(look, policy)) if look.verdict in (Verdict.approve, Verdict.reject) else []


def _reasons(look: FirstLook, policy: LookPolicy) -> Iterator[LookReason]:
    approved = look.verdict is Verdict.approve
    if look.seconds is not None and look.seconds < policy.least * look.duration:
        yield LookReason.quick
    if not approved and look.in_own_words:
        yield LookReason.own_words
    if approved and (look.needs_review or WORRYING & set(look.flags)):
        yield LookReason.flagged
    if look.decided_before < policy.first:
        yield LookReason.new_moderator
    if (ClipState.rejected if approved else ClipState.approved) in look.family:
        yield LookReason.family
    if in_sample(look.clip_id, policy.share):
        yield LookReason.sample


def in_sample(clip_id: int, share: float) -> bool:
    """The same answer each time, and nobody can tell beforehand from a clip's number."""
    digest = hashlib.sha256(f"second look at {clip_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def asked_first(records: Mapping[str, LookRecord]) -> frozenset[str]:
    """Of the people who are here: the third of them whose looks were right most often. The others are asked when their
    own clips are done. Everybody is, while fewer than three are known well enough.

    So a second look brings more than anybody's does: `scripts/simulate desk` tells how much.
    """
    known = sorted(name for name, record in records.items() if record.of >= KNOWN)
    if len(known) < ENOUGH:
        return frozenset(records)
    best = sorted(known, key=lambda name: _share(records[name]), reverse=True)
    return frozenset(best[: -(-len(best) // ENOUGH)])


def after_second(first: Verdict, second: Verdict) -> LookState:
    return LookState.agreed if first is second else LookState.differs


def _share(record: LookRecord) -> float:
    """Drawn a little to what is usual, so that few lucky looks don't weigh more than many good ones."""
    return (record.right + USUAL * KNOWN) / (record.of + KNOWN)


def final(first: Verdict, second: Verdict | None = None, third: Verdict | None = None) -> Verdict:
    """The verdict that counts: the one that two agree on; until a third has looked, the first."""
    if third is not None and second is not None and first is not second:
        return third
    return first
