from __future__ import annotations

import pytest

from relay.errors import NotFound, Refused
from relay.models import ClipState
from relay.moderation import clip_reviews, desk
from relay.moderation.clip_reviews import ReviewProposal
from relay.views import as_json


def trim(relay, clip, person="Анна", **typed):
    return clip_reviews.trim(relay, clip, typed, person=person)


def test_a_proposal_is_told_in_seconds_and_in_the_history(relay, town):
    clip = town.has_clip()
    assert as_json(clip_reviews.show(relay, clip)) == {
        "clip": clip, "in": None, "out": None, "turn": 0, "poster_at": None, "editor_note": "", "person": "",
        "undoable": None,
    }  # fmt: skip
    trim(relay, clip, begins="1,2", ends="0:09.8", turn="90", editor_note=" Тише  сначала ", poster_at="3")
    found = as_json(clip_reviews.show(relay, clip))
    assert (found["in"], found["out"], found["turn"], found["poster_at"]) == (1.2, 9.8, 90, 3.0)
    assert (found["editor_note"], found["person"]) == ("Тише сначала", "Анна")
    entry = desk.history(relay, clip)[-1]
    assert (entry.verdict, entry.changes["begins"], entry.changes["turn"]) == ("edited", ["", "1.2"], ["0", "90"])
    assert town.clip(clip).state is ClipState.awaiting


@pytest.mark.slow
def test_undo_goes_back_step_by_step_and_is_on_record(relay, town):
    clip = town.has_clip()
    first = trim(relay, clip, begins="1").undoable
    trim(relay, clip, begins="2", person="Кира")
    with pytest.raises(Refused, match="Somebody has changed this proposal since"):
        clip_reviews.undo(relay, clip, person="Анна", seen=first)
    assert clip_reviews.undo(relay, clip, person="Анна").begins == 1.0
    assert clip_reviews.undo(relay, clip, person="Анна").undoable is None
    with pytest.raises(Refused, match="nothing to undo"):
        clip_reviews.undo(relay, clip, person="Анна")
    assert [entry.changes["begins"] for entry in desk.history(relay, clip)] == [
        ["", "1"], ["1", "2"], ["2", "1"], ["1", ""]
    ]  # fmt: skip
    trim(relay, clip, turn="180")
    assert clip_reviews.undo(relay, clip, person="Анна").turn == 0


@pytest.mark.slow
def test_the_same_again_is_no_change(relay, town):
    clip = town.has_clip()
    trim(relay, clip, begins="1")
    assert trim(relay, clip, begins="1.000").undoable == trim(relay, clip).undoable
    assert len(desk.history(relay, clip)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "typed",
    [
        {"begins": "42.49"}, {"ends": "0"}, {"begins": "9", "ends": "9.01"}, {"poster_at": "43"}, {"turn": "45"},
        {"turn": "-90"}, {"begins": "-1"}, {"begins": "1:2:3:4"}, {"ends": "inf"}, {"ends": "nan"}, {"ends": "1e400"},
    ],
)  # fmt: skip
def test_nonsense_is_refused(relay, town, typed):
    clip = town.has_clip(duration=42.5)
    with pytest.raises(Refused):
        trim(relay, clip, **typed)
    assert clip_reviews.proposal(relay, clip) == ReviewProposal()


def test_a_clip_that_is_not_there(relay):
    for asked in (
        clip_reviews.show,
        lambda *who: trim(*who, turn="90"),
        lambda *who: clip_reviews.undo(*who, person="Анна"),
    ):
        with pytest.raises(NotFound):
            asked(relay, 9)


@pytest.mark.parametrize(("text", "at"), [("", None), ("0", 0), ("1:02,5", 62500), ("1:00:00", 3600000), (" 7 ", 7000)])
def test_times_as_people_write_them(text, at):
    assert clip_reviews.milliseconds(text) == at


@pytest.mark.slow
@pytest.mark.parametrize(("fps", "vfr", "rate"), [(25, False, 25), (24, False, 25), (50, False, 30), (25, True, 30)])
def test_a_frame_is_a_frame_of_the_copy_at_the_desk(relay, town, fps, vfr, rate):
    from relay.models import Inspection

    sha256 = town.sha256(town.has_clip())
    with relay.transaction() as session:
        row = session.get_one(Inspection, sha256)
        row.fps, row.technical = fps, {"vfr": vfr}
    assert clip_reviews.footing(relay, sha256).fps == rate
