"""A clip whole, for programs: what several rooms know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay.almanac.delivery import missing_glyphs
from relay.almanac.delivery.missing_glyphs import UndrawnText
from relay.context import Relay
from relay.moderation import desk
from relay.moderation.desk import ClipDetails
from relay.moderation.suggestions import service as suggestions
from relay.moderation.suggestions.evidence import Suggestion
from relay.permissions import views
from relay.permissions.views import ClipPermissionView
from relay.views import widened


@dataclass(frozen=True, slots=True)
class WholeClip(ClipDetails):
    """`undrawn`: letters that no font of the cards has. `suggestions`: what the posts say. `permission`: to be shown in
    a film.
    """

    undrawn: list[UndrawnText]
    suggestions: Sequence[Suggestion]
    permission: ClipPermissionView


def clip(relay: Relay, number: int) -> WholeClip:
    """Raises NotFound."""
    found = desk.show(relay, number)
    language, person = desk.campaign(relay, found.campaign).language, found.participant
    lacking = list(missing_glyphs.of_person(number, person.name, person.town, language))
    proposed = suggestions.of_clip(relay, number)
    return widened(WholeClip, found, undrawn=lacking, suggestions=proposed, permission=views.of_clip(relay, number))
