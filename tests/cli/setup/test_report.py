from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from relay.cli.setup import report
from relay.cli.terminal import show
from relay.collect.dry_run import DryRun
from relay.models import Campaign
from relay.sources.vk.token_check import TokenKind, TokenVerdict


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    show.tongue.cache_clear()
    yield
    show.tongue.cache_clear()


def test_a_token_is_described_by_what_it_may_do(capsys: pytest.CaptureFixture[str]) -> None:
    report.say_verdict(
        TokenVerdict(
            TokenKind.service,
            "The token works: it is a service token.",
            may={"execute": None, "wall.get": True, "newsfeed.search": False},
        )
    )
    assert capsys.readouterr().out.splitlines() == [
        "The token works: it is a service token.",
        "  Reads walls: yes",
        "  Searches by tags: no",
        "  Asks for 25 walls at once: can't be told now",
    ]
    report.say_verdict(TokenVerdict(TokenKind.wrong, "VK refuses the access token.", "Try again in a few minutes."))
    assert capsys.readouterr().out == "VK refuses the access token.\nTry again in a few minutes.\n"


def test_a_dry_run_is_told_with_all_that_it_was_not_able_to_see(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
    campaign = Campaign(slug="x", title="x", hashtags=[], opens_at=at, closes_at=at, tz="Europe/Moscow", created_at=at)
    found = DryRun(at - timedelta(days=7), at, before=True, posts=3, near=2, read=40, requests=5)
    found.videos = {("vk", "1", "1"): 2, ("vk", "1", "2"): 1}
    found.people = {"vk 1"}
    found.cut = [f"vk:club{number}" for number in range(22)]
    found.trouble = [("vk:club7", "This wall is closed.")]
    report.say_dry_run(found, campaign)
    lines = capsys.readouterr().out.splitlines()
    shown = ", ".join(f"vk:club{number}" for number in range(20))
    assert lines[:6] == [
        "Your campaign opens later, so the last seven days were tried.",
        "From 2023-01-05 12:00 to 2023-01-12 12:00 we would have found 2 videos by 1 people, in 3 posts.",
        "1 of them stand in several posts, and are one clip each.",
        "Look-alike tags for a moderator: 2. Posts read: 40, requests: 5.",
        "Whether different videos show the same recording is told once they are fetched.",
        f"Only the newest posts were read of: {shown}. The first sweep reads all.",
    ]
    assert [line.split() for line in lines[6:]] == [
        ["address", "reason"], ["vk:club7", "This", "wall", "is", "closed."],
    ]  # fmt: skip
    report.say_dry_run(DryRun(at, at, before=False), campaign)
    assert capsys.readouterr().out.splitlines() == [
        "From 2023-01-12 12:00 to 2023-01-12 12:00 we would have found 0 videos by 0 people, in 0 posts.",
        "Look-alike tags for a moderator: 0. Posts read: 0, requests: 0.",
        "Every place can be read.",
    ]
