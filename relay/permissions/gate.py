"""The gate: what may not go out does not, and whoever asks is told why, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlmodel import Session

from relay.errors import Refused
from relay.language.sentence import Sentence, filled, joined
from relay.permissions import standing
from relay.permissions.rules import FILM, FOR_GOOD, LACKS, Lack, Use

ASK_FIRST = "Ask its author, or take it upon you by name, with a reason."
LEAVE_IT_OUT = "Leave it out, or ask its author again."


class NotPermitted(Refused):
    """`clip`: the first that may not go out; `lacks`: what it lacks."""

    def __init__(self, clip: int, lacks: Sequence[Lack]) -> None:
        super().__init__(
            "Clip {clip} may not be used like this: {why}",
            hint=hint(lacks),
            clip=clip,
            why=told(lacks),
        )
        self.clip = clip
        self.lacks = tuple(lacks)


def hint(lacks: Iterable[Lack]) -> str:
    """What to do about it."""
    return LEAVE_IT_OUT if FOR_GOOD & set(lacks) else ASK_FIRST


def told(lacks: Iterable[Lack]) -> Sentence:
    """What is lacking, in sentences."""
    return joined(*(filled(LACKS[one]) for one in lacks))


def stopped(
    session: Session, clip_ids: Iterable[int], *, uses: Collection[Use] = FILM, now: datetime
) -> dict[int, tuple[Lack, ...]]:
    """Those of the clips that may not go out, and why."""
    found = standing.of_clips(session, clip_ids, uses=uses, now=now)
    return {number: one.stops for number, one in found.items() if not one.passes}


def check(session: Session, clip_ids: Sequence[int], *, uses: Collection[Use] = FILM, now: datetime) -> None:
    """Raises NotPermitted for the first, in their order, that may not go out."""
    found = stopped(session, clip_ids, uses=uses, now=now)
    for number in clip_ids:
        if number in found:
            raise NotPermitted(number, found[number])
