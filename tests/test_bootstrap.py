from __future__ import annotations

import io
import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import structlog

from relay.bootstrap import ByAddress, open_relay, wall_clock
from relay.config import Settings
from relay.errors import StoreError
from relay.logs import tell_to_stderr
from relay.media.vault import Vault
from relay.ports import Fetched, Progress


class Fetches:
    def __init__(self) -> None:
        self.urls: list[str] = []
        self.told: list[Progress | None] = []

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        self.urls.append(url)
        self.told.append(progress)
        return Fetched(folder / "film", 1)


def test_the_beginning_of_an_address_names_its_fetcher(tmp_path: Path) -> None:
    special, usual = Fetches(), Fetches()
    fetcher = ByAddress(lambda: {"folder:": special}, lambda: usual)
    for url in ("folder:/a.mp4", "https://vk.com/video1_2", "https://folder:80/a.mp4"):
        fetcher.fetch(url, tmp_path)
    assert special.urls == ["folder:/a.mp4"]
    assert usual.urls == ["https://vk.com/video1_2", "https://folder:80/a.mp4"]


def test_whoever_fetches_is_given_the_folder_and_tells_how_far_it_is(tmp_path: Path) -> None:
    usual, heard = Fetches(), list[float]()
    assert ByAddress(dict, lambda: usual).fetch("x", tmp_path, progress=heard.append) == Fetched(tmp_path / "film", 1)
    (tells,) = usual.told
    assert tells is not None
    tells(0.5)
    assert heard == [0.5]


def test_the_wall_clock_is_now_in_utc() -> None:
    assert wall_clock().utcoffset() == timedelta()
    assert abs(wall_clock() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.fixture
def quiet_again() -> Iterator[None]:
    """The levels of other people's loggers as they were."""
    names = ("apscheduler", "vk_api", "httpx", "alembic", "python_multipart")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("quiet_again")
def test_the_parts_are_put_together(settings: Settings) -> None:
    settings = settings.model_copy(update={"alert_mail": "olga@library.example"})
    with pytest.raises(StoreError, match="no database"):
        open_relay(settings)
    relay = open_relay(settings, ready=False)
    try:
        assert relay.settings is settings
        assert str(relay.store.url) == settings.db_url
        assert relay.store.channels == ("mail",)
        assert set(relay.sources) == {"vk", "tg", "rutube", "ok", "rss", "folder", "yt", "links"}
        assert set(relay.channels) == {"mail"}
        assert isinstance(relay.media, Vault)
        assert relay.clock is wall_clock
        film = settings.data_dir / "school" / "film.mp4"
        film.parent.mkdir(parents=True)
        film.write_bytes(b"film")
        assert relay.fetcher.fetch(f"folder:{film}", film.parent).path.name == "handed-in.mp4"
    finally:
        relay.store.close()


@pytest.mark.usefixtures("quiet_again")
def test_the_log_is_lines_of_json_where_nobody_sits_at_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell_to_stderr("warning")
    log = structlog.get_logger()
    log.info("not.told")
    with structlog.contextvars.bound_contextvars(job=5):
        try:
            raise ValueError("пример")
        except ValueError:
            log.warning("it.broke", name="Анна", exc_info=True)
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert "Анна" in line
    told = json.loads(line)
    assert {name: told[name] for name in ("event", "level", "name", "job")} == {
        "event": "it.broke",
        "level": "warning",
        "name": "Анна",
        "job": 5,
    }
    assert told["exception"].endswith("ValueError: пример")
    assert datetime.fromisoformat(told["timestamp"]).utcoffset() == timedelta()
    assert abs(datetime.fromisoformat(told["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.usefixtures("quiet_again")
def test_at_a_terminal_the_log_is_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        tell_to_stderr("info")
        before = datetime.now(timezone(timedelta(hours=9))).replace(microsecond=0)
        structlog.get_logger().info("it.works", name="x")
    finally:
        monkeypatch.undo()
        time.tzset()
    line = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().err)
    moments = [before + timedelta(seconds=seconds) for seconds in range(9)]
    assert line[:8] in [f"{moment:%H:%M:%S}" for moment in moments], "the time of the place"
    assert re.search(r"info +\] it\.works +name=x", line)


@pytest.mark.usefixtures("quiet_again")
def test_what_others_log_is_told_when_it_is_an_error() -> None:
    tell_to_stderr("debug")
    for name in ("apscheduler", "vk_api", "httpx", "alembic", "python_multipart"):
        assert logging.getLogger(name).level == logging.ERROR


@pytest.mark.usefixtures("quiet_again")
def test_a_log_goes_where_stderr_is_when_a_line_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    tell_to_stderr("info")
    log = structlog.get_logger()
    log.info("first")
    with redirect_stderr(io.StringIO()) as other:
        log.info("second")
    assert "second" in other.getvalue()
    assert "second" not in capsys.readouterr().err
    assert sys.stderr is not other
