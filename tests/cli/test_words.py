"""What each command hands on, and what it says of the answer: with the services in name only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay import bootstrap, jobs
from relay.almanac import formats
from relay.almanac.assets import cards, music, pictures, quotes, styles
from relay.almanac.captions import store as captions
from relay.almanac.delivery import cost, credentials, missing_glyphs, remarks, render, sign_off
from relay.almanac.delivery.exports import exchange
from relay.almanac.hearing import drafts
from relay.almanac.plan import edits, queries
from relay.cli import backups, campaign, clips, hand_ins, posts, sources, system, withdraw
from relay.cli import crawl as crawling
from relay.cli.almanac import cards as film_cards
from relay.cli.almanac import editing, films, style
from relay.cli.assets import captions as captions_command
from relay.cli.assets import music as pieces
from relay.cli.assets import pictures as archive
from relay.cli.assets import quotes as texts
from relay.cli.terminal import show
from relay.collect import campaigns, comments, crawl, recheck, schedule, summaries, without_video
from relay.collect import sources as source_service
from relay.collect.found import near_misses
from relay.collect.found import posts as post_service
from relay.collect.leading import life, pasting
from relay.collect.leading.pasting import Pasted, PastedLine, PasteOutcome
from relay.collect.ledger import coverage
from relay.erasure import certificate, people, taking_back, walk
from relay.errors import Refused
from relay.intake.hand_in import files
from relay.intake.hand_in import hand_ins as hand_in_service
from relay.models import CampaignState, ClipState, ConsentWay, PermissionGate, PermissionRule, Verdict
from relay.moderation import desk
from relay.moderation.finding import clips as finding
from relay.moderation.finding.clip_filter import ClipFilter
from relay.moderation.people import accounts
from relay.moderation.suggestions import service as suggestions
from relay.moderation.suggestions.evidence import Evidence, Field, Origin, Suggestion
from relay.permissions import views as permissions
from relay.permissions.rules import Ground, Lack
from relay.permissions.views import ClipPermissionView
from relay.upkeep import doctor
from relay.upkeep.backups import holding, keeping, making, restoring
from relay.views import key
from relay.web import serve, shown

SLUG, FILM = "proryv80", ("proryv80", "film")
AT = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
LATER = "2023-01-12T09:00:30+00:00"
RELAY = SimpleNamespace(
    settings=SimpleNamespace(
        desk_url="https://desk.example", host="127.0.0.1", port=8000, backup_recipients="age1of-the-settings"
    )
)


class Services:
    """`gives(module, name, answer)` puts an answer in the place of a service; `asked` is what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.asked: list[tuple[Any, ...]] = []

    def gives(self, module: Any, name: str, answer: Any = None) -> None:
        def service(relay: object, *words: Any, **more: Any) -> Any:
            assert relay is RELAY
            self.asked.append((name, *words, more) if more else (name, *words))
            return answer(*words, **more) if callable(answer) else answer

        self._monkeypatch.setattr(module, name, service)

    def says(self, command: Callable[..., Any], *words: Any, **more: Any) -> list[str]:
        """The lines on stdout; what it ends with is in `err` and `code`."""
        self.asked.clear()
        self.code = 0
        try:
            command(*words, **more)
        except SystemExit as end:
            self.code = int(end.code or 0)
        out, self.err = self._capsys.readouterr()
        return [line.rstrip() for line in out.splitlines()]

    def tells(self, command: Callable[..., Any], *words: Any, **more: Any) -> Any:
        return json.loads("\n".join(self.says(command, *words, **more)))


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Services]:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    monkeypatch.setattr(bootstrap, "open_relay", lambda *_words, **_more: RELAY)
    show.tongue.cache_clear()
    yield Services(monkeypatch, capsys)
    show.tongue.cache_clear()


IN_PYTHON = {"in": "start", "out": "end", "from": "start", "to": "end"}
"""Keys of JSON that can't be names, or aren't, in a view."""
MAPPINGS = {("changes", dict), ("words", dict), ("posts", dict), ("into", dict), ("cues", list)}
"""What is no view in a view, by its name and kind."""


def viewed(answer: Any) -> Any:
    """Views of just these fields, as a service would give them of all fields."""
    if isinstance(answer, list):
        return [viewed(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    values = [value if (name, type(value)) in MAPPINGS else viewed(value) for name, value in answer.items()]
    fields = [(IN_PYTHON.get(name, name), Any, field(metadata=key(name))) for name in answer]
    return make_dataclass("Viewed", fields)(*values)


def cells(lines: list[str]) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in lines]


# Posts


def a_post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "match": "near", "published_at": LATER, "author": "Анна", "text": "т" * 61, "url": "u",
        "unfetchable": "", "reason": "", **more,
    }  # fmt: skip


def test_posts_are_listed(services: Services) -> None:
    rows = [a_post(1), a_post(2, match="exact", text="слово")]
    services.gives(post_service, "listing", viewed(rows))
    assert cells(services.says(posts.listing, SLUG)) == [
        ["id", "match", "published", "author", "text", "url"],
        ["1", "near", "2023-01-12 09:00", "Анна", "т" * 60, "u"],
        ["2", "exact", "2023-01-12 09:00", "Анна", "слово", "u"],
    ]
    assert services.asked == [("listing", SLUG)]
    assert services.tells(posts.listing, SLUG, match="exact", json=True) == rows[1:]


def test_posts_without_a_video_are_listed_with_the_reason(services: Services) -> None:
    rows = [a_post(1, unfetchable="blocked", reason="Too big."), a_post(2), a_post(3, unfetchable="text")]
    services.gives(post_service, "listing", viewed(rows))
    services.gives(without_video, "listing", viewed([{"id": 3}, {"id": 1}]))
    assert cells(services.says(posts.listing, SLUG, without_video=True)) == [
        ["id", "published", "author", "without a video because", "text", "url"],
        ["3", "2023-01-12 09:00", "Анна", "Only a text.", "т" * 60, "u"],
        ["1", "2023-01-12 09:00", "Анна", "Its video can't be fetched. Too big.", "т" * 60, "u"],
    ]
    assert services.asked == [("listing", SLUG), ("listing", SLUG, {"put_aside": False})]
    assert services.tells(posts.listing, SLUG, put_aside=True, json=True) == [rows[2], rows[0]]
    assert services.asked[1] == ("listing", SLUG, {"put_aside": True})


def test_a_post_is_shown_with_its_videos(services: Services) -> None:
    videos = [
        {"url": "v1", "state": "refused", "reason": "Too big."},
        {"url": "v2", "state": "fetched", "reason": ""},
    ]
    found = {"id": 7, "text": "слово", "unfetchable": "text", "videos": videos}
    services.gives(post_service, "show", viewed(found))
    assert services.says(posts.show, 7) == [
        "id                       7",
        "text                     слово",
        "without a video because  Only a text.",
        "video v1: refused  Too big.",
        "video v2: fetched",
    ]
    assert services.tells(posts.show, 7, json=True) == found
    services.gives(post_service, "show", viewed({"id": 7, "unfetchable": "", "videos": []}))
    assert services.says(posts.show, 7) == ["id  7"]


def test_a_post_is_handed_in(services: Services) -> None:
    services.gives(post_service, "add", 9)
    assert services.says(posts.add, SLUG, "https://x", "olga") == ["Post 9 is in. `relay work` fetches its video."]
    assert services.asked == [("add", SLUG, "https://x", {"person": "olga"})]


def test_look_alikes_are_taken_in_one_by_one_or_with_their_spelling(services: Services) -> None:
    spelled = {1: ("#прорыв80", 2), 2: ("", 0), 3: ("#прорыв80", 0)}

    def taken(number: int, *, person: str) -> Any:
        alias, alike = spelled[number]
        return viewed({"campaign": SLUG, "alias": alias, "alike": alike, "person": person})

    services.gives(near_misses, "accept", taken)
    services.gives(near_misses, "add_alias", 4)
    ours = [f"Post {number} is ours. `relay work` fetches its video." for number in (2, 1, 3)]
    alike = "Posts with the same spelling #прорыв80: 2. Take them in with --alias."
    assert services.says(posts.accept, [2, 1, 3], "olga") == [*ours[:2], alike, ours[2]]
    assert services.asked == [("accept", number, {"person": "olga"}) for number in (2, 1, 3)]
    counts = "#прорыв80 counts like the tag itself now. Other posts taken in: 4."
    assert services.says(posts.accept, [2, 1, 3], "olga", alias=True) == [*ours[:2], counts, ours[2], counts]
    assert [words for words in services.asked if words[0] == "add_alias"] == [
        ("add_alias", SLUG, "#прорыв80", {"person": "olga"}),
    ] * 2


