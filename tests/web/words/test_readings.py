"""How often sources are read, and what that spends, in sentences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from relay.web.words import readings
from tests.cli.test_words import viewed

QUOTA = {
    "network": "vk", "kind": "search", "quota": 1000, "ours": False, "planned_share": 500, "calls_per_day": 48.0,
    "spent": 12, "interval_minutes": 30.0, "with_one_token_more": 15.0, "with_one_source_more": 31.0,
}  # fmt: skip


def told(quotas: list[dict[str, Any]], comments: list[dict[str, Any]] | None = None) -> list[list[str]]:
    plan = SimpleNamespace(quotas=[viewed(one) for one in quotas], comments=[viewed(one) for one in comments or []])
    return list(readings.quotas_told(plan, str, lambda value: f"<{value}>", str.upper))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "count", "first", "last"),
    [
        ({}, 3, "planned of 500, out of 1000 allowed.", "with one token more <15.0>, with one source more <31.0>."),
        ({"ours": True}, 3, "planned of 500 that Relay allows itself.", "with one source more <31.0>."),
        ({"quota": None}, 1, "calls a day; this network counts none.", "this network counts none."),
    ],
)
def test_each_quota_is_told_by_whose_it_is(more, count, first, last):
    (lines,) = told([{**QUOTA, **more}])
    assert len(lines) == count
    assert lines[0].startswith("VK, ")
    assert "<48.0> calls a day" in lines[0]
    assert lines[0].endswith(first)
    assert lines[-1].endswith(last)
    if count > 1:
        assert lines[1] == "12 were made in the last 24 hours. The typical interval is <30.0> minutes:"


def test_comments_have_a_share_of_their_own():
    (lines,) = told([], [{"network": "vk", "spent": 3, "planned_share": 40}])
    assert lines == ["VK, comments: 3 calls in the last 24 hours, of 40 a day at most."]
