from __future__ import annotations

import pytest

from relay.moderation import clip_reviews
from tests.web.desk.judging.test_typed import field

pytestmark = pytest.mark.slow


def test_the_trim_goes_with_the_verdict_and_can_be_taken_back(relay, town, anna, boris, poster):
    clip = town.has_clip(proxy=poster())
    form = {"seen": "awaiting", "verdict": "approve", "begins": "1.5", "was_begins": "", "turn": "90", "was_turn": "0"}
    assert anna.sends(f"/clips/{clip}/decide", **form).status_code == 303
    page = anna.sees(f"/clips/{clip}")
    assert (field(page, "begins"), field(page, "was_begins")) == ("1.5", "1.5")
    assert 'class="turn-90"' in page
    assert 'name="begins"' not in boris.sees(f"/clips/{clip}")
    last = clip_reviews.show(relay, clip).undoable
    assert boris.sends(f"/clips/{clip}/review/undo", seen=last).status_code == 403
    assert anna.sends(f"/clips/{clip}/review/undo", seen=last).headers["location"] == f"/clips/{clip}"
    assert clip_reviews.show(relay, clip).begins is None
    assert anna.sends(f"/clips/{clip}/review/undo", seen=last).status_code == 400