def test_posts_are_turned_down_linked_and_put_aside(services: Services) -> None:
    services.gives(near_misses, "turn_down")
    services.gives(without_video, "hand_in", viewed({"url": "https://x/film.mp4"}))
    services.gives(without_video, "put_aside")
    services.gives(without_video, "take_up")
    assert services.says(posts.turn_down, [1, 2], "olga") == ["Post 1 is not ours.", "Post 2 is not ours."]
    assert services.asked == [("turn_down", number, {"person": "olga"}) for number in (1, 2)]
    linked = "The video of post 1 is https://x/film.mp4. `relay work` fetches it."
    assert services.says(posts.link, 1, "https://x", "olga") == [linked]
    assert services.asked == [("hand_in", 1, "https://x", {"person": "olga"})]
    assert services.says(posts.put_aside, [1, 2], "olga") == ["Post 1 is put aside.", "Post 2 is put aside."]
    assert services.asked == [("put_aside", number, {"person": "olga"}) for number in (1, 2)]
    assert services.says(posts.put_aside, [1, 2], "olga", undo=True) == ["Post 1 waits again.", "Post 2 waits again."]
    assert services.asked == [("take_up", number, {"person": "olga"}) for number in (1, 2)]


# Sources


def a_source(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "address": f"vk:club{number}", "title": "Город", "state": "active", "last_sweep": LATER,
        "reason": "", **more,
    }  # fmt: skip


def test_sources_are_added_listed_and_checked(services: Services) -> None:
    told = [PastedLine(each, PasteOutcome.found, each, f"«{each}»") for each in "ab"]
    services.gives(pasting, "add_all", told)
    assert services.says(sources.add, SLUG, ["a", "b"], "olga", "Мга") == ["a  «a»", "b  «b»"]
    asked = {"person": "olga", "here": True, "district": "Мга"}
    assert services.asked == [("add_all", SLUG, [Pasted("a"), Pasted("b")], asked)]
    assert services.code == 0
    rows = [
        a_source(1, state="closed", reason="The wall is closed."),
        a_source(2, title="", last_sweep=None),
        a_source(3, address="vk:tag", title="Hashtag search"),
    ]
    for name, command in (("listing", sources.listing), ("look_over", sources.check)):
        given = viewed(rows) if name == "listing" else SimpleNamespace(sources=viewed(rows), unread=[])
        services.gives(source_service, name, given)
        lines = services.says(command, SLUG)
        assert cells(lines) == [
            ["id", "address", "title", "state", "last sweep", "reason"],
            ["1", "vk:club1", "Город", "closed", "2023-01-12 09:00", "The wall is closed."],
            ["2", "vk:club2", "active"],
            ["3", "vk:tag", "Hashtag search", "active", "2023-01-12 09:00"],
        ]
        assert services.asked == [(name, SLUG)]
        assert services.tells(command, SLUG, json=True) == rows
    services.gives(source_service, "look_over", SimpleNamespace(sources=[], unread=["vk:club1", "vk:tag"]))
    services.says(sources.check, SLUG)
    assert (services.code, services.err) == (1, "Sources that can't be read now: vk:club1, vk:tag\n")


def test_a_source_that_can_not_be_added_stops_none_of_the_others(services: Services) -> None:
    told = [
        PastedLine("a", PasteOutcome.there, "a", "«a»"),
        PastedLine("b", PasteOutcome.closed, why="The wall is closed."),
        PastedLine("c", PasteOutcome.waits),
        PastedLine("d", PasteOutcome.found, "d", "«d»"),
    ]
    services.gives(pasting, "add_all", told)
    assert services.says(sources.add, SLUG, list("abcd"), "olga") == ["a  «a»  (it was there already)", "d  «d»"]
    assert services.err.splitlines() == ["The wall is closed.", "c: Not asked yet", "Not added: b, c"]
    assert services.code == 1
    services.gives(pasting, "add_all", told[:2])
    services.says(sources.add, SLUG, list("ab"), "olga")
    assert (services.code, services.err) == (1, "The wall is closed.\n"), "one line for one mistake"


def test_a_campaign_goes_into_the_archive_and_comes_back(services: Services) -> None:
    for name, command, line in (
        ("archive", campaign.archive, "is archived. Take it out again: relay campaign bring-back proryv80"),
        ("bring_back", campaign.bring_back, "is out of the archive, and stopped."),
    ):
        services.gives(life, name)
        assert services.says(command, SLUG, "olga") == [f"Campaign proryv80 {line}"]
        assert services.asked == [(name, SLUG, {"person": "olga"})]


def test_sources_are_paused_and_resumed(services: Services) -> None:
    services.gives(source_service, "pause")
    services.gives(source_service, "resume")
    assert services.says(sources.pause, SLUG, "vk:tag", "olga") == ["vk:tag is paused."]
    assert services.asked == [("pause", SLUG, "vk:tag", {"person": "olga"})]
    assert services.says(sources.resume, SLUG, "vk:tag", "olga") == ["vk:tag is active again."]
    assert services.asked == [("resume", SLUG, "vk:tag", {"person": "olga"})]


def a_quota(**more: Any) -> dict[str, Any]:
    return {
        "network": "vk", "kind": "walls", "calls_per_day": 118.84, "planned_share": 4500, "quota": 5000, "spent": 7,
        "ours": False, "interval_minutes": 10.0, "with_one_token_more": 5.25, "with_one_source_more": 12.5, **more,
    }  # fmt: skip


def test_the_plan_of_readings_is_told_with_its_quotas(services: Services) -> None:
    pace = {"posts_per_hour": 1.25, "interval_minutes": 10.0, "night_minutes": 30.5, "calls_per_day": 118.84}
    shown = {
        "sources": [a_source(1) | pace, a_source(2, title="") | pace],
        "quotas": [a_quota(), a_quota(kind="search", ours=True), a_quota(network="tg", quota=None)],
        "comments": [{"network": "vk", "spent": 3, "planned_share": 450}],
    }
    services.gives(schedule, "show", viewed(shown))
    lines = services.says(sources.plan, SLUG)
    assert cells(lines[:3]) == [
        ["id", "address", "title", "posts an hour", "minutes by day", "minutes by night", "calls a day"],
        ["1", "vk:club1", "Город", "1.2", "10", "30.5", "118.8"],
        ["2", "vk:club2", "vk:club2", "1.2", "10", "30.5", "118.8"],
    ]
    spent = "7 were made in the last 24 hours. The typical interval is 10 minutes:"
    assert lines[3:] == [
        "",
        "vk, walls: 118.8 calls a day planned of 4500, out of 5000 allowed.",
        spent,
        "with one token more 5.2, with one source more 12.5.",
        "",
        "vk, search: 118.8 calls a day planned of 4500 that Relay allows itself.",
        spent,
        "with one source more 12.5.",
        "",
        "tg, walls: 118.8 calls a day; this network counts none.",
        "",
        "vk, comments: 3 calls in the last 24 hours, of 450 a day at most.",
    ]
    assert services.tells(sources.plan, SLUG, json=True) == shown
    assert services.asked == [("show", SLUG)]


def test_a_crawl_is_told_in_numbers_and_its_first_fault(services: Services) -> None:
    def sweep(number: int, **more: Any) -> Any:
        usual = {"complete": True, "posts_seen": 10, "posts_matched": 3, "posts_new": 2, "requests": 4, "fault": ""}
        return SimpleNamespace(source_id=number, **(usual | more))

    sweeps = [sweep(1), sweep(2, complete=False, fault="VK is away."), sweep(3, complete=False, fault="OK is away.")]

    def crawled(_slug: str, *, on_begin: Any, on_sweep: Any, **_more: Any) -> list[Any]:
        on_begin(3)
        on_sweep(sweeps[0])
        return sweeps

    services.gives(crawl, "crawl", crawled)
    told = ["Sources read: 3. Posts seen: 30, with the tag: 9, new: 6."]
    assert services.says(crawling.crawl, SLUG) == told
    assert (services.code, services.err.splitlines()) == (
        1,
        [
            "1/3  Source 1: posts seen: 10, with the tag: 3, new: 2.",
            "Sources that could not be read: 2 of 3. VK is away.",
        ],
    )
    assert {name: value for name, value in services.asked[0][2].items() if not name.startswith("on_")} == {
        "deep": False, "comments": False,
    }  # fmt: skip
    sweeps = sweeps[:1]
    rows = services.tells(crawling.crawl, SLUG, deep=True, comments=True, json=True)
    assert rows == [
        {"source": 1, "complete": True, "seen": 10, "matched": 3, "new": 2, "requests": 4, "fault": ""},
    ]  # fmt: skip
    assert (services.code, services.err) == (0, "")
    assert (services.asked[0][2]["deep"], services.asked[0][2]["comments"]) == (True, True)


