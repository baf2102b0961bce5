from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from relay.cli import sandbox
from relay.cli.terminal import show
from relay.sandbox import neighbourhood, server
from relay.sandbox.network import Network
from relay.sandbox.vk.gateway import ApiGateway

RELAY = [sys.executable, "-c", "from relay.cli import main; main()", "sandbox"]
ENVIRONMENT = {"PATH": os.environ["PATH"], "RELAY_LANGUAGE": "en", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"no film, but some bytes")
    return folder


@pytest.mark.media
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_how_to_get_there_and_serves_until_told(folder: Path, tmp_path: Path, end: signal.Signals) -> None:
    env = tmp_path / "sandbox.env"
    argv = [*RELAY, "--videos", str(folder), "--json", "--env", str(env)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        lines = []
        while (line := running.stdout.readline()) and line != "}\n":
            lines.append(line)
        told = json.loads("".join([*lines, "}"]))
        settings = told["settings"]
        params = {"access_token": settings["RELAY_VK_TOKEN"], "v": "5.199", "domain": "podslushano_tosno"}
        with httpx.Client(trust_env=False) as client:
            answered = client.get(f"{settings['RELAY_VK_API_URL']}/method/wall.get", params=params).json()
        running.send_signal(end)
        assert running.wait(10) == 0
        assert running.stderr.read() == ""

    assert answered["response"]["count"] > 20
    assert told["sources"][0] == "vk:podslushano_tosno"
    assert told["campaign"]["hashtag"] == "#proryv80"
    assert env.read_text("utf-8").splitlines() == [f"{name}={value}" for name, value in settings.items()]
    assert not Path(settings["RELAY_CA_BUNDLE"]).exists()


@pytest.mark.media
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--videos", "missing"], "There is no folder missing."),
        (["--videos", "videos", "--opens", "yesterday"], "'yesterday' is no date"),
        (["--videos", "videos", "--tz", "Nowhere/Land"], "'Nowhere/Land' is no time zone"),
    ],
)
def test_what_is_wrong_is_one_line(folder: Path, words: list[str], told: str) -> None:
    done = subprocess.run(
        [*RELAY, *words], cwd=folder.parent, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 1
    assert done.stderr.startswith(told) or told in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


# In process, with no server


class Stage:
    """A server in name only, which is told to end as soon as it has begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told = signal.SIGINT
        self.taken: OSError | None = None
        self.done: list[Any] = []
        self.rates: list[float] = []
        monkeypatch.setattr(neighbourhood, "populate", self.populate)
        monkeypatch.setattr(server, "Sandbox", self.sandbox)
        monkeypatch.setattr(ApiGateway, "rate", lambda _api, most: self.rates.append(most))

    def populate(self, _network: Network, folder: Path, *, tag: str, opens: datetime, closes: datetime) -> list[str]:
        self.done.append((folder, tag, opens.isoformat(), closes.isoformat()))
        assert opens.utcoffset() != timedelta()
        return ["vk:gorod", "vk:tag"]

    def sandbox(self, network: Network, *, api_port: int, proxy_port: int) -> Stage:
        assert isinstance(network, Network)
        self.done.append((api_port, proxy_port))
        return self

    def start(self) -> None:
        if self.taken is not None:
            raise self.taken
        self.done.append("begins")
        signal.raise_signal(self.told)

    def stop(self) -> None:
        self.done.append("ends")

    def settings(self) -> dict[str, str]:
        return {"RELAY_PROXY": "http://127.0.0.1:9", "RELAY_VK_TOKEN": "sandbox"}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    show.tongue.cache_clear()
    yield Stage(monkeypatch)
    show.tongue.cache_clear()


USUAL: dict[str, Any] = {
    "videos": Path("videos"), "tag": "#proryv80", "opens": "2023-01-11", "closes": "2023-01-18T23:59",
    "tz": "Europe/Moscow", "api_port": 0, "proxy_port": 0, "env": None, "json": False,
}  # fmt: skip


def test_it_tells_people_how_to_get_there(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    sandbox.sandbox(**{**USUAL, "api_port": 8001, "proxy_port": 8002})
    assert stage.done == [
        (Path("videos"), "#proryv80", "2023-01-11T00:00:00+03:00", "2023-01-18T23:59:59+03:00"),
        (8001, 8002),
        "begins",
        "ends",
    ]
    assert stage.rates == [5.0], "requests a second, as VK allows them"
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert capsys.readouterr().out.splitlines() == [
        "Settings that lead Relay here:",
        "export RELAY_PROXY=http://127.0.0.1:9",
        "export RELAY_VK_TOKEN=sandbox",
        "",
        "A campaign over this network:",
        "relay campaign new proryv80 --title Relay --hashtag '#proryv80' --opens 2023-01-11 --closes 2023-01-18T23:59 "
        "--tz Europe/Moscow",
        "relay source add proryv80 vk:gorod",
        "relay source add proryv80 vk:tag",
        "",
        "Ctrl-C ends the network.",
    ]


def test_settings_may_be_written_to_a_file(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage.told = signal.SIGTERM
    env = tmp_path / "sandbox.env"
    sandbox.sandbox(**{**USUAL, "env": env})
    assert env.read_text("utf-8") == "RELAY_PROXY=http://127.0.0.1:9\nRELAY_VK_TOKEN=sandbox\n"
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == [f"The settings that lead Relay here are in {env}.", "", "A campaign over this network:"]
    assert "RELAY_PROXY" not in "".join(out)
    assert stage.done[-1] == "ends"


def test_it_tells_programs_how_to_get_there(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox.sandbox(**{**USUAL, "tag": "#тег", "tz": "Asia/Omsk", "json": True})
    assert json.loads(capsys.readouterr().out) == {
        "settings": {"RELAY_PROXY": "http://127.0.0.1:9", "RELAY_VK_TOKEN": "sandbox"},
        "sources": ["vk:gorod", "vk:tag"],
        "campaign": {"hashtag": "#тег", "opens": "2023-01-11", "closes": "2023-01-18T23:59", "tz": "Asia/Omsk"},
    }
    assert stage.done[0][1:] == ("#тег", "2023-01-11T00:00:00+06:00", "2023-01-18T23:59:59+06:00")


@pytest.mark.parametrize(
    ("error", "why"), [(OSError(98, "Address already in use"), "Address already in use"), (OSError("busy"), "busy")]
)
def test_a_port_that_is_taken_is_told(
    stage: Stage, capsys: pytest.CaptureFixture[str], error: OSError, why: str
) -> None:
    stage.taken = error
    with pytest.raises(SystemExit) as end:
        sandbox.sandbox(**USUAL)
    assert end.value.code == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"The sandbox network can't start: {why}. Choose other ports.\n")
    assert stage.done[1:] == [(0, 0)], "what has not begun needs no end"


def test_nobody_s_choice_is_the_usual_one() -> None:
    usual = {name: one.default for name, one in inspect.signature(sandbox.sandbox).parameters.items()}
    assert {name: usual[name] for name in USUAL if name != "videos"} == {
        name: value for name, value in USUAL.items() if name != "videos"
    }
