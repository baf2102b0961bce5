from __future__ import annotations

import pytest
from sqlmodel import col, select, update

from relay.errors import NotFound, Refused
from relay.models import BulkStep, Clip, ClipState, Consent, Verdict
from relay.moderation import desk
from relay.moderation.finding import bulk, clips
from relay.moderation.finding.clip_filter import ClipFilter
from tests.moderation.town import Town

AWAITING = ClipState.awaiting


@pytest.fixture
def picks(relay):
    """`picks(1, 2)`: the clips as they stand now, on a page of now."""

    def picked(*numbers):
        with relay.reading() as session:
            return bulk.Selection({n: session.get_one(Clip, n).state for n in numbers}, relay.now())

    return picked


def states(town, *numbers):
    return [town.clip(number).state.value for number in numbers]


@pytest.mark.slow
def test_many_are_decided_and_all_of_it_is_undone(relay, town, picks, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)
    made = [town.has_clip() for _ in range(5)]
    done = bulk.decide(relay, town.slug, picks(*made), Verdict.reject, person="Анна", reason="off_topic")
    assert (done.clips, done.left, done.undone) == (5, [], False)
    assert states(town, *made) == ["rejected"] * 5
    assert {decision.reason for number in made for decision in town.decisions(number)} == {"off_topic"}
    back = bulk.undo(relay, town.slug, done.id, person="Анна")
    assert (back.undone, back.left, states(town, *made)) == (True, [], ["awaiting"] * 5)
    with pytest.raises(Refused, match="already"):
        bulk.undo(relay, town.slug, done.id, person="Анна")


@pytest.mark.slow
def test_what_a_colleague_decided_meanwhile_is_left_and_told(relay, town, picks):
    one, other = town.has_clip(), town.has_clip()
    seen = picks(one, other)
    desk.decide(relay, other, Verdict.approve, person="Борис", seen=AWAITING)
    done = bulk.decide(relay, town.slug, seen, Verdict.later, person="Анна")
    assert (done.clips, [each.clip for each in done.left]) == (1, [other])
    assert states(town, one, other) == ["later", "approved"]
    assert "faster" in done.left[0].why


@pytest.mark.slow
def test_twin_without_what_the_person_saw_a_colleague_s_decision_is_written_over(relay, town, picks):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.approve, person="Борис", seen=AWAITING)
    bulk.decide(relay, town.slug, picks(clip), Verdict.later, person="Анна")
    assert states(town, clip) == ["later"]


@pytest.mark.slow
def test_undo_leaves_what_was_decided_since(relay, town, picks):
    one, other = town.has_clip(), town.has_clip()
    done = bulk.decide(relay, town.slug, picks(one, other), Verdict.later, person="Анна")
    desk.decide(relay, other, Verdict.approve, person="Борис", seen=ClipState.later)
    back = bulk.undo(relay, town.slug, done.id, person="Анна")
    assert ([each.clip for each in back.left], states(town, one, other)) == ([other], ["awaiting", "approved"])


@pytest.mark.slow
def test_only_one_s_own_change_is_taken_back(relay, town, picks):
    clip = town.has_clip()
    done = bulk.decide(relay, town.slug, picks(clip), Verdict.approve, person="Анна")
    with pytest.raises(Refused, match="Only who has done this"):
        bulk.undo(relay, town.slug, done.id, person="Борис")
    with pytest.raises(NotFound):
        bulk.undo(relay, town.slug, 99, person="Анна")
    Town(relay, "spring")
    with pytest.raises(NotFound):
        bulk.undo(relay, "spring", done.id, person="Анна")
    assert states(town, clip) == ["approved"]
    assert bulk.newest(relay, town.slug, "Борис") is None
    assert bulk.newest(relay, town.slug, "Анна") == done


@pytest.mark.slow
def test_all_that_the_filter_finds_but_not_what_came_or_moved_since(relay, town, clock):
    one, other, third = (town.has_clip(town="Мга") for _ in range(3))
    elsewhere = town.has_clip(town="Тосно")
    with relay.transaction() as session:
        session.exec(update(Clip).values(created_at=clock()))
    seen_at = clock()
    clock.moves(seconds=5)
    with relay.transaction() as session:
        session.exec(update(Clip).where(col(Clip.id) == third).values(created_at=clock()))
    desk.decide(relay, other, Verdict.approve, person="Борис", seen=AWAITING)
    found = bulk.everything(relay, town.slug, ClipFilter(town=("Мга",)), seen_at=seen_at)
    assert list(found.clips) == [one, other]
    done = bulk.decide(relay, town.slug, found, Verdict.later, person="Анна")
    assert [each.clip for each in done.left] == [other]
    assert states(town, one, other, third, elsewhere) == ["later", "approved", "awaiting", "awaiting"]


@pytest.mark.slow
def test_bounds_and_what_makes_no_sense(relay, town, picks, monkeypatch):
    clip = town.has_clip()
    for refused in (
        lambda: bulk.decide(relay, town.slug, bulk.Selection({}, relay.now()), Verdict.later, person="a"),
        lambda: bulk.decide(relay, town.slug, picks(clip), Verdict.reject, person="a"),
        lambda: bulk.decide(relay, town.slug, picks(clip), Verdict.withdraw, person="a", reason="x"),
        lambda: bulk.edit(relay, town.slug, picks(clip), {"town": " ", "state": "approved"}, person="a"),
        lambda: bulk.edit(relay, town.slug, picks(clip), {}, person="a", consent="anything"),
        lambda: bulk.tag(relay, town.slug, picks(clip), " # ", person="a"),
    ):
        with pytest.raises(Refused):
            refused()
    monkeypatch.setattr(bulk, "MOST_CLIPS", 1)
    town.has_clip()
    with pytest.raises(Refused, match="more than 1 clips"):
        bulk.everything(relay, town.slug, ClipFilter(), seen_at=relay.now())
    assert bulk.newest(relay, town.slug, "a") is None, "nothing is on record that was refused"


