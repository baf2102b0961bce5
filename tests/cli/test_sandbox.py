from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

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
