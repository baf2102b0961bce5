"""`relay setup`, against the sandbox network: by options, and typed on a real terminal."""

from __future__ import annotations

import json
import os
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relay.cli import main
from relay.cli.terminal import show
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.vk import token_check as vk_token
from relay.store import Store

SLUG = "proryv80"
PATIENCE = 120.0
"""Seconds until a program that says nothing is given up."""
HIDDEN = "Service token (Enter: go on without): "
"""With the blank at its end, which comes once the terminal has stopped to show what is typed."""
NAMED = ["--title", "Прорыв. Голоса памяти", "--hashtag", "#proryv80"]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def stage() -> Iterator[Sandbox]:
    with Sandbox(Network()) as sandbox:
        yield sandbox


@pytest.fixture
def network(stage: Sandbox) -> Network:
    network = Network()
    stage.shows(network)
    gorod, anna = network.vk.has_group("gorod", "Город"), network.vk.has_resident("Анна", "Иванова")
    film = stage.ca_bundle
    video = network.vk.uploads(anna, film, title="Письмо")
    now = network.now()
    own = network.vk.posts(anna, "Читаю #proryv80", videos=[video], at=now - timedelta(minutes=9))
    network.vk.posts(gorod, "Делимся", repost_of=own, at=now - timedelta(minutes=5))
    network.vk.posts(gorod, "Наш #proryv 80", at=now - timedelta(minutes=3))
    return network


@pytest.fixture
def world(network: Network, stage: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which nothing is set up yet; the token lies in a file."""
    (tmp_path / "token").write_text(f"{network.vk.api.token}\n", "utf-8")
    home = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    settings = {name: value for name, value in stage.settings().items() if name != "RELAY_VK_TOKEN"}
    return {**home, **settings, "RELAY_LANGUAGE": "en", "COLUMNS": "200", "TZ": "Europe/Moscow", "RELAY_VK_RATE": "60"}


Run = Callable[..., Answer]


@pytest.fixture
def run(world: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`run("--yes", …)`: without a terminal."""
    monkeypatch.setattr(vk_token, "PAUSE", 0.0)

    def run(*words: str, command: str = "setup") -> Answer:
        for name, value in world.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["relay", command, *words])
        show.tongue.cache_clear()
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfd.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    return run


@pytest.fixture
def by_options(network: Network) -> list[str]:
    today = (network.now() - timedelta(days=1)).date().isoformat()
    return [
        "--yes",
        *NAMED,
        "--tz",
        "Europe/Moscow",
        "--opens",
        today,
        "--vk-token-file",
        "token",
        "--source",
        "vk:gorod",
        "--source",
        "vk:tag",
    ]


def status(run: Run) -> dict[str, object]:
    return dict(json.loads(run("status", SLUG, "--json", command="campaign").out))


@pytest.mark.slow
def test_without_a_terminal_it_says_what_is_missing_and_never_waits(run: Run, tmp_path: Path) -> None:
    told = run()
    assert told.code == 1
    for option in ("--title", "--hashtag", "--opens", "--closes", "--source", "--yes"):
        assert option in told.err
    assert "--title, --hashtag. " in run("--yes").err
    assert "--vk-token-file" in run("--yes", *NAMED).err
    assert not (tmp_path / "data" / "relay.db").exists()
    assert not (tmp_path / ".env").exists()


@pytest.mark.slow
def test_by_options_it_sets_everything_up_and_says_what_would_be_found(
    run: Run, by_options: list[str], tmp_path: Path, network: Network
) -> None:
    told = run(*by_options, "--moderator", "Анна Петрова")
    assert (told.code, told.err) == (0, "")
    for line in (
        "The token works: it is a service token.",
        "  Asks for 25 walls at once: yes",
        "Campaign proryv80 is made.",
        "Анна Петрова signs in as anna.petrova with ",
        "we would have found 1 videos by 1 people, in 2 posts.",
        "1 of them stand in several posts",
        "Look-alike tags for a moderator: 1.",
        "Every place can be read.",
        "vk, walls: each is read about every 10.0 minutes",
        "relay campaign status proryv80",
    ):
        assert line in told.out
    env = tmp_path / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert network.vk.api.token in env.read_text("utf-8")
    assert network.vk.api.token not in told.out
    assert not (tmp_path / "data" / "setup.json").exists()
    shown = status(run)
    assert (shown["hashtags"], shown["aliases"], shown["posts"]) == (["#proryv80"], ["#прорыв80"], {})
    assert shown["sources"] == {"active": 2}


@pytest.mark.slow
def test_running_it_again_changes_nothing(run: Run, by_options: list[str]) -> None:
    run(*by_options)
    before = status(run)
    told = run(*by_options)
    assert (told.code, told.err) == (0, "")
    assert "Campaign proryv80 is there already." in told.out
    assert "signs in" not in told.out
    assert status(run) == before


