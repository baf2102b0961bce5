"""A campaign by programs only: made, read, judged, planned, rendered, signed off, while `relay work` does its part."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from relay.bootstrap import open_relay, wall_clock
from relay.config import load_settings
from relay.context import Relay
from relay.jobs import work_once
from relay.models import Role
from relay.moderation.people import accounts, api_tokens
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.web.app import create_app
from tests.web.api.conftest import Program

pytestmark = pytest.mark.media

FILM = "/campaigns/walk/almanacs/film"


PICTURES = ("testsrc2=size=640x360:rate=25:duration=4", "mandelbrot=size=640x360:rate=25,trim=duration=4")


def filmed(path: Path, picture: str, tone: int) -> Path:
    from imageio_ffmpeg import get_ffmpeg_exe

    source = ["-f", "lavfi", "-i", picture]
    sound = ["-f", "lavfi", "-i", f"sine=frequency={tone}:sample_rate=48000:duration=4"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]
    command = [get_ffmpeg_exe(), "-v", "error", *source, *sound, *coded, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


@pytest.fixture
def town(tmp_path: Path) -> Network:
    network = Network(wall_clock)
    at = wall_clock() - timedelta(hours=2)
    for number, name in enumerate(("Анна", "Борис")):
        resident = network.vk.has_resident(name, "Иванова")
        video = network.vk.uploads(
            resident, filmed(tmp_path / f"{number}.mp4", PICTURES[number], 300 + 400 * number), duration=4
        )
        network.vk.posts(resident, f"{name} читает #walk", videos=[video], at=at)
    return network


@pytest.fixture
def relay(town: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    with Sandbox(town) as sandbox:
        for name, value in sandbox.settings().items():
            monkeypatch.setenv(name, value)
        relay = open_relay(load_settings(data_dir=tmp_path / "data", min_free_gb=0), ready=False)
        relay.folder()
        relay.store.upgrade(relay.now())
        yield relay
        relay.store.close()


def waited(program: Program, path: str) -> dict[str, object]:
    for _ in range(600):
        told = program.reads(path)
        if told.get("state", told.get("running")) not in ("running", True):
            return dict(told)
        time.sleep(0.2)
    raise TimeoutError(path)


def test_from_nothing_to_a_signed_film(relay: Relay) -> None:
    app = create_app(relay)
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga")
    olga = Program(app, api_tokens.make(relay, "olga", "script", may_write=True).token)
    day = timedelta(days=1)
    window = {"opens": f"{relay.now() - day:%Y-%m-%d}", "closes": f"{relay.now() + 3 * day:%Y-%m-%d}"}
    olga.does("POST", "/campaigns", 201, slug="walk", title="Голоса памяти", hashtags=["#walk"], **window)
    olga.does("POST", "/campaigns/walk/start")
    source = olga.does("POST", "/campaigns/walk/sources", 201, address="vk:tag")
    assert source["state"] == "active"

    begun = olga.post("/campaigns/walk/crawl", json={})
    assert begun.status_code == 202
    read = waited(olga, begun.headers["location"].removeprefix("/api/v1"))
    assert (read["state"], read["result"][0]["new"]) == ("done", 2)  # type: ignore[index]
    assert {post["match"] for post in olga.reads("/campaigns/walk/posts")} == {"exact"}

    assert work_once(relay) == 0
    clips = olga.reads("/campaigns/walk/clips?state=awaiting")
    assert len(clips) == 2
    for clip in clips:
        found = olga.get(f"/clips/{clip['id']}")
        assert found.json()["state"] == "awaiting"
        seen = {"if-match": found.headers["etag"]}
        decided = olga.post(f"/clips/{clip['id']}/decisions", json={"verdict": "approve"}, headers=seen)
        assert decided.status_code == 201
        olga.does("PATCH", f"/clips/{clip['id']}", name=clip["author"], town="Мга")

    plan = olga.does("POST", "/campaigns/walk/almanacs", 201, name="film", title="Прорыв", all_approved=True)
    assert {one["name"] for one in plan["segments"]} == {"Анна Иванова", "Борис Иванова"}
    olga.does("PATCH", f"{FILM}/style", format="16:9", size="720")
    olga.does("POST", f"{FILM}/cards", 201, kind="chapter", words={"title": "Мга"}, before=plan["segments"][1]["clip"])
    assert olga.post(f"{FILM}/renders", json={}).status_code == 202
    made = waited(olga, f"{FILM}/making")
    assert (made["error"], made["version"]) == ("", 1)
    (version,) = olga.reads(f"{FILM}/renders")
    assert version["duration"] > 8
    film = olga.get(f"{FILM}/renders/1/film.mp4")
    assert (film.headers["content-type"], film.content[4:8]) == ("video/mp4", b"ftyp")

    asked = olga.does("POST", f"{FILM}/sign-offs", 201, to="Глава района", days=3)
    assert "/sign-off/" in asked["link"]
    (row,) = olga.reads(f"{FILM}/sign-offs")
    assert (row["person"], row["invited_by"]) == ("Глава района", "Ольга")
    did = [deed for deed in olga.reads("/audit", limit=200) if deed["what"] == "by token"]
    assert len(did) >= 8
