"""What each command hands on and what it says of the answer: without a process, a settings file or a database of its
own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlmodel import select

from relay import bootstrap, jobs
from relay.almanac.captions import store as captions
from relay.almanac.delivery import pruning, sign_off
from relay.almanac.delivery import render as render_module
from relay.almanac.delivery.exports import exchange
from relay.almanac.plan import queries
from relay.cli import app, system
from relay.cli.terminal import show
from relay.collect import recheck
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.intake.hand_in import hand_ins
from relay.models import CaptionOrigin, Clip, ClipState, Consent, Decision, Doubt, MatchKind
from relay.moderation.people import accounts, passwords
from relay.upkeep import doctor
from relay.upkeep.backups import holding, making, restoring
from relay.web import serve as serve_module
from tests.almanac.cinema import has_version
from tests.heard_rows import hearing, keeps
from tests.moderation.town import Town, cheap_hasher

SLUG = "proryv80"
FILM = (SLUG, "film")
Say = Callable[..., str]


@cache
def command() -> Any:
    return typer.main.get_command(app)


@pytest.fixture
def say(relay: Relay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Say]:
    """`say("clip", "list", …)`: what stands on stdout; `say.err` and `say.code` tell the rest."""

    class Speaker:
        err, code = "", 0

        def __call__(self, *words: object) -> str:
            capsys.readouterr()
            try:
                command()([str(word) for word in words], standalone_mode=False)
                self.code = 0
            except SystemExit as end:
                self.code = int(end.code or 0)
            out, self.err = capsys.readouterr()
            return out

    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    monkeypatch.setattr(bootstrap, "open_relay", lambda *_words, **_more: relay)
    show.tongue.cache_clear()
    yield Speaker()  # type: ignore[misc]
    show.tongue.cache_clear()


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture
def film(relay: Relay, town: Town) -> Town:
    for name in ("Анна", "Борис", "Вера"):
        town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, all_approved=True)
    return town


def rows(out: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    return [line.split() for line in out.splitlines()[1:]]


def segments(relay: Relay) -> list[dict[str, Any]]:
    return list(queries.show(relay, *FILM).segments)


def order(relay: Relay) -> list[int]:
    return [one.clip for one in segments(relay)]


def decisions(relay: Relay) -> list[tuple[int | None, str, str, str]]:
    with relay.reading() as session:
        return [
            (row.clip_id, row.verdict, row.person, row.reason)
            for row in session.exec(select(Decision).order_by(Decision.id))  # type: ignore[arg-type]
        ]


# --- clips ---


@pytest.mark.slow
def test_clips_are_listed_with_what_is_known_of_them(say: Say, town: Town) -> None:
    town.has_clip(name="Анна", town="Мга", flags=("quiet",), duration=42.54)
    town.has_clip(name="Борис", state=ClipState.rejected)
    out = say("clip", "list", SLUG)
    assert rows(out)[0][:6] == ["1", "awaiting", "Анна", "Мга", "42.5", "1280×720"]
    assert [row[0] for row in rows(say("clip", "list", SLUG, "--state", "rejected"))] == ["2"]
    assert [row["id"] for row in json.loads(say("clip", "list", SLUG, "--json"))] == [1, 2]
    assert say("clip", "list", SLUG, "--state", "approved") == "No clips.\n"


@pytest.mark.slow
def test_a_state_that_is_none_is_told_with_those_that_are(say: Any, town: Town) -> None:
    assert say("clip", "list", SLUG, "--state", "good") == ""
    assert (say.code, say.err) == (
        1,
        "There is no state good. The states are: awaiting, approved, rejected, later, withdrawn.\n",
    )


@pytest.mark.slow
def test_a_clip_is_shown_with_its_posts_and_its_history(say: Say, town: Town) -> None:
    number = town.has_clip(name="Анна", town="Мга", flags=("quiet",), posts=2)
    say("clip", "approve", number, "--as", "vera", "--reason", "Хорошо")
    say("clip", "edit", number, "--as", "vera", "--town", "Луга", "--consent", "film", "--evidence", "письмо")
    out = say("clip", "show", number)
    assert out.count("posted ") == 2
    assert "vera" in out
    assert "Хорошо" in out
    assert "Мга → Луга" in out
    assert "approved" in out
    document = json.loads(say("clip", "show", number, "--json"))
    assert (document["id"], document["undrawn"], document["participant"]["town"]) == (number, [], "Луга")


@pytest.mark.slow
@pytest.mark.parametrize(("word", "state"), [("approve", "approved"), ("reject", "rejected"), ("later", "later")])
def test_a_verdict_is_given_to_each_clip_by_who_gave_it(
    say: Say, relay: Relay, town: Town, word: str, state: str
) -> None:
    for _ in range(2):
        town.has_clip()
    out = say("clip", word, 1, 2, "--as", "vera", "--reason", "Так решили")
    assert [town.clip(number).state.value for number in (1, 2)] == [state, state]
    assert [(clip, person) for clip, _, person, _ in decisions(relay)] == [(1, "vera"), (2, "vera")]
    assert out.splitlines()[0].startswith("Clip 1: ")
    undone = say("clip", "undo", 2, "--as", "vera")
    assert undone == "Clip 2 again: awaiting\n"
    assert town.clip(2).state is ClipState.awaiting


@pytest.mark.slow
def test_only_a_clip_in_doubt_can_be_kept(say: Say, relay: Relay, town: Town) -> None:
    number = town.has_clip(state=ClipState.approved)
    with pytest.raises(Refused, match=f"Clip {number} is not in doubt"):
        say("clip", "keep", number)
    with relay.transaction() as session:
        clip = session.get_one(Clip, number)
        clip.doubt = Doubt.post
        session.add(clip)
    assert say("clip", "keep", number, "--as", "vera") == f"Clip {number} is kept.\n"
    assert town.clip(number).doubt == ""


@pytest.mark.slow
def test_what_is_known_of_a_participant_is_corrected_field_by_field(say: Say, relay: Relay, town: Town) -> None:
    number = town.has_clip(name="Анна", town="Мга")
    words = ("--name", "Анна Щ.", "--district", "Кировский", "--age", "12", "--quote", "7")
    assert say("clip", "edit", number, "--as", "vera", *words) == f"Clip {number} is corrected.\n"
    clip = town.clip(number)
    assert (clip.name, clip.town, clip.district, clip.age, clip.quote) == ("Анна Щ.", "Мга", "Кировский", "12", "7")
    say("clip", "edit", number, "--as", "vera", "--consent", "archive", "--evidence", "письмо")
    with relay.reading() as session:
        consent = session.exec(select(Consent)).one()
    assert (consent.scope, consent.person, consent.evidence) == ("archive", "vera", "письмо")


@pytest.mark.slow
def test_a_withdrawn_clip_is_told_with_what_happens_to_films(say: Say, film: Town) -> None:
    out = say("withdraw", 2, "--reason", "Просила по телефону", "--as", "vera")
    assert "Clip 2 is withdrawn and erased; versions that showed it are closed: 0." in out
    assert film.clip(2).state is ClipState.withdrawn


@pytest.mark.slow
def test_captions_of_a_clip_are_taken_shown_and_taken_away(say: Say, film: Town, tmp_path: Path) -> None:
    file = tmp_path / "a.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:02,500\nРаз\nдва\n")
    assert say("clip", "caption", 1) == "This clip has no captions.\n"
    out = say("clip", "caption", 1, file, "--as", "vera", "--language", "ru")
    assert rows(out) == [["ru", "1", "2.5", "Раз", "два"]]
    assert json.loads(say("clip", "caption", 1, "--json"))[0]["language"] == "ru"
    with pytest.raises(NotFound, match="no captions in en"):
        say("clip", "caption", 1, "--remove", "--language", "en")
    assert say("clip", "caption", 1, "--remove") == "This clip has no captions.\n"


@pytest.mark.slow
def test_a_draft_of_what_was_heard_is_made_and_told_as_such(say: Any, film: Town) -> None:
    with pytest.raises(Refused, match="Nobody has listened"):
        say("clip", "caption", 1, "--from-heard", "--as", "vera")
    keeps(film.relay, 1, hearing("Мы ехали по льду."))
    out = say("clip", "caption", 1, "--from-heard", "--as", "vera")
    assert rows(out) == [["ru", "1", "2.9", *["Мы", "ехали", "по", "льду."]]]
    assert "no film shows it" in say.err


@pytest.mark.slow
def test_clips_are_found_by_what_is_said_with_the_second(say: Any, town: Town) -> None:
    clip = town.has_clip()
    keeps(town.relay, clip, hearing("Мы ехали по Ладожскому озеру"))
    found = rows(say("clip", "list", SLUG, "--search", "озером"))
    assert " ".join(found[0]).endswith("3 s: Мы ехали по Ладожскому озеру")
    (told,) = json.loads(say("clip", "list", SLUG, "--search", "озером", "--json"))
    assert told["said"] == {"at": 3.0, "text": "Мы ехали по Ладожскому озеру"}


@pytest.mark.slow
@pytest.mark.parametrize(("read", "told"), [(True, ""), (False, "estimated")])
def test_estimated_captions_are_told_as_such(
    say: Any, film: Town, monkeypatch: pytest.MonkeyPatch, told: str, *, read: bool
) -> None:
    def from_quote(_relay: Relay, clip: int, *, language: str, person: str) -> Any:
        assert (clip, language, person) == (1, "en", "vera")
        return type("Made", (), {"origin": CaptionOrigin.reading if read else "quote"})

    monkeypatch.setattr(captions, "from_quote", from_quote)
    say("clip", "caption", 1, "--from-quote", "--language", "en", "--as", "vera")
    assert told in say.err
    assert bool(say.err) == bool(told)


# --- posts, hand-ins, campaigns ---


@pytest.mark.slow
def test_posts_are_listed_by_their_match(say: Any, town: Town) -> None:
    town.has_clip(text="Читаю " * 20)
    town.has_clip(match=MatchKind.near)
    assert [row[1] for row in rows(say("post", "list", SLUG))] == ["exact", "near"]
    assert [row[0] for row in rows(say("post", "list", SLUG, "--match", "near"))] == ["2"]
    assert "Читаю " * 10 in say("post", "list", SLUG)
    assert "Читаю " * 11 not in say("post", "list", SLUG)
    assert [row["id"] for row in json.loads(say("post", "list", SLUG, "--json"))] == [1, 2]
    assert say("post", "list", SLUG, "--match", "outside").startswith("No posts yet.")
    say("post", "list", SLUG, "--match", "good")
    assert (say.code, say.err) == (1, "There is no match good. There are: exact, near, outside.\n")


@pytest.mark.slow
def test_posts_without_a_video_are_a_list_of_their_own(say: Say, town: Town) -> None:
    town.has_clip()
    for words in (("--without-video",), ("--put-aside",)):
        assert say("post", "list", SLUG, *words) == "Every post with the tag has a video that can be fetched.\n"
        assert json.loads(say("post", "list", SLUG, *words, "--json")) == []


@pytest.mark.slow
def test_a_post_is_shown_with_its_videos(say: Say, town: Town) -> None:
    town.has_clip(text="Читаю письмо прадеда. #proryv80")
    out = say("post", "show", 1)
    assert "Читаю письмо прадеда. #proryv80" in out
    assert "https://vk.com/video101_456001" in out
    assert json.loads(say("post", "show", 1, "--json"))["id"] == 1


@pytest.mark.slow
def test_hand_ins_are_listed(say: Say, relay: Relay, town: Town) -> None:
    assert say("hand-in", "list", SLUG) == "Nothing was handed in yet.\n"
    assert json.loads(say("hand-in", "list", SLUG, "--json")) == []


@pytest.mark.slow
def test_the_hand_in_page_is_opened_and_closed(say: Say, relay: Relay, town: Town) -> None:
    assert say("campaign", "hand-in", SLUG, "open", "--as", "olga").startswith("The hand-in page is open: http")
    assert hand_ins.open_campaign(relay, SLUG).hand_in
    assert say("campaign", "hand-in", SLUG, "close").startswith("The hand-in page of proryv80 is closed")


@pytest.mark.slow
def test_a_campaign_is_made_started_extended_and_stopped(say: Say, relay: Relay) -> None:
    words = ("--title", "Весна", "--hashtag", "#весна", "--opens", "2023-03-01", "--closes", "2023-03-08")
    out = say("campaign", "new", "spring", *words, "--alias", "#веснаа", "--language", "en", "--comments")
    assert out == "Campaign spring is made. Next: relay source add spring vk:tag\n"
    found = json.loads(say("campaign", "status", "spring", "--json"))
    assert (found["hashtags"], found["aliases"], found["tz"]) == (["#весна"], ["#веснаа"], "Europe/Moscow")
    assert say("campaign", "start", "spring", "--as", "olga") == "Campaign spring is running.\n"
    assert say("campaign", "extend", "spring", "2023-03-10") == "Campaign spring now closes at 2023-03-10 23:59.\n"
    assert say("campaign", "comments", "spring", "off") == "Comments are left aside.\n"
    assert say("campaign", "comments", "spring", "on").startswith("Comments are searched for the tag")
    assert rows(say("campaign", "list"))[0] == ["spring", "running", "Весна", "#весна"]
    assert say("campaign", "stop", "spring", "--as", "olga").startswith("Campaign spring is stopped")
    assert json.loads(say("campaign", "list", "--json"))[0]["slug"] == "spring"
    assert "title" in say("campaign", "status", "spring")


def test_without_a_campaign_the_first_step_is_told(say: Say) -> None:
    assert say("campaign", "list") == "No campaigns yet. Make one: relay campaign new …\n"


# --- sources ---


@pytest.mark.slow
def test_a_source_is_added_paused_resumed_and_listed(say: Say, relay: Relay, town: Town) -> None:
    assert say("source", "list", SLUG).startswith("No sources yet.")
    assert say("source", "plan", SLUG).startswith("No sources yet.")
    assert say("coverage", SLUG).startswith("No sources yet.")
    out = say("source", "add", SLUG, "vk:tag", "--as", "olga", "--district", "Мга")
    assert out.startswith("vk:tag")
    assert say("source", "pause", SLUG, "vk:tag", "--as", "olga") == "vk:tag is paused.\n"
    assert "paused" in say("source", "list", SLUG)
    assert say("source", "resume", SLUG, "vk:tag", "--as", "olga") == "vk:tag is active again.\n"
    (row,) = json.loads(say("source", "list", SLUG, "--json"))
    assert (row["address"], row["state"], row["district"]) == ("vk:tag", "active", "Мга")
    assert "vk:tag" in say("source", "check", SLUG)
    assert "vk:tag" in say("source", "plan", SLUG)
    assert json.loads(say("source", "plan", SLUG, "--json"))["sources"][0]["address"] == "vk:tag"
    assert "How much was missed on the listed walls can't be told" in say("coverage", SLUG)
    assert json.loads(say("coverage", SLUG, "--json"))["estimate"] is None


@pytest.mark.slow
def test_a_crawl_tells_what_it_saw(say: Say, relay: Relay, town: Town) -> None:
    say("source", "add", SLUG, "vk:tag")
    out = say("crawl", SLUG)
    assert out == "Sources read: 1. Posts seen: 0, with the tag: 0, new: 0.\n"
    (row,) = json.loads(say("crawl", SLUG, "--deep", "--json"))
    assert (row["complete"], row["fault"]) == (True, "")


@pytest.mark.slow
@pytest.mark.parametrize("faults", [[], ["VK is away.", "OK is away."]])
def test_looking_again_tells_what_is_gone_and_the_first_fault(
    say: Any, town: Town, monkeypatch: pytest.MonkeyPatch, faults: list[str]
) -> None:
    asked: list[object] = []

    def look(_relay: Relay, slug: str, *, within: object) -> recheck.Rechecked:
        asked.append((slug, str(within)))
        return recheck.Rechecked(posts=5, lost=2, doubted=1, faults=tuple(faults))

    monkeypatch.setattr(recheck, "recheck", look)
    assert say("recheck", SLUG) == "Posts looked up: 5. Gone: 2. Clips that may have been withdrawn: 1.\n"
    assert say.code == (1 if faults else 0)
    assert ("VK is away." in say.err) == bool(faults)
    assert json.loads(say("recheck", SLUG, "--json"))["lost"] == 2
    assert asked == [(SLUG, "0:00:00")] * 2


# --- almanacs ---


@pytest.mark.slow
def test_an_almanac_is_made_planned_and_shown(say: Say, relay: Relay, film: Town) -> None:
    assert say("almanac", "new", SLUG, "short", "--rule", "longest=20").startswith("Almanac short, clips: 3. Next:")
    assert say("almanac", "new", SLUG, "empty", "--title", "Пусто").startswith("Almanac empty, clips: 0.")
    assert [row[:3] for row in rows(say("almanac", "list", SLUG))] == [
        ["film", "3", "0"],
        ["short", "3", "0"],
        ["empty", "0", "0"],
    ]
    out = say("almanac", "show", *FILM)
    assert [row[:4] for row in rows(out) if row and row[0] == "2"] == [["2", "Борис", "0", "10"]]
    assert "Not rendered yet." in out
    assert "No clips in the plan." in say("almanac", "show", SLUG, "empty")
    assert json.loads(say("almanac", "show", *FILM, "--json"))["undrawn"] == []
    assert [one["name"] for one in json.loads(say("almanac", "list", SLUG, "--json"))] == ["film", "short", "empty"]


@pytest.mark.slow
def test_proposals_are_listed_and_followed_one_by_one(say: Say, relay: Relay, film: Town) -> None:
    for name in ("Глеб", "Дина"):
        film.has_clip(name=name, state=ClipState.approved)
    out = say("almanac", "plan", *FILM, "--dry-run")
    assert len(rows(out)) == 2
    assert [one["clip"] for one in json.loads(say("almanac", "plan", *FILM, "--dry-run", "--json"))] == [4, 5]
    assert order(relay) == [1, 2, 3]
    say("almanac", "plan", *FILM, "--accept", 5, "--as", "boris")
    assert order(relay) == [1, 2, 3, 5]
    say("almanac", "plan", *FILM)
    assert order(relay) == [1, 2, 3, 4, 5]
    assert say("almanac", "plan", *FILM, "--dry-run").startswith("The plan is what the rules make of it")


@pytest.mark.slow
def test_the_editors_hand(say: Say, relay: Relay, film: Town) -> None:
    done = "Done. What it costs: relay almanac diff proryv80 film\n"
    assert say("almanac", "place", *FILM, 3, "--before", 1, "--as", "boris") == done
    assert order(relay) == [3, 1, 2]
    assert say("almanac", "place", *FILM, 3) == done
    assert order(relay) == [1, 2, 3]
    assert say("almanac", "trim", *FILM, 1, "--in", "0:02", "--out", "5.5") == done
    assert (segments(relay)[0].start, segments(relay)[0].end) == (2.0, 5.52)
    assert say("almanac", "trim", *FILM, 1, "--whole") == done
    assert (segments(relay)[0].start, segments(relay)[0].end) == (0.0, 10.0)
    with pytest.raises(Refused, match="soon is no time"):
        say("almanac", "trim", *FILM, 1, "--in", "soon")
    assert say("almanac", "retitle", *FILM, 1, "--name", "Анна Щ.", "--town", "Луга") == done
    assert (segments(relay)[0].name, segments(relay)[0].town) == ("Анна Щ.", "Луга")
    assert say("almanac", "leave-out", *FILM, 2, "--reason", "Шум", "--as", "boris") == done
    assert order(relay) == [1, 3]
    assert "Left out by boris: clip 2. Шум" in say("almanac", "show", *FILM)
    assert say("almanac", "bring-back", *FILM, 2) == done
    assert 2 in order(relay)
    assert say("almanac", "undo", *FILM) == done
    assert order(relay) == [1, 3]
    assert say("almanac", "pin", *FILM, 3, "opening") == done
    assert (order(relay)[0], segments(relay)[0].pinned) == (3, "opening")
    assert say("almanac", "pin", *FILM, 3, "free") == done
    assert [one.pinned for one in segments(relay)] == ["", ""]


@pytest.mark.slow
def test_what_a_film_would_cost_is_told(say: Say, relay: Relay, film: Town) -> None:
    has_version(relay)
    say("almanac", "leave-out", *FILM, 2)
    out = say("almanac", "diff", *FILM)
    assert "2" in out
    assert json.loads(say("almanac", "diff", *FILM, "--json"))["clips"] == 2


@pytest.mark.slow
def test_a_film_is_made_as_it_was_wished_and_told_with_its_file(
    say: Any, relay: Relay, film: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def render(_relay: Relay, slug: str, name: str, *, on_progress: Any, request: Any) -> None:
        on_progress(0, 10, "")
        on_progress(5, 10, "clip")
        asked.append((slug, name, request))
        has_version(relay)

    monkeypatch.setattr(render_module, "render", render)
    monkeypatch.setattr(recheck, "recheck", lambda *_words, within: recheck.Rechecked(faults=("VK is away.",)))
    words = (
        "--format",
        "9:16",
        "--size",
        "720",
        "--fps",
        "30",
        "--loudness",
        "-23",
        "--captions",
        "ru",
        "--burn",
        "en",
    )
    out = say("almanac", "render", *FILM, *words)
    assert out.splitlines()[0].endswith("proryv80_film-v1.mp4")
    assert out.splitlines()[1] == "Version 1: 30.0 s, made in 5 s. Shots made: 10, used again: 0."
    assert "Whether all posts are still there could not be asked: VK is away." in say.err
    ((slug, name, request),) = asked
    assert (slug, name, request.format.shape, request.format.size, request.format.fps, request.format.loudness) == (
        *FILM, "9:16", 720, 30, -23.0,
    )  # fmt: skip
    assert (request.tracks, request.burn) == (("ru",), "en")


@pytest.mark.slow
def test_a_preview_is_told_with_its_file(say: Say, film: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_module, "preview", lambda *_words, on_progress: Path("/x/film.mp4"))
    assert say("almanac", "preview", *FILM) == "/x/film.mp4\n"
    assert json.loads(say("almanac", "preview", *FILM, "--json")) == {"file": "/x/film.mp4"}


@pytest.mark.slow
def test_an_export_tells_what_it_left_out(say: Say, film: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(
        _relay: Relay, slug: str, name: str, folder: Path, *, to: str, translate: Any, person: str
    ) -> exchange.ExportedPlan:
        assert (slug, name, str(folder), to, person) == (*FILM, "/out", "edl", "olga")
        return exchange.ExportedPlan("/out/a.edl", ["1", "2"], 50, ["evened loudness"])

    monkeypatch.setattr(exchange, "export", export)
    out = say("almanac", "export", *FILM, "/out", "--to", "edl", "--as", "olga")
    assert out == "/out/a.edl  (videos: 2)\nLeft out: evened loudness\n"


@pytest.mark.slow
def test_officials_are_asked_by_a_link_that_can_be_revoked(say: Say, relay: Relay, film: Town) -> None:
    has_version(relay)
    assert say("almanac", "sign-off", *FILM) == "Nobody has been asked to sign this film off.\n"
    out = say("almanac", "sign-off", *FILM, "--to", "Иванова", "--position", "глава", "--as", "olga", "--days", "3")
    link, said = out.splitlines()
    assert "/sign-off/" in link
    assert said.startswith("Shown only now. Version 1, for Иванова, works until ")
    (row,) = sign_off.listing(relay, *FILM)
    assert (row.person, row.position, row.version) == ("Иванова", "глава", 1)
    assert "Иванова" in say("almanac", "sign-off", *FILM)
    assert say("almanac", "sign-off", *FILM, "--revoke", row.number) == f"Link {row.number} works no more.\n"
    document = json.loads(say("almanac", "sign-off", *FILM, "--to", "Петров", "--json"))
    assert (document["number"], document["version"]) == (2, 1)


@pytest.mark.slow
def test_remarks_are_listed(say: Say, relay: Relay, film: Town) -> None:
    has_version(relay)
    assert say("almanac", "remarks", *FILM) == "Nobody has remarked anything yet.\n"
    assert json.loads(say("almanac", "remarks", *FILM, "--json")) == []


# --- how films look ---


@pytest.mark.slow
def test_themes_are_listed_in_the_readers_words(say: Say) -> None:
    assert "night" in say("almanac", "themes")
    assert json.loads(say("almanac", "themes", "--json"))[0]["name"] == "night"


@pytest.mark.slow
def test_a_style_is_shown_and_changed(say: Say, relay: Relay, film: Town) -> None:
    before = say("almanac", "style", *FILM)
    assert "theme" in before
    words = ("--theme", "paper", "--format", "9:16", "--size", "720", "--into", "2=cut", "--captions", "ru, en,ru")
    more = ("--burn", "ru", "--framing", "whole", "--credits", "film", "--title", "Голоса", "--subtitle", "Мга")
    found = json.loads(say("almanac", "style", *FILM, *words, *more, "--transition", "dip", "--json"))
    assert (found["theme"], found["width"], found["height"], found["into"]) == ("paper", 720, 1280, {"2": "cut"})
    assert (found["captions"], found["burn"], found["framing"]) == (["ru", "en"], "ru", "whole")
    assert (found["credits"], found["title"], found["subtitle"]) == ("film", "Голоса", "Мга")
    assert (found["transition"], found["under"]) == ("dip", "film")
    loud = json.loads(say("almanac", "style", *FILM, "--loudness", "-23", "--under", "cards", "--json"))
    assert (loud["loudness"], loud["under"], loud["width"]) == (-23.0, "cards", 720)
    for odd in ("2", "x=cut", "2="):
        with pytest.raises(typer.BadParameter):
            say("almanac", "style", *FILM, "--into", odd)


@pytest.mark.slow
def test_cards_are_put_in_listed_and_taken_out(say: Say, relay: Relay, film: Town) -> None:
    assert say("almanac", "card", "list", *FILM).startswith("No cards.")
    words = ("--title", "Дорога", "--text", "Ладога", "--above", "I", "--before", "2", "--seconds", "6")
    assert say("almanac", "card", "add", *FILM, "chapter", *words) == "Card 1 is in film.\n"
    say("almanac", "card", "add", *FILM, "quote", "--text", "а" * 90, "--author", "Мария", "--link", "https://x.ru")
    listed = json.loads(say("almanac", "card", "list", *FILM, "--json"))
    assert [(one["kind"], one["before"], one["seconds"]) for one in listed] == [
        ("chapter", 2, 6.0),
        ("quote", None, 0.0),
    ]
    assert listed[0]["words"] == {"title": "Дорога", "text": "Ладога", "above": "I"}
    out = say("almanac", "card", "list", *FILM)
    assert "а" * 79 + "…" in out
    assert "Дорога · Ладога · I" in out
    assert say("almanac", "card", "remove", *FILM, 1) == "Card 1 is out of film.\n"


@pytest.mark.slow
def test_quotes_pictures_and_music_are_listed(say: Say, relay: Relay, film: Town, tmp_path: Path) -> None:
    assert say("quote", "list", SLUG).startswith("No quotes yet.")
    assert say("quote", "add", SLUG, "Мы выстоим.", "--author", "Мария", "--number", "7") == "Quote 7 is in.\n"
    table = tmp_path / "quotes.csv"
    table.write_text("number;text\n7;Мы выстоим!\n8;Лёд трещал.\n")
    assert say("quote", "import", SLUG, table) == "Quotes added: 1, changed: 1, as they were: 0.\n"
    assert json.loads(say("quote", "import", SLUG, table, "--json")) == {"added": 0, "changed": 0, "same": 2}
    assert [row[0] for row in rows(say("quote", "list", SLUG))] == ["7", "8"]
    assert [one["number"] for one in json.loads(say("quote", "list", SLUG, "--json"))] == ["7", "8"]
    assert say("picture", "list", SLUG).startswith("No pictures yet.")
    assert json.loads(say("picture", "list", SLUG, "--json")) == []
    assert say("music", "list", SLUG).startswith("No music yet.")
    assert json.loads(say("music", "list", SLUG, "--json")) == []


# --- the installation ---


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (2, 1)])
def test_work_that_failed_is_told_with_the_first_reason(
    say: Any, monkeypatch: pytest.MonkeyPatch, failed: int, code: int
) -> None:
    def work_through(_relay: Relay, *, report: Callable[[str], None], told: jobs.Told) -> jobs.WorkDone:
        for number in range(failed):
            report(f"reason {number}")
        return jobs.WorkDone(failed=failed, sweeps=3, clips=2)

    monkeypatch.setattr(jobs, "work_through", work_through)
    assert say("work", "--once") == ("Sources read: 3, new posts: 0. Videos tried: 0, hand-ins: 0, new clips: 2.\n")
    assert (say.code, say.err) == (code, "Tasks that failed: 2. reason 0\n" if failed else "")


@pytest.mark.parametrize(
    ("words", "where"),
    [((), ("127.0.0.1", 8000)), (("--host", "::1", "--port", "0"), ("::1", 0)), (("--port", "9"), ("127.0.0.1", 9))],
)
def test_the_desk_listens_where_it_is_told(
    say: Say, relay: Relay, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], where: tuple[str, int]
) -> None:
    asked: list[tuple[str, int]] = []

    def serve(_relay: Relay, host: str, port: int, *, on_ready: Callable[[str], None]) -> None:
        asked.append((host, port))
        on_ready("http://here")

    monkeypatch.setattr(serve_module, "serve", serve)
    usual = (relay.settings.host, relay.settings.port)
    assert say("serve", *words) == "The desk is at http://here\n"
    assert asked == [(usual[0] if where[0] == "127.0.0.1" else where[0], usual[1] if where[1] == 8000 else where[1])]


@pytest.mark.parametrize(
    ("words", "asked", "left"),
    [((), (False, False), True), (("--fix",), (True, False), True), (("--deep",), (False, True), False)],
)
def test_the_doctor_says_what_is_left_to_do(
    say: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], asked: tuple[bool, bool], *, left: bool
) -> None:
    def look(_relay: Relay, *, fix: bool, deep: bool, shots: object, **_hooks: object) -> list[doctor.Check]:
        assert (fix, deep) == asked
        assert shots is (pruning.prune if fix else pruning.stock)
        return [doctor.Check("disk", "There is little room left.", wrong=left)]

    monkeypatch.setattr(doctor, "check", look)
    assert "There is little room left." in say("doctor", *words)
    hint = (
        "Something still needs attention.\n"
        if "--fix" in words
        else "Something needs attention. Try: relay doctor --fix\n"
    )
    assert (say.code, say.err) == ((1, hint) if left else (0, ""))


@pytest.mark.slow
def test_a_backup_and_its_return_tell_what_is_in_it(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.tar"
    back = restoring.Restored(7, [], "2026-11-30", holding.HeldBack("t", []))
    made = making.Backup(file, 7, 12_400_000, 12_400_000, [], [], sealed=False)
    monkeypatch.setattr(making, "backup", lambda _relay, _file, **_how: made)
    monkeypatch.setattr(restoring, "restore", lambda _relay, _file, **_how: back)
    file.touch()
    assert say("backup", file) == f"{file}: the database and files (7), 12 MB\n"
    assert say("restore", file).startswith("The database is back, and so are the files (7). Next: relay doctor\n")


@pytest.mark.slow
def test_an_installation_is_made_once(say: Say, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)
    assert say("init").startswith("Relay is already set up in ")
    assert not system.is_empty(relay)
    system.make_home(relay)
    (account,) = accounts.listing(relay)
    assert (account.login, account.role.value) == ("organizer", "organizer")
    system.make_home(relay)
    assert len(accounts.listing(relay)) == 1


def test_an_upgrade_tells_where_the_copy_is(say: Say, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(relay.store), "upgrade", lambda _store, _now: None)
    assert say("upgrade") == "The database is up to date.\n"
    monkeypatch.setattr(type(relay.store), "upgrade", lambda _store, _now: Path("/copy.db"))
    assert say("upgrade") == "The database is up to date.\nThe copy from before: /copy.db\n"


@pytest.mark.slow
def test_links_for_officials_are_told_to_programs(say: Say, relay: Relay, film: Town) -> None:
    has_version(relay)
    assert json.loads(say("almanac", "sign-off", *FILM, "--json")) == []


def test_desk_and_schedule_run_and_end_together(say: Say, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Desk(serve_module.Desk):
        url = "http://here"

        def __init__(self, _relay: Relay, host: str, port: int) -> None:
            assert (host, port) == (relay.settings.host, relay.settings.port)

        def start(self) -> None:
            done.append("desk begins")

        def stop(self) -> None:
            done.append("desk ends")

        def join(self) -> None: ...

    class Work(jobs.Scheduler):
        def __init__(self, _relay: Relay) -> None: ...

        def run(self) -> None:
            done.append("work")

        def stop(self) -> None: ...

    monkeypatch.setattr(serve_module, "Desk", Desk)
    monkeypatch.setattr(jobs, "Scheduler", Work)
    assert say("up") == "The desk is at http://here\n"
    assert done == ["desk begins", "work", "desk ends"]
    done.clear()
    monkeypatch.setattr(system, "is_empty", lambda _relay: True)
    monkeypatch.setattr(system, "make_home", lambda _relay: done.append("home"))
    say("up")
    assert done == ["home", "desk begins", "work", "desk ends"], "an empty folder is set up first"
    done.clear()
    assert say("work") == ""
    assert done == ["work"]