def test_coverage_tells_what_was_read_and_what_was_missed(services: Services) -> None:
    days = [{"read": 10, "matched": 3, "fetched": 2, "refused": 1, "hidden": 0}] * 2
    hole = {"from": LATER, "to": "2023-01-13T09:00:00+00:00", "why": "fault", "reason": "VK does not answer."}
    links = [f"https://x/{number}" for number in range(6)]
    found = {
        "sources": [
            {**a_source(1), "covered": 0.9876, "days": days, "holes": [hole], "not_shown": links},
            {**a_source(2), "covered": 1.0, "days": [], "holes": [], "not_shown": []},
        ],
        "without_video": 3,
        "estimate": {"found": 12, "missed": 1.5, "missed_low": 0.2, "missed_high": 3.7},
        "elsewhere": {"found": 30, "missed": 20.4, "missed_low": 7.0, "missed_high": 61.0},
        "untold": [
            {"network": "telegram", "on_walls": True, "why": "one reader", "found": 9},
            {"network": "ok", "on_walls": False, "why": "few shared", "found": 2},
        ],
    }
    services.gives(coverage, "report", viewed(found))
    lines = services.says(crawling.coverage, SLUG)
    assert cells(lines[:3]) == [
        ["id", "address", "covered", "read", "with the tag", "fetched", "refused", "hidden", "holes"],
        ["1", "vk:club1", "98.8 %", "20", "6", "4", "2", "0", "1"],
        ["2", "vk:club2", "100 %", "0", "0", "0", "0", "0", "0"],
    ]
    assert lines[3:] == [
        "Город: not read from 2023-01-12 09:00 to 2023-01-13 09:00. The network gave no answer; this is read first as "
        "soon as it does. VK does not answer.",
        "Город: posts that the public page does not show: 6. Open them, and hand in those that are ours with relay "
        f"post add: {' '.join(links[:5])}",
        "Posts with the tag and no video that can be fetched: 3. See: relay post list proryv80 --without-video",
        "On the listed walls 12 posts were found; about 2 were missed by walls, search and people alike (95 % sure: 0 "
        "to 4).",
        "Elsewhere 30 posts were found; about 20 were missed by search and people alike (95 % sure: 7 to 61).",
        "telegram, posts found on listed walls: 9. They were found in one way only: nothing else has shown any. So "
        "nobody knows how many more there are.",
        "ok, posts found elsewhere: 2. Too few of them were found in two ways, so nobody knows yet how many more there "
        "are. Links that people hand in tell more.",
    ]
    assert services.tells(crawling.coverage, SLUG, json=True) == found
    found |= {"sources": [], "without_video": 0, "estimate": None, "elsewhere": None, "untold": []}
    services.gives(coverage, "report", viewed(found))
    assert len(services.says(crawling.coverage, SLUG)) == 2
    assert services.asked == [("report", SLUG)]


def test_a_look_at_posts_again_is_told_to_programs(services: Services) -> None:
    services.gives(campaigns, "get")
    services.gives(recheck, "recheck", recheck.Rechecked(posts=5, lost=2, doubted=1, faults=("VK is away.", "x")))
    told = services.tells(crawling.recheck, SLUG, json=True)
    assert (told["posts"], told["lost"], told["doubted"], told["faults"]) == (5, 2, 1, ["VK is away.", "x"])
    assert services.asked == [("get", SLUG), ("recheck", SLUG, {"within": timedelta()})]
    assert (services.code, services.err) == (1, "Not every post could be looked up. VK is away.\n")


# Clips and hand-ins


def a_clip(number: int, **more: Any) -> dict[str, Any]:
    person = {"name": "Анна", "town": "Мга", "district": "Кировский", "age": "12"}
    return {
        "id": number, "state": "awaiting", "participant": person, "duration": 42.54, "width": 1280, "height": 720,
        "flags": ["quiet", "odd_one"], "reason": "", "returned": "", **more,
    }  # fmt: skip


def test_clips_are_taken_in_and_listed(services: Services) -> None:
    services.gives(files, "add_files", [3, 4])
    assert services.says(clips.add, SLUG, [Path("a"), Path("b")], "olga") == ["Clip 3 is in.", "Clip 4 is in."]
    assert services.asked == [("add_files", SLUG, [Path("a"), Path("b")], {"person": "olga", "name": "", "town": ""})]
    services.says(clips.add, SLUG, [Path("a")], "olga", "Анна", "Мга")
    assert services.asked[0][3] == {"person": "olga", "name": "Анна", "town": "Мга"}
    rows = [a_clip(1), a_clip(2, flags=[], state="rejected", reason="Duplicate of another clip", duration=None)]
    services.gives(finding, "streamed", viewed(rows))
    lines = services.says(clips.listing, SLUG)
    assert lines[0].split() == ["id", "state", "name", "town", "seconds", "size", "flags", "reason"]
    assert cells(lines[1:]) == [
        ["1", "awaiting", "Анна", "Мга", "42.5", "1280×720", "Quiet, odd one"],
        ["2", "rejected", "Анна", "Мга", "1280×720", "Duplicate of another clip"],
    ]
    assert services.asked == [("streamed", SLUG, ClipFilter())]
    assert services.tells(clips.listing, SLUG, "rejected", json=True) == rows
    assert services.asked == [("streamed", SLUG, ClipFilter(state=(ClipState.rejected,)))]


SUGGESTED = Suggestion(
    Field.quote, "12", 0.93, True, "", Evidence(Origin.post, "…", "отрывок № 12", "", 1, 13)
)  # fmt: skip


def test_what_is_suggested_is_told_with_its_words(services: Services) -> None:
    services.gives(suggestions, "of_clip", [replace(SUGGESTED, sure=False)])
    assert services.says(clips.suggest, [7]) == [
        "Clip 7, suggested:",
        "  Text that is read: perhaps 12  (from the post: …отрывок № 12)",
    ]
    services.gives(suggestions, "of_clip", [])
    assert services.says(clips.suggest, [7]) == ["Clip 7: nothing is suggested."]


def test_a_clip_is_shown_with_all_that_was_decided(services: Services) -> None:
    names = (
        "title",
        "author",
        "url",
        "finding",
        "finding_reason",
        "family",
        "quote",
        "consent",
        "sha256",
        "text_author",
    )
    found = {
        **a_clip(7), "campaign": SLUG, "published_at": LATER, **dict.fromkeys(names, ""), "sha256": "ab",
        "origin": "family",
        "posts": [{"published_at": LATER, "url": "https://x", "author": "Вера"}],
    }  # fmt: skip
    history = [
        {"at": LATER, "person": "olga", "verdict": "approve", "changes": {}, "scope": "", "reason": "Хорошо"},
        {"at": LATER, "person": "", "verdict": "odd", "changes": {"town": ("Мга", ""), "x": ("", "y")},
         "scope": "film", "reason": ""},
    ]  # fmt: skip
    whole = viewed({**found, "undrawn": [], "suggestions": [SUGGESTED], "permission": None})
    services.gives(shown, "clip", lambda _number: replace(whole, permission=a_permission(7, lacks=[Lack.guardian])))
    services.gives(desk, "history", viewed(history))
    assert services.says(clips.show, 7) == [
        "id         7",
        "campaign   proryv80",
        "state      awaiting",
        "published  2023-01-12 09:00",
        "duration   42.54",
        "width      1280",
        "height     720",
        "flags      Quiet, odd one",
        "text from  from the family's letters or diaries",
        "sha256     ab",
        "name       Анна",
        "town       Мга",
        "district   Кировский",
        "age        12",
        "Clip 7: The author's public post with the tag; nobody has asked.",
        "  The participant is under 18, and no parent or guardian has agreed.",
        "  Text that is read: 12  (from the post: …отрывок № 12)",
        "posted 2023-01-12 09:00  https://x  Вера",
        "2023-01-12 09:00  olga: approved  Хорошо",
        "2023-01-12 09:00  Relay: odd  Town: Мга → –; x: – → y May be shown in the film",
    ]
    assert services.asked == [("clip", 7), ("history", 7)]
    assert services.tells(clips.show, 7, json=True)["undrawn"] == []