@pytest.mark.slow
def test_a_database_that_was_left_half_made_is_finished(run: Run, by_options: list[str], tmp_path: Path) -> None:
    """Killed between the tables and the first account."""
    (tmp_path / "data").mkdir()
    store = Store(f"sqlite:///{tmp_path / 'data' / 'relay.db'}")
    store.upgrade(datetime(2023, 1, 1, tzinfo=UTC))
    store.close()
    told = run(*by_options)
    assert told.code == 0
    assert "as organizer with " in told.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "said"),
    [("wrong", "VK refuses the access token."), ("user", "This is a person's token"), ("group", "community's token")],
)
def test_a_token_of_another_kind_is_told_plainly(
    run: Run, by_options: list[str], network: Network, tmp_path: Path, kind: str, said: str
) -> None:
    (tmp_path / "token").write_text("another", "utf-8")
    if kind != "wrong":
        network.vk.api.also_takes("another", kind=kind)
    told = run(*by_options)
    assert told.code == 1
    assert said in told.out
    assert "--no-vk-token" in told.err
    assert "another" not in told.out + told.err
    assert not (tmp_path / ".env").exists()


@pytest.mark.slow
def test_a_network_that_is_down_loses_nothing_that_was_said(
    run: Run, by_options: list[str], network: Network, tmp_path: Path
) -> None:
    network.is_down()
    told = run(*by_options)
    assert told.code == 1
    assert "Is this machine on the internet?" in told.out
    assert json.loads((tmp_path / "data" / "setup.json").read_text("utf-8"))["title"] == "Прорыв. Голоса памяти"
    network.heals()
    told = run("--vk-token-file", "token")
    assert (told.code, told.err) == (0, "")
    assert status(run)["sources"] == {"active": 2}


@pytest.mark.slow
def test_without_a_token_the_rest_is_set_up_and_goes_on_later(
    run: Run, by_options: list[str], network: Network
) -> None:
    at = by_options.index("--vk-token-file")
    told = run(*by_options[:at], *by_options[at + 2 :], "--no-vk-token")
    assert told.code == 1
    assert "There is no access token for VK." in told.err
    assert "Places that could not be read: vk:gorod" in told.err
    assert status(run)["sources"] == {"active": 1}, "the search needs no look-up"
    assert run(*by_options).code == 0
    assert status(run)["sources"] == {"active": 2}


@pytest.mark.slow
def test_a_place_that_is_not_there_is_named_and_the_others_are_in(run: Run, by_options: list[str]) -> None:
    told = run(*by_options, "--source", "vk:nosuchplace")
    assert told.code == 1
    assert "VK knows nobody by the name nosuchplace." in told.err
    assert status(run)["sources"] == {"active": 2}


@pytest.mark.slow
def test_a_campaign_with_this_name_and_another_tag_is_left_alone(run: Run, by_options: list[str]) -> None:
    run(*by_options)
    told = run(*by_options, "--hashtag", "#another", "--slug", SLUG)
    assert told.code == 1
    assert "There is already a campaign proryv80." in told.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--slug", "Ж"], "is no short name."),
        (["--opens", "soon"], "'soon' is no date."),
        (["--tz", "Mars/Base"], "is no time zone."),
        (["--closes", "2020-01-01"], "would close"),
        (["--hashtag", "#80"], "is no hashtag"),
        (["--source", "myspace:tom"], "belongs to no network"),
        (["--alert-mail", "nobody"], "is no mail address."),
        (["--alert-mail", "a@example.org"], "--smtp-url-file"),
    ],
)
def test_a_wrong_option_is_one_clear_line(run: Run, words: list[str], said: str) -> None:
    told = run("--yes", "--title", "Т", "--hashtag", "#тег", "--source", "tg:gorod", *words)
    assert told.code == 1
    assert said in told.err
    assert len(told.err.splitlines()) == 1


