from __future__ import annotations

from dataclasses import replace

import pytest

from relay.models import ClipState, LookState, Verdict
from relay.moderation.review import looks
from relay.moderation.review.looks import FirstLook, LookPolicy, LookReason, LookRecord

NO_SAMPLE = LookPolicy(share=0.0)
SURE = FirstLook(clip_id=1, verdict=Verdict.approve, seconds=40.0, duration=42.0)


@pytest.mark.parametrize(
    ("measured", "why"),
    [
        ({}, []),
        ({"seconds": 21.0}, []),
        ({"seconds": 20.9}, [LookReason.quick]),
        ({"seconds": None}, []),
        ({"needs_review": True}, [LookReason.flagged]),
        ({"flags": ["vertical", "silent"]}, [LookReason.flagged]),
        ({"flags": ["vertical"]}, []),
        ({"flags": ["silent"], "verdict": Verdict.reject}, []),
        ({"in_own_words": True, "verdict": Verdict.reject}, [LookReason.own_words]),
        ({"in_own_words": True}, []),
        ({"decided_before": 29}, [LookReason.new_moderator]),
        ({"decided_before": 30}, []),
        ({"family": [ClipState.rejected]}, [LookReason.family]),
        ({"family": [ClipState.approved, ClipState.awaiting]}, []),
        ({"family": [ClipState.approved], "verdict": Verdict.reject}, [LookReason.family]),
        ({"seconds": 1.0, "verdict": Verdict.later}, []),
        ({"seconds": 1.0, "decided_before": 3}, [LookReason.quick, LookReason.new_moderator]),
    ],
)
def test_a_look_is_doubled_where_two_people_would_disagree(measured, why):
    assert looks.reasons(replace(SURE, **measured), NO_SAMPLE) == why


@pytest.mark.slow
def test_a_share_is_looked_at_again_by_chance_and_the_same_ones_each_time():
    chosen = [number for number in range(10_000) if looks.in_sample(number, 0.02)]
    assert 150 < len(chosen) < 250
    assert chosen == [number for number in range(10_000) if looks.in_sample(number, 0.02)]
    assert not any(looks.in_sample(number, 0.0) for number in range(100))
    assert all(looks.in_sample(number, 1.0) for number in range(100))


@pytest.mark.parametrize(
    ("first", "second", "third", "state", "final"),
    [
        (Verdict.approve, None, None, None, Verdict.approve),
        (Verdict.approve, Verdict.approve, None, LookState.agreed, Verdict.approve),
        (Verdict.approve, Verdict.reject, None, LookState.differs, Verdict.approve),
        (Verdict.approve, Verdict.reject, Verdict.reject, LookState.differs, Verdict.reject),
        (Verdict.reject, Verdict.approve, Verdict.reject, LookState.differs, Verdict.reject),
    ],
)
def test_two_agree_or_a_third_decides(first, second, third, state, final):
    assert looks.final(first, second, third) is final
    if second is not None:
        assert looks.after_second(first, second) is state


RECORDS = {
    "Анна": LookRecord(95, 100), "Борис": LookRecord(80, 100), "Вера": LookRecord(24, 24),
    "Галя": LookRecord(85, 100), "Денис": LookRecord(5, 5),
}  # fmt: skip


def test_whose_looks_were_right_most_often_is_asked_first():
    assert looks.asked_first(RECORDS) == {"Вера", "Анна"}, "two of four, and Денис is not known yet"
    assert looks.asked_first({name: RECORDS[name] for name in ("Анна", "Борис", "Денис")}) == {"Анна", "Борис", "Денис"}
    assert looks.asked_first({name: RECORDS[name] for name in ("Анна", "Борис", "Галя")}) == {"Анна"}


def test_every_reason_has_words():
    assert set(looks.REASONS) == set(LookReason)
