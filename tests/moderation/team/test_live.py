from __future__ import annotations

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import claims, desk
from relay.moderation.team import live


@pytest.mark.slow
def test_one_look_tells_what_every_open_page_has_to_know(relay, town):
    first, second, third = (town.has_clip() for _ in range(3))
    made = desk.decide(relay, first, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    claims.open_clip(relay, second, "Борис", "page")
    seen = live.look(relay, "proryv80", clips=[first, second, 99], people=["Вера"])
    assert (seen.counts["awaiting"], seen.counts["approved"]) == (2, 1)
    assert (seen.holder(second), seen.holder(third)) == ("Борис", "")
    assert [seen.free(ClipState.awaiting, who) for who in ("Борис", "Вера")] == [2, 1]
    assert [(person.name, person.clip) for person in seen.here] == [("Борис", second), ("Вера", None)]
    assert seen.clips == {
        first: live.ClipNow(ClipState.approved, made.id, Verdict.approve, "Анна"),
        second: live.ClipNow(ClipState.awaiting, 0, None, ""),
    }
    undone = desk.undo(relay, first, person="Анна")
    now = live.look(relay, "proryv80", clips=[first]).clips[first]
    assert (now.state, now.decision, now.verdict) == (ClipState.awaiting, undone.id, Verdict.undo)
