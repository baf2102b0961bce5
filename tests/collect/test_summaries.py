from __future__ import annotations

from datetime import timedelta

from relay.collect import summaries
from relay.collect.summaries import CampaignRow, SweepCount, SweepView
from relay.context import Relay
from relay.models import Campaign, CampaignState, Sweep
from tests.moderation.town import Town


def sweep(**words: object) -> Sweep:
    known = {"posts_seen": 5, "posts_matched": 3, "posts_new": 2, "requests": 4, "complete": True, "fault": ""}
    return Sweep(source_id=7, **{**known, **words})  # type: ignore[arg-type]


def test_campaigns_come_newest_first(relay: Relay) -> None:
    for slug in ("first", "second", "third"):
        Town(relay, slug)
    with relay.transaction() as session:
        session.get_one(Campaign, 1).created_at += timedelta(days=1)
    rows = summaries.campaign_rows(relay)
    assert [row.slug for row in rows] == ["first", "third", "second"]
    assert rows[0] == CampaignRow("first", "Прорыв. Голоса памяти", CampaignState.running, ["#proryv80"])


def test_a_sweep_is_told_by_its_numbers_or_by_why_it_ended_early() -> None:
    assert summaries.sweep_view(sweep()) == SweepView(7, True, 5, 3, 2, 4, "")
    assert summaries.swept(sweep()) == "Source 7: posts seen: 5, with the tag: 3, new: 2."
    early = sweep(complete=False, fault="VK refuses.")
    assert summaries.sweep_view(early).fault == "VK refuses."
    assert summaries.swept(early) == "Source 7: not read to the end. VK refuses."


def test_sweeps_are_counted_while_they_are_made() -> None:
    told: list[tuple[int, int, str]] = []
    count = SweepCount(lambda *words: told.append(words))
    count.begin(2)
    count.sweep(sweep())
    count.sweep(sweep(complete=False, fault="x"))
    assert [(done, total) for done, total, _ in told] == [(1, 2), (2, 2)]
    assert told[0][2].startswith("Source 7: posts seen: 5")
