from __future__ import annotations

import pytest

from relay.context import Relay
from relay.moderation.finding import clips
from relay.moderation.finding.clip_filter import ClipFilter
from tests.moderation.town import Town


@pytest.fixture
def finds(relay: Relay, town: Town):  # type: ignore[no-untyped-def]
    """`finds(q="письма")`: numbers of the clips that the filter finds, in its order."""
    return lambda **wanted: [clip.id for clip in clips.listing(relay, town.slug, ClipFilter(**wanted))]
