"""What a clip's page shows beside the decision: questions, what the participant is asked for, a second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request

from relay.models import MendingState
from relay.moderation.review import looks, mending, opinions, second_looks
from relay.moderation.review.asks import ASKS, Ask
from relay.moderation.review.mending import MendingView
from relay.moderation.review.opinions import QuestionView
from relay.moderation.review.second_looks import LookView
from relay.web.access import person_of, relay_of, visitor_of


@dataclass(frozen=True, slots=True)
class BesideView:
    """`returned`: the clip waits for its participant. `answered`: something came, nobody has judged it yet.

    `before`, `after`: the clip whose place this one took, and the one that took its place. `colleagues`: whom one may
    ask by name. `look`: the second look that the visitor may take.
    """

    questions: Sequence[QuestionView]
    returned: MendingView | None
    answered: MendingView | None
    before: int | None
    after: int | None
    look: LookView | None
    colleagues: Sequence[str]
    asks: Mapping[str, Ask]
    look_reasons: Mapping[str, str]

    @property
    def open_question(self) -> QuestionView | None:
        return next((question for question in self.questions if question.is_open), None)


def base_url(request: Request) -> str:
    """Of links that go to participants."""
    return (relay_of(request).settings.public_url or str(request.base_url)).rstrip("/")


def beside(request: Request, clip_id: int) -> BesideView:
    relay, person = relay_of(request), person_of(request)
    found = mending.of_clip(relay, clip_id, base_url(request))
    own = [view for view in found if view.clip_id == clip_id]
    may_judge = visitor_of(request).may("decide")
    return BesideView(
        questions=opinions.of_clip(relay, clip_id),
        returned=next((view for view in own if view.state is MendingState.open), None),
        answered=next(
            (
                view
                for view in reversed(found)
                if view.state is MendingState.answered and not view.settled and (view.new_clip_id or clip_id) == clip_id
            ),
            None,
        ),
        before=next((view.clip_id for view in found if view.new_clip_id == clip_id), None),
        after=next((view.new_clip_id for view in own if view.new_clip_id is not None), None),
        look=second_looks.open_for(relay, clip_id, person) if may_judge else None,
        colleagues=opinions.colleagues(relay, person) if may_judge else [],
        asks=ASKS,
        look_reasons={reason.value: text for reason, text in looks.REASONS.items()},
    )