def test_a_clip_of_another_campaign_is_left(relay, town, picks):
    there = Town(relay, "spring").has_clip()
    done = bulk.decide(relay, town.slug, picks(there), Verdict.approve, person="Анна")
    assert (done.clips, [each.clip for each in done.left], states(town, there)) == (0, [there], ["awaiting"])


@pytest.mark.slow
def test_only_fields_that_are_filled_in_are_written_and_undone(relay, town, picks):
    one, other = town.has_clip(name="Ольга", town="Тосно"), town.has_clip(name="Игорь", town="Мга")
    done = bulk.edit(
        relay, town.slug, picks(one, other), {"town": "Мга", "name": "", "district": "Кировский"},
        person="Анна", consent="film", evidence="письмо",
    )  # fmt: skip
    rows = [town.clip(number) for number in (one, other)]
    assert [(row.name, row.town, row.district) for row in rows] == [
        ("Ольга", "Мга", "Кировский"), ("Игорь", "Мга", "Кировский")
    ]  # fmt: skip
    assert (done.clips, done.what) == (2, "town, district, consent")
    desk.edit(relay, other, person="Борис", district="Тосненский")
    back = bulk.undo(relay, town.slug, done.id, person="Анна")
    assert [each.clip for each in back.left] == [other]
    rows = [town.clip(number) for number in (one, other)]
    assert [(row.town, row.district) for row in rows] == [("Тосно", ""), ("Мга", "Тосненский")]
    assert desk.show(relay, one).consent is None
    assert desk.show(relay, other).consent is not None


@pytest.mark.slow
def test_a_field_that_a_colleague_corrected_meanwhile_is_left(relay, town, picks, clock):
    clip = town.has_clip(town="Тосно")
    seen = picks(clip)
    clock.moves(seconds=5)
    desk.edit(relay, clip, person="Борис", town="Луга")
    done = bulk.edit(relay, town.slug, seen, {"town": "Мга"}, person="Анна")
    assert ([each.clip for each in done.left], town.clip(clip).town) == ([clip], "Луга")
    assert bulk.edit(relay, town.slug, seen, {"quote": "Жди меня"}, person="Анна").clips == 1, "another field"


def test_the_consent_before_counts_again(relay, town, picks):
    clip = town.has_clip()
    desk.edit(relay, clip, person="Борис", consent="archive", evidence="анкета")
    done = bulk.edit(relay, town.slug, picks(clip), {}, person="Анна", consent="public")
    bulk.undo(relay, town.slug, done.id, person="Анна")
    shown = desk.show(relay, clip)
    assert shown.consent is not None
    assert (shown.consent.scope, shown.consent.evidence) == ("archive", "анкета")
    assert shown.history[-1].changes == {"consent": ["public", "archive"]}
    with relay.reading() as session:
        assert len(session.exec(select(Consent)).all()) == 1


@pytest.mark.slow
def test_tags_go_on_and_off_and_back(relay, town, picks):
    one, other = town.has_clip(), town.has_clip()
    bulk.tag(relay, town.slug, picks(one), "#9 Мая", person="Анна")
    done = bulk.tag(relay, town.slug, picks(one, other), "9 мая", person="Анна")
    assert done.clips == 1, "one had it"
    found = lambda: {clip.id: clip.tags for clip in clips.listing(relay, town.slug, ClipFilter())}  # noqa: E731
    assert found() == {one: ["9 мая"], other: ["9 мая"]}
    bulk.undo(relay, town.slug, done.id, person="Анна")
    assert found() == {one: ["9 мая"], other: []}
    off = bulk.tag(relay, town.slug, picks(one, other), "9 мая", person="Анна", remove=True)
    assert (off.clips, found()) == (1, {one: [], other: []})
    bulk.undo(relay, town.slug, off.id, person="Анна")
    assert found()[one] == ["9 мая"]


@pytest.mark.slow
def test_a_part_that_was_done_before_a_power_cut_is_on_record(relay, town, picks, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)
    made = [town.has_clip() for _ in range(3)]
    chosen, alone = picks(*made), bulk.desk.decide

    def decide_until_the_lights_go_out(inside, clip, *args, **more):  # type: ignore[no-untyped-def]
        if clip == made[2]:
            raise KeyboardInterrupt
        return alone(inside, clip, *args, **more)

    monkeypatch.setattr(bulk.desk, "decide", decide_until_the_lights_go_out)
    with pytest.raises(KeyboardInterrupt):
        bulk.decide(relay, town.slug, chosen, Verdict.approve, person="Анна")
    assert states(town, *made) == ["approved", "approved", "awaiting"]
    half = bulk.newest(relay, town.slug, "Анна")
    assert half is not None
    assert half.clips == 2
    bulk.undo(relay, town.slug, half.id, person="Анна")
    assert states(town, *made) == ["awaiting"] * 3
    with relay.reading() as session:
        assert all(step.undone for step in session.exec(select(BulkStep)))