def test_verdicts_are_given_on_the_state_as_it_is(services: Services) -> None:
    states = {1: "awaiting", 2: "later"}
    services.gives(desk, "show", lambda number: viewed({"state": states[number], "doubt": ""}))
    services.gives(desk, "decide", SimpleNamespace(to_state=ClipState.approved))
    services.gives(permissions, "of_clip", a_permission(1))
    for command, verdict in (
        (clips.approve, Verdict.approve), (clips.reject, Verdict.reject), (clips.later, Verdict.later),
    ):  # fmt: skip
        assert services.says(command, [1, 2], "olga", "Так") == ["Clip 1: approved", "Clip 2: approved"]
        given = [words for words in services.asked if words[0] == "decide"]
        assert given == [
            (
                "decide", number, verdict,
                {"person": "olga", "seen": ClipState(states[number]), "reason": "Так", "override": ""},
            )
            for number in (1, 2)
        ]  # fmt: skip
        services.says(command, [1], "olga")
        assert [words for words in services.asked if words[0] == "decide"][-1][3]["reason"] == ""
    services.gives(desk, "undo", SimpleNamespace(to_state=ClipState.later))
    assert services.says(clips.undo, [1, 2], "olga") == ["Clip 1 again: later", "Clip 2 again: later"]
    assert services.asked == [("undo", number, {"person": "olga"}) for number in (1, 2)]


def test_clips_in_doubt_are_kept_or_withdrawn(services: Services) -> None:
    doubts = {1: "The post is gone.", 2: ""}
    services.gives(desk, "show", lambda number: viewed({"doubt": doubts[number]}))
    services.gives(desk, "keep")
    assert services.says(clips.keep, [1], "olga") == ["Clip 1 is kept."]
    assert services.asked == [("show", 1), ("keep", 1, {"person": "olga", "seen": "The post is gone."})]
    with pytest.raises(Refused, match=r"Clip 2 is not in doubt\."):
        clips.keep([2], "olga")
    services.gives(taking_back, "withdraw", [3])
    services.gives(certificate, "of_clip", SimpleNamespace(number="E-1", done_at="now", films=[1]))
    end = "is withdrawn and erased; versions that showed it are closed: 1. Certificate E-1."
    assert services.says(withdraw.withdraw, "https://x", "По телефону", "olga") == [f"Clip 3 {end}"]
    wish = {"reason": "По телефону", "person": "olga"}
    assert services.asked == [("withdraw", "https://x", wish), ("of_clip", 3)]
    services.gives(certificate, "of_clip", SimpleNamespace(number="E-1", done_at="", films=[]))
    later = "Clip 3 is withdrawn; `relay work` erases what is still in use. Certificate E-1."
    assert services.says(withdraw.withdraw, "https://x", "По телефону", "olga") == [later]


def test_what_is_corrected_is_handed_on_by_its_name(services: Services) -> None:
    services.gives(desk, "edit")
    fields = {"name": "А", "town": "Б", "district": "В", "age": "7", "relation": "внук", "quote": "8"}
    fields |= {"origin": "family", "text_author": "прадед", "consent": "film", "evidence": "п"}
    assert services.says(clips.edit, 3, "olga", **fields) == ["Clip 3 is corrected."]
    assert services.asked == [("edit", 3, {"person": "olga", **fields})]
    services.says(clips.edit, 3, "olga")
    assert services.asked == [("edit", 3, {"person": "olga", **dict.fromkeys(fields), "evidence": ""})]


def test_hand_ins_are_listed_with_their_clips(services: Services) -> None:
    person = {"name": "Анна", "town": "Мга"}
    row = {"state": "begun", "participant": person, "contact": "+7", "clips": [], "reason": ""}
    rows = [
        {**row, "number": "A-1", "url": "https://x", "file_name": "a.mp4", "clips": [3, 4]},
        {**row, "number": "A-2", "url": "", "file_name": "b.mp4", "reason": "Too big."},
    ]
    services.gives(hand_in_service, "listing", viewed(rows))
    assert cells(services.says(hand_ins.listing, SLUG)) == [
        ["number", "state", "name", "town", "contact", "video", "clips", "reason"],
        ["A-1", "begun", "Анна", "Мга", "+7", "https://x", "3, 4"],
        ["A-2", "begun", "Анна", "Мга", "+7", "b.mp4", "Too big."],
    ]
    assert services.asked == [("listing", SLUG)]
    assert services.tells(hand_ins.listing, SLUG, json=True) == rows


# Campaigns


def test_a_campaign_is_made_of_what_was_said(services: Services) -> None:
    services.gives(campaigns, "new", SimpleNamespace(slug=SLUG))
    made = ["Campaign proryv80 is made. Next: relay source add proryv80 vk:tag"]
    assert services.says(campaign.new, SLUG, "Т", ["#а"], "1", "2") == made
    usual = {
        "slug": SLUG, "title": "Т", "hashtags": ["#а"], "aliases": [], "opens": "1", "closes": "2",
        "tz": "Europe/Moscow", "language": "", "comments": False, "permission": "", "gate": "",
    }  # fmt: skip
    assert services.asked == [("new", usual)]
    words = {"comments": True, "permission": "written", "gate": "tell"}
    services.says(campaign.new, SLUG, "Т", ["#а"], "1", "2", "Asia/Omsk", ["#б"], "en", **words)
    other = {"tz": "Asia/Omsk", "aliases": ["#б"], "language": "en", **words}
    assert services.asked == [("new", usual | other)]


def test_a_campaign_is_started_stopped_and_extended(services: Services) -> None:
    services.gives(campaigns, "start")
    services.gives(campaigns, "stop")
    row = SimpleNamespace(closes_at=datetime(2023, 1, 25, 20, 59, 59, tzinfo=UTC), tz="Europe/Moscow")
    services.gives(campaigns, "extend", row)
    assert services.says(campaign.start, SLUG, "olga") == ["Campaign proryv80 is running."]
    assert services.asked == [("start", SLUG, {"person": "olga"})]
    stopped = "Campaign proryv80 is stopped; `relay work` makes the last sweep."
    assert services.says(campaign.stop, SLUG, "olga") == [stopped]
    assert services.asked == [("stop", SLUG, {"person": "olga"})]
    extended = "Campaign proryv80 now closes at 2023-01-25 23:59."
    assert services.says(campaign.extend, SLUG, "25.01.2023", "olga") == [extended]
    assert services.asked == [("extend", SLUG, "25.01.2023", {"person": "olga"})]


def test_comments_and_the_hand_in_page_are_switched(services: Services) -> None:
    services.gives(comments, "set_for")
    on = "Comments are searched for the tag; what is found waits among the near misses."
    assert services.says(campaign.comments, SLUG, campaign.Switch.on, "olga") == [on]
    assert services.asked == [("set_for", SLUG, {"on": True, "person": "olga"})]
    assert services.says(campaign.comments, SLUG, campaign.Switch.off, "olga") == ["Comments are left aside."]
    assert services.asked == [("set_for", SLUG, {"on": False, "person": "olga"})]
    page = "https://desk.example/take-part/proryv80"
    for is_open, state, line in (
        (True, CampaignState.running, f"The hand-in page is open: {page}"),
        (True, CampaignState.draft, f"The hand-in page opens when proryv80 runs: {page}"),
        (False, CampaignState.running, "The hand-in page of proryv80 is closed; receipts go on working."),
        (
            True,
            CampaignState.stopped,
            "The hand-in page of proryv80 stays closed: the campaign is over. Extend or start it first.",
        ),
    ):
        services.gives(hand_in_service, "switch", SimpleNamespace(hand_in=is_open, state=state))
        assert services.says(campaign.hand_in, SLUG, "open" if is_open else "close", "olga") == [line]
        assert services.asked == [("switch", SLUG, {"is_open": is_open, "person": "olga"})]


def test_campaigns_are_listed_and_told_how_they_stand(services: Services) -> None:
    rows = [
        summaries.CampaignRow("a", "Т", CampaignState.running, ["#а", "#б"]),
        summaries.CampaignRow("b", "Я", CampaignState.draft, ["#в"]),
    ]
    services.gives(summaries, "campaign_rows", rows)
    assert cells(services.says(campaign.listing)) == [
        ["campaign", "state", "title", "hashtags"],
        ["a", "running", "Т", "#а #б"],
        ["b", "draft", "Я", "#в"],
    ]
    assert services.tells(campaign.listing, json=True)[0] == {
        "slug": "a", "title": "Т", "state": "running", "hashtags": ["#а", "#б"],
    }  # fmt: skip
    alerts = [{"text": "VK does not answer."}, {"text": "слово"}]
    found = {"slug": "a", "posts": {"exact": 3}, "hand_in": False, "closes": LATER, "alerts": alerts}
    services.gives(campaigns, "status", viewed(found))
    assert services.says(campaign.status, "a") == [
        "short name         a",
        "posts              exact 3",
        "hand-in page open  no",
        "closes             2023-01-12 09:00",
        "! VK does not answer.",
        "! слово",
    ]
    assert services.asked == [("status", "a")]
    assert services.tells(campaign.status, "a", json=True) == found


