"""`relay demo` in process, with nothing drawn, fetched or rendered: what is made, in which order, and what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay import bootstrap
from relay import demo as relay_demo
from relay.almanac.delivery import render
from relay.almanac.plan import queries
from relay.cli import demo
from relay.cli.terminal import show
from relay.collect import campaigns, crawl, sources
from relay.config import Settings
from relay.context import Relay
from relay.errors import NotYet
from relay.intake import fetch
from relay.models import CampaignState, ClipState
from relay.moderation import desk
from relay.moderation.people import accounts, passwords
from relay.permissions import views
from relay.sandbox import neighbourhood, server
from relay.web import serve
from tests.moderation.town import Town, cheap_hasher

SLUG = "proryv80"


@pytest.fixture(autouse=True)
def _english(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After the relay, whose settings are read once for all tests."""
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)
    show.tongue.cache_clear()
    yield
    show.tongue.cache_clear()


# The folder


@pytest.mark.slow
def test_a_new_folder_is_marked_and_an_older_demo_in_it_removed(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "demo"
    assert demo._fresh(folder) == folder
    assert [path.name for path in folder.iterdir()] == [".relay-demo"]
    (folder / "residents").mkdir()
    (folder / "residents" / "old.mp4").touch()
    assert demo._fresh(folder) == folder
    assert [path.name for path in folder.iterdir()] == [".relay-demo"]
    (tmp_path / "empty").mkdir()
    assert demo._fresh(Path("empty")) == tmp_path / "empty"
    assert (tmp_path / "empty" / ".relay-demo").exists()


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "film.mp4").write_text("mine")
    with pytest.raises(SystemExit) as end:
        demo._fresh(tmp_path / "mine")
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        f"{tmp_path / 'mine'} is not empty, and no demo made it. Choose another folder with --data.\n"
    )
    assert (tmp_path / "mine" / "film.mp4").read_text() == "mine"


# Moderation


def test_what_a_moderator_would_read_in_the_posts(tmp_path: Path) -> None:
    told = {
        "a.mp4": {"name": "Анна", "town": "Мга", "district": "Кировский", "age": 12, "text": "слово"},
        "b.mp4": {"name": "Борис", "town": "Луга", "district": "Лужский", "age": "60+", "title": "x"},
    }
    (tmp_path / "captions.json").write_text(json.dumps(told), "utf-8")
    assert demo._homes(tmp_path) == {
        "Анна": {"town": "Мга", "district": "Кировский", "age": "12"},
        "Борис": {"town": "Луга", "district": "Лужский", "age": "60+"},
    }


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "approved"), [(5, 3), (4, 4)])
def test_all_but_two_are_approved_unless_there_are_few(
    relay: Relay, capsys: pytest.CaptureFixture[str], clips: int, approved: int
) -> None:
    town = Town(relay, SLUG)
    other = town.has_clip(name="Вера", state=ClipState.rejected)
    numbers = [town.has_clip(name=f"Анна {number}") for number in range(clips)]
    demo._moderate(relay, {"Анна 0": {"town": "Мга", "district": "Кировский", "age": "12"}})
    states = [town.clip(number).state for number in numbers]
    assert states == [ClipState.approved] * approved + [ClipState.awaiting] * (clips - approved)
    assert town.clip(other).state is ClipState.rejected
    first = town.clip(numbers[0])
    assert (first.name, first.town, first.district, first.age) == ("Анна 0", "Мга", "Кировский", "12")
    assert {decision.person for decision in town.decisions(numbers[0])} == {"demo"}
    assert [views.of_clip(relay, number).guardian for number in numbers[:2]] == ["мама", ""]
    assert capsys.readouterr().out == (
        f"A moderator judges the clips\n  Approved: {approved}; waiting for you at the desk: {clips - approved}\n"
    )


