from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import (
    Clip,
    ClipState,
    Event,
    FilmReach,
    PermissionGate,
    PermissionOverride,
    Verdict,
)
from relay.moderation import consent, desk
from relay.moderation.finding import bulk
from relay.permissions import overrides, views
from relay.permissions.gate import ASK_FIRST, LEAVE_IT_OUT, NotPermitted
from relay.permissions.rules import Lack, uses_of
from tests.moderation.town import Town
from tests.permissions.premiere import strictly

BROADCAST = uses_of([FilmReach.broadcast])


@pytest.fixture
def child(relay: Relay) -> int:
    """A clip of a nine-year-old, in a campaign whose gate is shut."""
    town = Town(relay)
    strictly(relay)
    clip = town.has_clip(name="Анна")
    desk.edit(relay, clip, person="Ольга", age="9")
    return clip


def next_town(relay: Relay) -> Town:
    """Its videos have other numbers than those of the first one."""
    town = Town(relay, "other")
    town.number = 100
    return town


def approve(relay: Relay, clip: int, override: str = "") -> None:
    seen = desk.show(relay, clip).state
    desk.decide(relay, clip, Verdict.approve, person="Ольга", seen=seen, override=override)


def taken(relay: Relay) -> list[tuple[list[str], str, str]]:
    with relay.reading() as session:
        rows = session.exec(select(PermissionOverride).order_by(PermissionOverride.id))  # type: ignore[arg-type]
        return [(row.lacks, row.person, row.reason) for row in rows]


@pytest.mark.slow
def test_a_clip_that_lacks_permission_is_approved_only_by_a_person_with_a_reason(relay: Relay, child: int) -> None:
    with pytest.raises(NotPermitted, match="under 18") as refused:
        approve(relay, child)
    assert (refused.value.clip, refused.value.lacks, refused.value.hint) == (child, (Lack.guardian,), ASK_FIRST)
    with pytest.raises(NotPermitted):
        approve(relay, child, override="  ")
    assert (desk.show(relay, child).state, taken(relay)) == (ClipState.awaiting, [])
    approve(relay, child, override=" мать \n на съёмке ")
    assert desk.show(relay, child).state is ClipState.approved
    assert taken(relay) == [(["guardian"], "Ольга", "мать на съёмке")]
    shown = views.of_clip(relay, child)
    assert (shown.passes, shown.open, shown.overridden_by, shown.override_reason) == (
        True, [], "Ольга", "мать на съёмке",
    )  # fmt: skip
    with relay.reading() as session:
        (event,) = session.exec(select(Event).where(Event.what == "permission overridden"))
    assert (event.person, event.details) == ("Ольга", {"lacks": "guardian", "why": "мать на съёмке"})


@pytest.mark.slow
def test_twin_where_people_are_only_told_a_child_is_approved_without_a_word(relay: Relay, child: int) -> None:
    strictly(relay, PermissionGate.tell)
    approve(relay, child)
    shown = views.of_clip(relay, child)
    assert (shown.state, shown.passes, shown.open, taken(relay)) == (ClipState.approved, True, [Lack.guardian], [])


@pytest.mark.slow
def test_a_no_is_approved_by_nobody(relay: Relay, child: int) -> None:
    consent.note(relay, child, "refused", person="Ольга")
    for attempt in (
        lambda: approve(relay, child, override="всё равно"),
        lambda: overrides.take_upon(relay, child, person="Ольга", reason="всё равно"),
    ):
        with pytest.raises(NotPermitted, match="said no") as refused:
            attempt()
        assert refused.value.hint == LEAVE_IT_OUT
    assert taken(relay) == []


@pytest.mark.slow
def test_an_override_needs_something_to_override_a_clip_and_a_name(relay: Relay, child: int) -> None:
    grown_up = next_town(relay).has_clip()
    with pytest.raises(Refused, match="lacks nothing"):
        overrides.take_upon(relay, grown_up, person="Ольга", reason="просто так")
    with pytest.raises(NotFound):
        overrides.take_upon(relay, 99, person="Ольга", reason="просто так")
    for person, reason in (("Ольга", " "), (" ", "знаем")):
        with pytest.raises(Refused, match="their name and a reason"):
            overrides.take_upon(relay, child, person=person, reason=reason)
    with pytest.raises(Refused, match="Nothing is overridden"):
        overrides.take_back(relay, child, person="Ольга")


@pytest.mark.slow
def test_one_override_is_kept_beside_the_next_and_both_are_taken_back(relay: Relay, child: int) -> None:
    overrides.take_upon(relay, child, person="Ольга", reason="знаем")
    found = overrides.take_upon(relay, child, person="Борис", reason="эфир", uses=BROADCAST)
    assert found.passes
    assert taken(relay)[-1] == (["broadcast", "guardian"], "Борис", "эфир")
    assert views.of_clip(relay, child, uses=BROADCAST).open == []
    overrides.take_back(relay, child, person="Ольга")
    assert views.of_clip(relay, child, uses=BROADCAST).open == [Lack.guardian, Lack.broadcast]


def test_what_is_said_later_asks_for_another_override(relay: Relay, child: int) -> None:
    overrides.take_upon(relay, child, person="Ольга", reason="знаем")
    consent.note(relay, child, "film", person="Анна")
    assert views.of_clip(relay, child).open == [Lack.guardian]


@pytest.mark.slow
def test_of_many_that_are_approved_at_once_those_that_lack_something_stay_and_are_told(
    relay: Relay, child: int
) -> None:
    with relay.reading() as session:
        states = {number: ClipState.awaiting for number in session.exec(select(Clip.id)) if number is not None}
    done = bulk.decide(relay, "proryv80", bulk.Selection(states, relay.now()), Verdict.approve, person="Ольга")
    assert (done.clips, [one.clip for one in done.left]) == (0, [child])
    assert "under 18" in done.left[0].why
    assert desk.show(relay, child).state is ClipState.awaiting


@pytest.mark.slow
def test_the_list_tells_those_that_lack_something_and_leaves_out_who_is_gone(relay: Relay, child: int) -> None:
    town = next_town(relay)
    strictly(relay)
    fine, lost = town.has_clip(), town.has_clip(posts=0)
    town.has_clip(state=ClipState.withdrawn, posts=0)
    town.has_clip(state=ClipState.rejected, posts=0)
    assert [one.clip for one in views.listing(relay, "other")] == [fine, lost]
    (lacking,) = views.listing(relay, "other", lacking=True)
    assert (lacking.clip, lacking.lacks, lacking.passes) == (lost, [Lack.unknown], False)
    with pytest.raises(NotFound):
        views.listing(relay, "nowhere")
    with pytest.raises(NotFound):
        views.of_clip(relay, 99)