# Permission


def a_permission(clip: int, **more: Any) -> ClipPermissionView:
    return ClipPermissionView(**{
        "clip": clip, "name": "Анна", "town": "Мга", "state": ClipState.approved, "rule": PermissionRule.public_post,
        "gate": PermissionGate.tell, "ground": Ground.post, "lacks": [], "overridden": [], "overridden_by": "",
        "override_reason": "", "passes": True, "scope": "", "broadcast": None, "abroad": None, "until": "",
        "guardian": "", "way": ConsentWay.unknown, **more,
    })  # fmt: skip


def test_whose_permission_is_lacking_is_told_when_a_clip_is_approved_and_before_a_film(film: Services) -> None:
    film.gives(desk, "show", viewed({"state": "awaiting"}))
    film.gives(desk, "decide", SimpleNamespace(to_state=ClipState.approved))
    film.gives(permissions, "of_clip", a_permission(1, lacks=[Lack.guardian]))
    who = "Clip 1 (Анна): The participant is under 18, and no parent or guardian has agreed.\n"
    what = "Ask their authors: relay consent ask CLIP. Or take it upon you: relay consent override CLIP\n"
    assert film.says(clips.approve, [1], "olga") == ["Clip 1: approved"]
    assert film.err == who + what
    film.says(clips.approve, [1], "olga", override="мать на съёмке")
    assert film.asked[1][3]["override"] == "мать на съёмке"
    found = [a_permission(1, lacks=[Lack.guardian]), a_permission(2, lacks=[Lack.unknown], overridden=[Lack.unknown])]
    film.gives(queries, "show", replace(viewed(PLAN), lacking=found))
    film.gives(missing_glyphs, "of_film", [])
    film.gives(recheck, "recheck", recheck.Rechecked())
    film.gives(render, "render", lambda *_words, **_more: None)
    film.gives(render, "preview", Path("/x/film.mp4"))
    for command in (films.show, films.render, films.preview):
        film.says(command, *FILM)
        assert film.err == who + what


# Almanacs


def a_segment(clip: int, **more: Any) -> dict[str, Any]:
    return {"clip": clip, "name": "Анна", "in": 1.0, "out": 10.256, "pinned": "", "by_hand": [], "unread": "", **more}


PLAN: dict[str, Any] = {
    "name": "film", "title": "Голоса", "subtitle": "", "campaign": SLUG, "fps": 25,
    "segments": [a_segment(3, pinned="opening", by_hand=["in", "out"]), a_segment(4, unread="Too short.")],
    "left_out": [{"person": "boris", "clip": 5, "reason": "Шум"}],
    "renders": [{"version": 1, "duration": 62.54, "file": "film-v1.mp4", "shots_encoded": 3, "shots_reused": 7,
                 "seconds": 12.4}],
    "uses": [], "lacking": [],
}  # fmt: skip
SHOWN = [
    ["name", "film"],
    ["title", "Голоса"],
    ["campaign", "proryv80"],
    ["frames a second", "25"],
    ["clip", "name", "in", "out", "by hand"],
    ["3", "Анна", "1", "10.26", "opens the film, trimmed by hand"],
    ["4", "Анна", "1", "10.26"],
    ["Clip 4: Too short."],
    ["Left out by boris: clip 5. Шум"],
    ["version", "seconds", "file"],
    ["1", "62.54", "film-v1.mp4"],
]
LACKING = {"clip": 3, "what": "town", "text": "李", "letters": ["李"], "instead": ""}
LACKS = "Clip 3: no font has these letters of the town “李”: 李. Write it in others: relay clip edit 3 --town …\n"


@pytest.fixture
def film(services: Services) -> Services:
    services.gives(queries, "show", viewed(PLAN))
    services.gives(missing_glyphs, "of_film", viewed([LACKING]))
    return services


def test_an_almanac_is_made_of_what_was_said(film: Services) -> None:
    film.gives(queries, "new")
    assert film.says(films.new, *FILM) == ["Almanac film, clips: 2. Next: relay almanac render proryv80 film"]
    plain, _ = film.asked
    assert plain[:3] == ("new", *FILM)
    assert (plain[3]["title"], plain[3]["all_approved"]) == ("", False)
    film.says(films.new, *FILM, "Голоса", all_approved=True, rule=["longest=20"])
    assert (film.asked[0][3]["title"], film.asked[0][3]["all_approved"]) == ("Голоса", True)
    assert film.asked[0][3]["given"] != plain[3]["given"]


def test_an_almanac_is_shown_with_what_no_font_can_draw(film: Services) -> None:
    assert cells(film.says(films.show, *FILM)) == SHOWN
    assert film.err == LACKS
    assert film.asked == [("show", *FILM), ("of_film", *FILM)]
    assert film.tells(films.show, *FILM, json=True) == {**PLAN, "undrawn": [LACKING]}
    film.gives(queries, "listing", viewed([PLAN, {**PLAN, "name": "short", "segments": [], "renders": []}]))
    assert cells(film.says(films.listing, SLUG)) == [
        ["name", "clips", "versions"], ["film", "2", "1"], ["short", "0", "0"],
    ]  # fmt: skip
    assert film.asked == [("listing", SLUG)]
    assert film.tells(films.listing, SLUG, json=True)[0] == PLAN


def test_a_plan_is_followed_or_only_proposed(film: Services) -> None:
    film.gives(queries, "plan")
    assert cells(film.says(films.plan, *FILM, "boris")) == SHOWN
    done = film.asked[0]
    assert (done[:3], done[3]["only"], done[3]["person"]) == (("plan", *FILM), None, "boris")
    film.says(films.plan, *FILM, "boris", accept=[5])
    assert film.asked[0][3]["only"] == [5]
    assert film.tells(films.plan, *FILM, "boris", json=True)["undrawn"] == [LACKING]
    found = [
        {"kind": "remove", "clip": 5, "name": "Борис", "after": None, "hand": True,
         "sentence": "It is not from one of the chosen districts."},
        {"kind": "add", "clip": 6, "name": "Вера", "after": 3, "hand": False, "sentence": "It is approved."},
    ]  # fmt: skip
    film.gives(queries, "proposals", viewed(found))
    assert cells(film.says(films.plan, *FILM, "boris", dry_run=True)) == [
        ["what", "clip", "name", "after", "why"],
        ["Take out", "5", "Борис", "It is not from one of the chosen districts. Somebody worked on it by hand."],
        ["Add", "6", "Вера", "3", "It is approved."],
    ]
    assert [words[0] for words in film.asked] == ["proposals"]
    assert film.tells(films.plan, *FILM, "boris", dry_run=True, json=True) == found


def test_a_film_is_made_as_it_was_wished(film: Services) -> None:
    film.gives(recheck, "recheck", recheck.Rechecked(faults=("VK does not answer.",)))
    film.gives(render, "render", lambda *_words, on_progress, request: (on_progress(1, 2, ""), on_progress(2, 2, "x")))
    assert film.says(films.render, *FILM) == [
        "film-v1.mp4",
        "Version 1: 62.5 s, made in 12 s. Shots made: 3, used again: 7.",
    ]
    assert film.err == (f"Whether all posts are still there could not be asked: VK does not answer.\n{LACKS}")
    assert film.asked[0] == ("recheck", SLUG, {"within": recheck.HOURLY})
    assert film.asked[3][:3] == ("render", *FILM)
    assert film.asked[3][3]["request"] == formats.request(formats.read("", "", 0, None), None, None)
    told = film.tells(films.render, *FILM, "9:16", "720", 30, -23.0, "ru,en", "ru", json=True)
    assert told == {**PLAN["renders"][-1], "undrawn": [LACKING], "lacking": []}
    assert film.asked[3][3]["request"] == formats.request(formats.read("9:16", "720", 30, -23.0), "ru,en", "ru")


def test_a_preview_and_an_export_tell_where_they_are(film: Services) -> None:
    film.gives(render, "preview", Path("/x/film.mp4"))
    assert film.says(films.preview, *FILM) == ["/x/film.mp4"]
    assert film.err == LACKS
    assert film.asked[2][:3] == ("preview", *FILM)
    assert film.tells(films.preview, *FILM, json=True) == {"file": "/x/film.mp4"}
    made = {"timeline": "/out/a.otio", "media": ["1", "2"], "left_out": ["Music", "Cards"]}
    film.gives(exchange, "export", viewed(made))
    assert film.says(films.export, *FILM, Path("/out")) == [
        "/out/a.otio  (videos: 2)", "Left out: Music", "Left out: Cards",
    ]  # fmt: skip
    assert film.asked[0][:4] == ("export", *FILM, Path("/out"))
    assert (film.asked[0][4]["to"], film.asked[0][4]["translate"]("Enough.")) == ("otio", "Enough.")
    assert film.tells(films.export, *FILM, Path("/out"), "edl", json=True) == made
    assert film.asked[0][4]["to"] == "edl"