def test_one_video_that_cannot_be_fetched_stops_no_other(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[int] = []

    def take_in(_relay: Relay, video: int) -> None:
        if video == 2:
            raise NotYet("The network does not answer.")
        taken.append(video)

    monkeypatch.setattr(fetch, "waiting", lambda _relay: [1, 2, 3])
    monkeypatch.setattr(fetch, "fetch_video", take_in)
    demo._fetch(relay)
    assert sorted(taken) == [1, 3]
    assert capsys.readouterr().out == "Videos are fetched and looked at\n  The network does not answer.\n"


# All of it


class Stage:
    """Everything that takes time, in name only; `done` tells in which order it was asked for."""

    def __init__(self, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
        self.relay, self.done = relay, list[tuple[Any, ...]]()
        self.opened: list[tuple[Settings, bool]] = []
        monkeypatch.setattr(bootstrap, "open_relay", self.opens)
        monkeypatch.setattr(relay_demo, "make_clips", self.makes_clips)
        monkeypatch.setattr(server, "Sandbox", self.sandbox)
        monkeypatch.setattr(neighbourhood, "populate", self.populates)
        monkeypatch.setattr(crawl, "due", lambda _relay: [1, 2])
        monkeypatch.setattr(crawl, "crawl", self.crawls)
        monkeypatch.setattr(fetch, "waiting", lambda _relay: [7])
        monkeypatch.setattr(fetch, "fetch_video", lambda _relay, video: self.done.append(("fetch", video)))
        monkeypatch.setattr(render, "render", self.renders)
        monkeypatch.setattr(queries, "new", lambda _relay, *words, **more: self.done.append(("plan", words, more)))
        monkeypatch.setattr(serve, "Desk", self.desk)
        monkeypatch.setattr(type(relay.store), "upgrade", lambda _store, now: self.done.append(("upgrade", now)))

    def opens(self, settings: Settings, *, ready: bool = True) -> Relay:
        self.opened.append((settings, ready))
        self.relay = replace(self.relay, settings=settings)
        return self.relay

    def makes_clips(self, toolbox: object, folder: Path, *, on_progress: Any) -> None:
        assert toolbox is self.relay.toolbox
        on_progress(0.5)
        (folder / "captions.json").write_text("{}", "utf-8")
        self.done.append(("clips", folder.name))

    def sandbox(self, network: Any) -> Any:
        stage = self
        assert network.clock is self.relay.clock

        class Sandbox:
            def __enter__(self) -> Sandbox:
                stage.done.append(("sandbox begins",))
                return self

            def __exit__(self, *_trouble: object) -> None:
                stage.done.append(("sandbox ends",))

            def settings(self) -> dict[str, str]:
                return {"RELAY_VK_API_URL": "http://127.0.0.1:9", "RELAY_VK_TOKEN": "sandbox"}

        return Sandbox()

    def populates(self, _network: object, folder: Path, *, opens: Any, closes: Any) -> list[str]:
        self.done.append(("posts", folder.name, self.relay.now() - opens, self.relay.now() - closes))
        return ["vk:club1", "vk:club2", "vk:club1"]

    def crawls(self, _relay: Relay, slug: str, *, on_sweep: Any) -> list[Any]:
        assert campaigns.get(self.relay, slug).state is CampaignState.running
        for _ in range(3):
            on_sweep(None)
        self.done.append(("crawl", slug))
        return [SimpleNamespace(posts_seen=10, posts_new=3), SimpleNamespace(posts_seen=5, posts_new=1)]

    def renders(self, _relay: Relay, slug: str, name: str, *, on_progress: Any) -> Any:
        on_progress(1, 10, "clip")
        self.done.append(("render", slug, name))
        return SimpleNamespace(frames=1510, fps=25, seconds=12.4, file="almanacs/film-v1.mp4")

    def desk(self, _relay: Relay, host: str, port: int, *, watch: bool = True) -> Any:
        self.done.append(("desk", host, port, watch))
        step = lambda what: lambda: self.done.append((what,))  # noqa: E731
        return SimpleNamespace(url="http://127.0.0.1:9", start=step("desk begins"), join=step("desk ends"))


@pytest.fixture
def stage(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(relay, monkeypatch)


def test_the_whole_way_from_the_posts_to_the_desk(
    relay: Relay, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = relay.now()
    demo.demo(tmp_path / "demo", no_serve=False, port=1234)
    assert stage.done == [
        ("clips", "residents"),
        ("sandbox begins",),
        ("upgrade", now),
        ("posts", "residents", timedelta(days=6), timedelta()),
        ("crawl", SLUG),
        ("fetch", 7),
        ("plan", (SLUG, "film"), {"title": "Прорыв. Голоса памяти", "all_approved": True}),
        ("render", SLUG, "film"),
        ("desk", "127.0.0.1", 1234, False),
        ("desk begins",),
        ("desk ends",),
        ("sandbox ends",),
    ]
    out = capsys.readouterr().out.splitlines()
    assert out[:12] == [
        "Residents record their clips",
        "Relay reads the walls and the tag",
        "  Posts read: 15; to do with the tag: 4",
        "Videos are fetched and looked at",
        "A moderator judges the clips",
        "  Approved: 0; waiting for you at the desk: 0",
        "The film is made",
        "  60 s of film in 12 s",
        "",
        f"The film: {tmp_path / 'demo' / 'almanacs' / 'film-v1.mp4'}",
        out[10],
        "Ctrl-C ends the demo; the film stays.",
    ]
    assert out[10].startswith("The desk: http://127.0.0.1:9/")
    assert len(out) == 12
    first, second = stage.opened
    assert (first[0].data_dir, first[1]) == (tmp_path / "demo", False)
    settings = second[0]
    assert (settings.data_dir, settings.port, settings.log_level) == (tmp_path / "demo", 1234, "error")
    assert (settings.vk_api_url, settings.vk_token.get_secret_value()) == ("http://127.0.0.1:9", "sandbox")
    assert second[1] is False
    (account,) = accounts.listing(relay)
    assert (account.login, account.name, account.role.value) == ("demo", "Demo", "organizer")
    campaign = campaigns.get(relay, SLUG)
    assert (campaign.title, campaign.hashtags, campaign.tz) == ("Прорыв. Голоса памяти", ["#proryv80"], "Europe/Moscow")
    assert campaigns.local(campaign, campaign.opens_at) == "2023-01-06T12:00:00+03:00"
    assert campaigns.local(campaign, campaign.closes_at) == "2023-01-13T23:59:59+03:00"
    assert [row.address for row in sources.listing(relay, SLUG)] == ["vk:club1", "vk:club2", "vk:tag"]
    assert desk.listing(relay, SLUG) == []


def test_it_may_end_with_the_film_in_the_usual_folder(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crawl, "due", lambda _relay: [])
    demo.demo(None, no_serve=True, port=0)
    assert stage.done[-1] == ("sandbox ends",)
    assert not [step for step in stage.done if step[0] == "desk"]
    film = tmp_path / "data" / "demo" / "almanacs" / "film-v1.mp4"
    assert capsys.readouterr().out.splitlines()[-1] == f"The film: {film}"