@pytest.mark.slow
def test_mail_goes_into_the_settings_and_its_password_is_not_shown(
    run: Run, by_options: list[str], tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text("smtps://me:s3cret@mail.example\n", "utf-8")
    told = run(*by_options, "--alert-mail", "a@example.org", "--smtp-url-file", "mail")
    assert told.code == 0
    assert "s3cret" not in told.out + told.err
    kept = (tmp_path / ".env").read_text("utf-8")
    assert "RELAY_ALERT_MAIL=a@example.org" in kept
    assert "s3cret" in kept


# On a terminal


class OnATerminal:
    """Types into the program as somebody would, on a terminal of its own."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        inside = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
        command = [sys.executable, "-c", inside, sys.executable, "-m", "relay", "setup"]
        self._program = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.shown, self._read = "", 0

    def asks(self, question: str) -> None:
        """Waits until the question stands there."""
        until = time.monotonic() + PATIENCE
        while question not in self.shown[self._read :]:
            assert time.monotonic() < until, self.shown
            assert self._more(), self.shown
        self._read = self.shown.index(question, self._read) + len(question)

    def types(self, line: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{line}\n".encode())
        self._program.stdin.flush()

    def answers(self, *pairs: tuple[str, str]) -> None:
        for question, line in pairs:
            self.asks(question)
            self.types(line)

    def is_killed(self) -> None:
        self._program.kill()
        self._program.wait()

    def ends(self) -> int:
        while self._more():
            pass
        return self._program.wait(PATIENCE)

    def closes(self) -> None:
        for stream in (self._program.stdin, self._program.stdout):
            if stream is not None:
                stream.close()
        if self._program.poll() is None:
            self.is_killed()

    def _more(self) -> bool:
        assert self._program.stdout is not None
        ready, _, _ = select.select([self._program.stdout], [], [], PATIENCE)
        block = os.read(self._program.stdout.fileno(), 65536) if ready else b""
        self.shown += block.decode("utf-8", "replace")
        return bool(block)


@pytest.fixture
def terminal(world: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], OnATerminal]]:
    opened: list[OnATerminal] = []

    def open_one() -> OnATerminal:
        opened.append(OnATerminal(tmp_path, world))
        return opened[-1]

    yield open_one
    for each in opened:
        each.closes()


@pytest.mark.slow
def test_somebody_types_and_corrects_mistakes(
    terminal: Callable[[], OnATerminal], network: Network, run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("# mine\nRELAY_PORT=8123\n", "utf-8")
    opens = (network.now() - timedelta(days=1)).date().isoformat()
    desk = terminal()
    desk.answers(
        ("Title", "Прорыв. Голоса памяти"),
        ("Hashtag [#прорывголосапамяти]", "80"),
        ("Hashtag", "#proryv80"),
        ("Other spellings [#прорыв80]", ""),
        ("Permission [public-post]", ""),
        ("Time zone [", "Europe/Moscow"),
        ("First day [", "soon"),
        ("First day [", opens),
        ("Last day [", "2020-01-01"),
        ("Last day [", ""),
        ("Addresses [vk:tag]", "myspace:tom"),
        ("Addresses [vk:tag]", "vk:gorodd vk:tag"),
        (HIDDEN, "nonsense-token"),
    )
    desk.asks("VK refuses the access token.")
    desk.answers(
        (HIDDEN, network.vk.api.token),
        ("Moderators", "Анна Петрова"),
        ("Alerts by mail to", ""),
        ("Write it anew", "vk:gorod"),
    )
    assert desk.ends() == 0
    assert "we would have found 1 videos by 1 people" in desk.shown
    assert "What comes next:" in desk.shown
    for secret in (network.vk.api.token, "nonsense-token"):
        assert secret not in desk.shown
    kept = (tmp_path / ".env").read_text("utf-8")
    assert kept.startswith("# mine\nRELAY_PORT=8123\n")
    assert f"RELAY_VK_TOKEN={network.vk.api.token}" in kept
    assert status(run)["sources"] == {"active": 2}


@pytest.mark.slow
def test_an_end_of_input_is_told_and_loses_nothing(terminal: Callable[[], OnATerminal], tmp_path: Path) -> None:
    desk = terminal()
    desk.answers(("Title", "Прорыв"), ("Hashtag", "#proryv80"), ("Other spellings", ""), ("Permission", ""))
    desk.asks("Time zone")
    desk.types("\x04")
    assert desk.ends() == 1
    assert "Stopped. What you answered is kept: run relay setup again to go on." in desk.shown
    assert json.loads((tmp_path / "data" / "setup.json").read_text("utf-8"))["hashtags"] == ["#proryv80"]


@pytest.mark.slow
def test_killed_midway_it_goes_on_where_it_was(
    terminal: Callable[[], OnATerminal], network: Network, run: Run, tmp_path: Path
) -> None:
    first = terminal()
    first.answers(
        ("Title", "Прорыв"), ("Hashtag", "#proryv80"), ("Other spellings", "-"), ("Permission", ""), ("Time zone", "")
    )
    first.asks("First day")
    first.is_killed()
    second = terminal()
    second.answers(
        ("Going on from what you answered last time", ""),
        ("Hashtag [#proryv80]", ""),
        ("Other spellings", ""),
        ("Permission", ""),
        ("Time zone", ""),
        ("First day", ""),
        ("Last day", ""),
        ("Addresses", "vk:gorod"),
        (HIDDEN, network.vk.api.token),
    )
    second.asks("Moderators")
    second.is_killed()
    assert network.vk.api.token in (tmp_path / ".env").read_text("utf-8")
    told = run()
    assert (told.code, told.err) == (0, "")
    shown = status(run)
    assert (shown["title"], shown["aliases"], shown["sources"]) == ("Прорыв", [], {"active": 1})