# The editor's hand


@pytest.mark.parametrize(
    ("command", "words", "asked"),
    [
        (editing.place, (3, "boris"), ("place", 3, {"before": None, "person": "boris"})),
        (editing.place, (3, "boris", 1), ("place", 3, {"before": 1, "person": "boris"})),
        (editing.trim, (3, "boris"), ("trim", 3, {"first": None, "last": None, "person": "boris"})),
        (editing.trim, (3, "boris", "1:02.5", "70"), ("trim", 3, {"first": 62.5, "last": 70.0, "person": "boris"})),
        (editing.trim, (3, "boris", None, None, True), ("untrim", 3, {"person": "boris"})),
        (editing.retitle, (3, "boris"), ("retitle", 3, {"who": None, "town": None, "person": "boris"})),
        (editing.retitle, (3, "boris", "А", "Б"), ("retitle", 3, {"who": "А", "town": "Б", "person": "boris"})),
        (editing.leave_out, (3, "boris"), ("leave_out", 3, {"reason": "", "person": "boris"})),
        (editing.leave_out, (3, "boris", "Шум"), ("leave_out", 3, {"reason": "Шум", "person": "boris"})),
        (editing.bring_back, (3, "boris"), ("bring_back", 3, {"person": "boris"})),
        (editing.pin, (3, "boris", "opening"), ("pin", 3, "opening", {"person": "boris"})),
        (editing.pin, (3, "boris", "free"), ("pin", 3, "", {"person": "boris"})),
        (editing.undo, ("boris",), ("undo", {"person": "boris"})),
    ],
)
def test_what_the_editor_does_is_handed_on(
    services: Services, command: Callable[..., None], words: tuple[Any, ...], asked: tuple[Any, ...]
) -> None:
    services.gives(edits, asked[0])
    assert services.says(command, *FILM, *words) == ["Done. What it costs: relay almanac diff proryv80 film"]
    assert services.asked == [(asked[0], *FILM, *asked[1:])]


def test_what_has_changed_is_told_with_what_it_costs(services: Services) -> None:
    change = {"clip": 3, "name": "Анна", "was": "", "start": 0.0, "end": 0.0}
    found = {
        "changes": [change | {"what": "in"}, change | {"what": "trimmed", "start": 1.0, "end": 4.52}],
        "changed": 2, "clips": 5, "undrawn": [LACKING], "refused": "",
        "cost": {"shots": 3, "all_shots": 9, "frames": 1, "all_frames": 2, "seconds": 12.4, "credits": 353.0},
    }  # fmt: skip
    services.gives(cost, "diff", viewed(found))
    told = ["Clip 3 (Анна) comes in.", "Clip 3 (Анна) is used from 1.00 to 4.52 s."]
    assert services.says(editing.diff, *FILM) == [
        *told, "2 of 5 clips changed, shots to encode: 3 of 9, about 12 s.", "The credits last 5:53.",
    ]  # fmt: skip
    assert (services.asked, services.err) == ([("diff", *FILM)], LACKS)
    assert services.tells(editing.diff, *FILM, json=True) == found
    found["refused"] = "The original of clip 2 (Глеб) is missing."
    services.gives(cost, "diff", viewed(found))
    assert services.says(editing.diff, *FILM) == [*told, "The original of clip 2 (Глеб) is missing."]


def test_officials_are_asked_by_a_link(services: Services) -> None:
    asked = SimpleNamespace(secret="s3", number=4, version=2, expires_at=AT)
    services.gives(sign_off, "ask", asked)
    assert services.says(editing.sign_off, *FILM, "olga", "Иванова") == [
        "https://desk.example/sign-off/s3",
        "Shown only now. Version 2, for Иванова, works until 2023-01-12 09:00.",
    ]
    usual = {"version": 0, "to": "Иванова", "position": "", "days": 7, "person": "olga", "mail": "", "language": ""}
    assert services.asked == [("ask", *FILM, usual)]
    document = services.tells(editing.sign_off, *FILM, "olga", "Иванова", "глава", 3, 2, json=True)
    assert document == {
        "number": 4, "link": "https://desk.example/sign-off/s3", "version": 2,
        "expires_at": "2023-01-12 09:00:00+00:00",
    }  # fmt: skip
    assert services.asked == [("ask", *FILM, usual | {"position": "глава", "days": 3, "version": 2})]
    services.gives(sign_off, "revoke")
    assert services.says(editing.sign_off, *FILM, "olga", revoke=4) == ["Link 4 works no more."]
    assert services.asked == [("revoke", 4, {"person": "olga"})]
    rows = [
        {"number": 4, "version": 2, "person": "Иванова", "position": "глава", "state": "remarks", "remarks": [1, 2]},
        {"number": 5, "version": 2, "person": "Петров", "position": "мэр", "state": "open", "remarks": []},
    ]
    services.gives(sign_off, "listing", viewed(rows))
    assert cells(services.says(editing.sign_off, *FILM, "olga")) == [
        ["number", "version", "person", "position", "state", "remarks"],
        ["4", "2", "Иванова", "глава", "has remarks", "2"],
        ["5", "2", "Петров", "мэр", "no answer yet", "0"],
    ]
    assert services.asked == [("listing", *FILM)]
    assert services.tells(editing.sign_off, *FILM, "olga", json=True) == rows


def test_a_film_is_signed_and_remarked_upon(services: Services) -> None:
    services.gives(credentials, "sign", SimpleNamespace(path=Path("/x/film.mp4")))
    path, said = services.says(editing.sign, *FILM, "olga")
    assert (path, said[:21]) == ("/x/film.mp4", "Signed and read back.")
    assert services.asked == [("sign", *FILM, {"version": 0, "person": "olga"})]
    services.says(editing.sign, *FILM, "olga", 3)
    assert services.asked[0][3]["version"] == 3
    said = {"version": 1, "clock": "0:02", "person": "Иванова", "text": "Громче", "done_by": "boris"}
    rows = [{"id": 5, **said, "replies": [{"text": "Уже"}]}]
    services.gives(remarks, "listing", viewed(rows))
    services.gives(remarks, "reply")
    services.gives(remarks, "settle")
    assert cells(services.says(editing.remarks, *FILM, "olga")) == [
        ["number", "version", "at", "person", "remark", "answers", "done"],
        ["5", "1", "0:02", "Иванова", "Громче", "1", "boris"],
    ]
    assert services.asked == [("listing", *FILM)]
    services.says(editing.remarks, *FILM, "olga", reply=5, text="Уже", done=5, reopen=6)
    assert services.asked == [
        ("reply", *FILM, 5, "Уже", {"person": "olga"}),
        ("settle", *FILM, 5, {"done": True, "person": "olga"}),
        ("settle", *FILM, 6, {"done": False, "person": "olga"}),
        ("listing", *FILM),
    ]
    assert services.tells(editing.remarks, *FILM, "olga", json=True) == rows


# How films look


def test_a_style_is_shown_or_changed_by_what_was_said(services: Services) -> None:
    found = {"theme": "night", "loudness": -16.0, "captions": ["ru", "en"], "burn": "", "into": {"2": "cut"}}
    services.gives(styles, "show", viewed(found))
    services.gives(styles, "change", viewed(found))
    assert services.says(style.style, *FILM, "boris") == [
        "theme            night",
        "loudness         -16",
        "captions         ru, en",
        "ways into clips  2 cut",
    ]
    assert services.asked == [("show", *FILM)]
    assert services.tells(style.style, *FILM, "boris", json=True) == found
    words = {
        "theme": "ice", "transition": "dip", "burn": "ru", "under": "cards", "framing": "whole", "credits": "film",
        "title": "Т", "subtitle": "П",
    }  # fmt: skip
    services.says(
        style.style, *FILM, "boris", shape="9:16", into=["2=cut", " 3 = dip "], captions=" RU,en,, ru", track="4",
        **words,
    )  # fmt: skip
    wanted = styles.Change(
        **words, format=formats.read("9:16", "", 0, None), into={2: "cut", 3: "dip"}, captions=("ru", "en"), music="4"
    )
    assert services.asked == [("change", *FILM, wanted, {"person": "boris"})]
    for one in ({"size": "720"}, {"loudness": -23.0}, {"captions": ""}, {"title": ""}):
        services.says(style.style, *FILM, "boris", **one)
        assert [asked[0] for asked in services.asked] == ["change"], one


@pytest.mark.slow
def test_themes_are_listed_in_the_language_of_the_settings(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    english = cells(services.says(style.themes))
    assert english[0] == ["theme", "title", "about"]
    assert [row[:2] for row in english[1:3]] == [["night", "Night"], ["paper", "Paper"]]
    first = services.tells(style.themes, json=True)[1]
    assert set(first) == {"name", "title", "about", "clips", "chapters"}
    assert first["title"] == {"ru": "Бумага", "en": "Paper", "fr": "Papier"}
    assert first["about"]["en"] == english[2][2]
    monkeypatch.setenv("RELAY_LANGUAGE", "ru")
    assert cells(services.says(style.themes))[2][:2] == ["paper", "Бумага"]


def test_cards_are_added_listed_and_removed(services: Services) -> None:
    services.gives(cards, "add", SimpleNamespace(id=9))
    assert services.says(film_cards.add, *FILM, "chapter", "boris") == ["Card 9 is in film."]
    empty = dict.fromkeys(("title", "text", "above", "author", "link", "source", "date", "place"), "")
    usual = {"words": empty, "before": None, "quote": "", "picture": None, "seconds": 0.0, "person": "boris"}
    assert services.asked == [("add", *FILM, "chapter", usual)]
    said = {"title": "1", "text": "2", "above": "3", "author": "4", "link": "5", "source": "6"}
    services.says(film_cards.add, *FILM, "quote", "boris", before=2, **said, number="7", image=8, seconds=6.5)
    other = {"words": empty | said, "before": 2, "quote": "7", "picture": 8, "seconds": 6.5}
    assert services.asked == [("add", *FILM, "quote", usual | other)]
    rows = [
        {"id": 1, "kind": "chapter", "before": 2, "words": {"title": "Дорога", "text": "Ладога"}, "seconds": 6.0},
        {"id": 2, "kind": "quote", "before": None, "words": {"text": "а" * 80}, "seconds": 0.0},
        {"id": 3, "kind": "quote", "before": 4, "words": {"text": "а" * 81}, "seconds": 0.0},
    ]
    services.gives(cards, "listing", viewed(rows))
    assert cells(services.says(film_cards.listing, *FILM)) == [
        ["id", "what", "before", "words", "seconds"],
        ["1", "chapter", "2", "Дорога · Ладога", "6.0"],
        ["2", "quote", "а" * 80],
        ["3", "quote", "4", "а" * 79 + "…"],
    ]
    assert services.asked == [("listing", *FILM)]
    assert services.tells(film_cards.listing, *FILM, json=True) == rows
    services.gives(cards, "remove")
    assert services.says(film_cards.remove, *FILM, 3, "boris") == ["Card 3 is out of film."]
    assert services.asked == [("remove", *FILM, 3, {"person": "boris"})]


def test_quotes_pictures_and_music_are_taken_in_and_listed(services: Services) -> None:
    services.gives(quotes, "add", SimpleNamespace(number="7"))
    assert services.says(texts.add, SLUG, "Лёд") == ["Quote 7 is in."]
    assert services.asked == [("add", SLUG, "Лёд", {"number": "", "author": "", "link": ""})]
    services.says(texts.add, SLUG, "Лёд", "8", "Мария", "https://x")
    assert services.asked == [("add", SLUG, "Лёд", {"number": "8", "author": "Мария", "link": "https://x"})]
    services.gives(quotes, "import_table", SimpleNamespace(added=1, changed=2, same=3))
    assert services.says(texts.import_table, SLUG, Path("q")) == ["Quotes added: 1, changed: 2, as they were: 3."]
    assert services.asked == [("import_table", SLUG, Path("q"))]
    assert services.tells(texts.import_table, SLUG, Path("q"), json=True) == {"added": 1, "changed": 2, "same": 3}
    row = {"number": "7", "text": "Лёд", "author": "Мария", "link": "https://x"}
    services.gives(quotes, "listing", viewed([row]))
    assert cells(services.says(texts.listing, SLUG)) == [[*row], [*row.values()]]
    assert services.tells(texts.listing, SLUG, json=True) == [row]

    services.gives(pictures, "add", SimpleNamespace(id=4, width=800, height=600))
    assert services.says(archive.add, SLUG, Path("p"), "olga") == ["Picture 4 is in: 800×600."]
    assert services.asked == [("add", SLUG, Path("p"), {"source": "", "title": "", "person": "olga"})]
    services.says(archive.add, SLUG, Path("p"), "olga", "Архив", "Дом")
    assert services.asked == [("add", SLUG, Path("p"), {"source": "Архив", "title": "Дом", "person": "olga"})]
    shown = [{"id": 4, "title": "Дом", "source": "Архив", "width": 800, "height": 600}]
    services.gives(pictures, "listing", viewed(shown))
    assert cells(services.says(archive.listing, SLUG)) == [
        ["id", "title", "source", "size"], ["4", "Дом", "Архив", "800×600"],
    ]  # fmt: skip
    assert services.tells(archive.listing, SLUG, json=True) == shown

    services.gives(music, "add", SimpleNamespace(id=5, seconds=61.6))
    assert services.says(pieces.add, SLUG, Path("m"), "olga") == ["Music 5 is in: 62 s."]
    assert services.asked == [("add", SLUG, Path("m"), {"title": "", "author": "", "cleared": "", "person": "olga"})]
    services.says(pieces.add, SLUG, Path("m"), "olga", "Т", "А", "Л")
    assert services.asked[0][3] == {"title": "Т", "author": "А", "cleared": "Л", "person": "olga"}
    heard = [{"id": 5, "title": "Т", "author": "А", "seconds": 61.6, "cleared": "Л"}]
    services.gives(music, "listing", viewed(heard))
    assert cells(services.says(pieces.listing, SLUG)) == [
        ["id", "title", "author", "seconds", "cleared"], ["5", "Т", "А", "62", "Л"],
    ]  # fmt: skip
    assert services.tells(pieces.listing, SLUG, json=True) == heard


def test_captions_are_given_made_taken_away_and_shown(services: Services) -> None:
    cue = {"from": 1.0, "to": 2.556, "text": "Раз\nдва"}
    rows = [{"language": "ru", "cues": [cue, {**cue, "text": "три"}]}, {"language": "en", "cues": []}]
    services.gives(captions, "listing", viewed(rows))
    for name in ("from_file", "drop"):
        services.gives(captions, name)
    services.gives(captions, "from_quote", SimpleNamespace(origin="quote"))
    services.gives(captions, "usual_language", "ru")
    table = [["language", "from", "to", "text"], ["ru", "1", "2.56", "Раз / два"], ["ru", "1", "2.56", "три"]]
    assert cells(services.says(captions_command.caption, 7, "olga")) == table
    assert services.asked == [("listing", 7)]
    by = {"language": "ru", "person": "olga"}
    assert cells(services.says(captions_command.caption, 7, "olga", Path("a.srt"))) == table
    assert services.asked == [("usual_language", 7), ("from_file", 7, Path("a.srt"), by), ("listing", 7)]
    services.says(captions_command.caption, 7, "olga", from_quote=True)
    assert services.asked == [("usual_language", 7), ("from_quote", 7, by), ("listing", 7)]
    assert services.err.startswith("When each sentence is read could not be told")
    services.gives(drafts, "from_heard")
    services.says(captions_command.caption, 7, "olga", from_heard=True)
    assert services.asked == [("from_heard", 7, {"language": "", "person": "olga"}), ("listing", 7)]
    assert services.err.startswith("This is a draft of what was heard")
    services.says(captions_command.caption, 7, "olga", language="en", remove=True)
    assert services.asked == [("drop", 7, {"language": "en", "person": "olga"}), ("listing", 7)]
    assert services.tells(captions_command.caption, 7, "olga", json=True) == rows


# The installation


def test_the_doctor_s_findings_are_told_to_people_and_programs(services: Services) -> None:
    findings = [doctor.Check("disk", "There is little room left.", wrong=True), doctor.Check("fonts", "All there.")]
    services.gives(doctor, "check", findings)
    marks = [each.mark for each in findings]
    lines = services.says(system.doctor)
    assert [line.split("  ", 1)[0].strip() for line in lines[1:]] == [mark.strip() for mark in marks]
    assert [line.split()[-1] for line in lines] == ["found", "left.", "there."]
    assert services.tells(system.doctor, json=True) == [each.as_json() for each in findings]
    assert (services.code, services.err) == (1, "Something needs attention. Try: relay doctor --fix\n")
    usual = {name: value for name, value in services.asked[0][1].items() if name in ("fix", "deep")}
    assert usual == {"fix": False, "deep": False}
    findings[0] = replace(findings[0], wrong=False)
    services.says(system.doctor, fix=True, deep=True)
    assert (services.code, services.err) == (0, "")


def test_a_backup_tells_what_is_in_it_and_what_it_lacks(services: Services) -> None:
    made = making.Backup(Path("b.tar"), 7, 12_600_000, 12_600_000, [], [], sealed=False)
    services.gives(making, "backup", made)
    assert services.says(backups.backup, Path("b.tar")) == ["b.tar: the database and files (7), 13 MB"]
    assert services.asked == [("backup", Path("b.tar"), {"folder": False, "to": ["age1of-the-settings"]})]
    lacking = replace(made, written=1_000_000, missing=["media/originals/aa"], damaged=["media/originals/bb"])
    services.gives(making, "backup", lacking)
    assert services.says(backups.backup, Path("b"), folder=True, to=["age1x"])[1:] == ["New in the folder: 1.0 MB"]
    assert services.asked == [("backup", Path("b"), {"folder": True, "to": ["age1x"]})]
    assert (services.code, services.err) == (
        1,
        "Files that are missing or damaged, so that the backup lacks them: 2 (media/originals/aa …). "
        "Run: relay doctor --deep\n",
    )
    assert services.tells(backups.backup, Path("b"), json=True)["missing"] == ["media/originals/aa"]


def test_a_restore_tells_what_came_back_and_what_was_damaged(services: Services) -> None:
    services.gives(walk, "due", [5])
    services.gives(walk, "try_to")
    known = holding.HeldBack("b/tombstones.jsonl", [3, 4])
    services.gives(restoring, "restore", restoring.Restored(7, [], "2026-11-30", known))
    assert services.says(backups.restore, Path("b.tar"), at=datetime.fromisoformat("2026-11-30")) == [
        "The database is back, and so are the files (7). Next: relay doctor",
        "Erased since, and kept out by b/tombstones.jsonl: 2.",
        "Whoever was signed in signs in again; tokens of programs have to be made anew.",
    ]
    assert services.asked[0][2]["at"] == datetime(2026, 11, 30, tzinfo=UTC)
    assert services.asked[1:] == [("due",), ("try_to", [5])]
    services.gives(
        restoring, "restore", restoring.Restored(6, ["media/proxies/aa.mp4"], "", holding.HeldBack("", [], 5, 1))
    )
    assert services.says(backups.restore, Path("b.tar"))[1] == (
        "There is no file of tombstones, so nothing tells who has taken a video back since: clips (5) and films (1) "
        "wait. Next: relay backups release --tombstones FILE, or look through them and: relay backups release"
    )
    assert (services.code, services.err) == (
        1,
        "Files of the backup that are damaged and were left out: 1. media/proxies/aa.mp4\n",
    )


def test_a_look_at_a_backup_says_whether_it_is_whole(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    found = restoring.TriedBackup(7, 2_000_000, [], "2026-11-30T01:00:00+00:00", "0.4", has_sums=True)
    monkeypatch.setattr(restoring, "try_out", lambda _source, **_how: found)
    said = "Made 2026-11-30T01:00:00+00:00 by Relay 0.4: the database and files (7), 2 MB"
    assert services.says(backups.restore, Path("b.tar"), check=True) == [said, "The backup is whole."]
    old = replace(found, has_sums=False, damaged=["media/originals/aa"])
    monkeypatch.setattr(restoring, "try_out", lambda _source, **_how: old)
    assert services.says(backups.restore, Path("b.tar"), check=True) == [
        said,
        "It is of an older Relay and has no sums: only originals, pictures and music could be compared.",
    ]
    assert (services.code, services.err) == (1, "Damaged or missing in the backup: 1. media/originals/aa\n")
    assert services.tells(backups.restore, Path("b.tar"), check=True, json=True)["files"] == 7


def test_backups_of_a_folder_are_listed_and_pruned(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 30, 1, 2, tzinfo=UTC)
    view = keeping.BackupView("20261130T010200Z", at, True, 3, 2_500_000, 400_000, True)
    monkeypatch.setattr(keeping, "listing", lambda _folder: [view])
    lines = services.says(backups.listing, Path("b"))
    assert lines[0].split() == ["name", "made", "sealed", "MB", "MB", "of", "its", "own", "whole"]
    assert lines[1].split() == ["20261130T010200Z", "2026-11-30", "01:02", "yes", "2.5", "0.4", "yes"]
    assert services.tells(backups.listing, Path("b"), json=True)[0]["own"] == 400_000
    done = keeping.PrunedBackups(["b"], ["a"], 400_000)
    monkeypatch.setattr(keeping, "prune", lambda _folder, _rule, **_how: done)
    assert services.says(backups.prune, Path("b")) == ["Kept: 1. Removed: 1, 0.4 MB."]
    assert services.says(backups.prune, Path("b"), dry_run=True)[1:] == ["Would go: a"]
    assert services.tells(backups.prune, Path("b"), json=True) == {"kept": ["b"], "removed": ["a"], "freed": 400_000}


def test_what_waited_since_a_restore_is_shown_again(services: Services) -> None:
    services.gives(walk, "due", [5])
    services.gives(walk, "try_to")
    services.gives(holding, "release", holding.Released([7], 5, 1))
    assert services.says(backups.release, person="Анна") == ["Shown again: clips (5), films (1). Kept out: 1."]
    asked = {"person": "Анна", "tombstones": None, "forget": people.forget_again}
    assert services.asked == [("release", asked), ("due",), ("try_to", [5])]
    assert services.tells(backups.release, person="Анна", json=True) == {"kept_out": [7], "clips": 5, "films": 1}


def test_an_installation_s_own_commands(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    services.gives(jobs, "work_through", jobs.WorkDone(sweeps=2, clips=1, prepared=4, more_to_prepare=True))
    assert services.says(system.work, once=True) == [
        "Sources read: 2, new posts: 0. Videos tried: 0, hand-ins: 0, new clips: 1.",
        "Clips prepared for films: 4. More are made the next time, or when a film needs them.",
    ]
    assert services.code == 0
    services.gives(serve, "serve")
    services.says(system.serve)
    assert services.asked[0][:3] == ("serve", "127.0.0.1", 8000)
    services.says(system.serve, "::1", 0)
    assert services.asked[0][:3] == ("serve", "::1", 0)


@dataclass
class Home:
    """A store that is there or not, and how far its tables are."""

    path: Path | None
    known: str | None = "the newest"
    done: str = ""

    def check(self) -> None:
        self.done += "checked "

    def revision(self) -> str | None:
        return self.known

    def upgrade(self, _now: object) -> None:
        self.done += "upgraded "


@pytest.mark.parametrize(
    ("there", "known", "people", "done"),
    [
        (False, None, 0, "upgraded "), (True, None, 0, "upgraded "), (True, "old", 0, ""), (True, "old", 1, ""),
        (None, "old", 1, "upgraded "),
    ],
)  # fmt: skip
def test_a_home_is_made_as_far_as_it_is_not_there(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: bool | None, known: str | None,
    people: int, done: str,
) -> None:  # fmt: skip
    home = Home(None if there is None else tmp_path / ("." if there else "none"), known)
    made: list[tuple[Any, ...]] = []

    def create(_relay: object, *words: Any) -> tuple[None, str]:
        made.append(words)
        return None, "made-up"

    settings = SimpleNamespace(host="h", port=9, data_dir=Path("data"))
    relay: Any = SimpleNamespace(store=home, settings=settings, folder=lambda: made.append(("folder",)), now=lambda: AT)
    monkeypatch.setattr(accounts, "listing", lambda _relay: [object()] * people)
    monkeypatch.setattr(accounts, "create", create)
    lines = services.says(system.make_home, relay)
    assert home.done == done
    told = [f"Data folder: {tmp_path / 'data'}", "Sign in at http://h:9/sign-in as organizer with made-up"]
    assert lines == ([] if people else told)
    assert [words[:2] for words in made] == ([("folder",)] if people else [("folder",), ("organizer", "Organizer")])


def test_init_makes_a_home_once(services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[object] = []
    home = Home(tmp_path)
    relay = SimpleNamespace(store=home, settings=SimpleNamespace(data_dir=Path("data")))
    monkeypatch.setattr(bootstrap, "open_relay", lambda *, ready: relay if not ready else None)
    monkeypatch.setattr(system, "make_home", made.append)
    assert services.says(system.init) == [f"Relay is already set up in {tmp_path / 'data'}."]
    assert (made, home.done) == ([], "checked ")
    for path in (tmp_path / "none", None):
        home.path = path
        assert services.says(system.init) == ["Next: relay campaign new …, then relay up"]
    assert made == [relay, relay]
