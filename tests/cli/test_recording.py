"""What every command with `--json` tells programs, on one campaign, is what it told when it was recorded.

Programs of others read these documents: a field may be added, but none may go, get another name or another value.
The recording stands beside this file. When a command is new, or something is meant to be different from now on, write
it anew, and read the difference before it is committed:

    python -m tests.cli.test_recording
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer

from relay import bootstrap, logs
from relay.almanac.delivery import render as rendering
from relay.cli import app
from relay.cli.terminal import show
from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import ClipState, HandInState, MatchKind, VideoState
from relay.store import Store
from tests.cli.everything import Everything, makes_a_preview, makes_a_version
from tests.databases import SECRET
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher

RECORDING = Path(__file__).with_name("recording.json")
WRITE = "python -m tests.cli.test_recording"
HOW_TO_RECORD = f"Add a line to COMMANDS in tests/cli/test_recording.py, then: {WRITE}"
COMMANDS = (
    # looking changes nothing, so these come first
    "campaign list",
    "cluster hosts",
    "campaign status proryv80",
    "campaign status spring",
    "source list proryv80",
    "source plan proryv80",
    "post list proryv80",
    "post list proryv80 --match near",
    "post list proryv80 --without-video",
    "post list proryv80 --put-aside",
    *(f"post show {number}" for number in (1, 6, 7, 19, 20)),
    "coverage proryv80",
    "board proryv80",
    "board spring",
    "hand-in list proryv80",
    "clip list proryv80",
    "clip list proryv80 --state later",
    "clip list proryv80 --search мге --sort longest",
    *(f"clip show {number}" for number in (1, 3, 5, 6, 8, 9, 10, 11)),
    "clip suggest 1 3 8",
    "clip caption 9",
    "clip trim 9",
    "speech readings 7",
    "quote list proryv80",
    "picture list proryv80",
    "music list proryv80",
    "almanac list proryv80",
    "almanac show proryv80 film",
    "almanac plan proryv80 film --dry-run",
    "almanac plan proryv80 short --dry-run",
    "almanac diff proryv80 film",
    "almanac diff proryv80 short",
    "almanac remarks proryv80 film",
    "almanac poster proryv80 film",
    "almanac sign-off proryv80 film",
    "almanac themes",
    "almanac templates",
    "almanac credit list proryv80 film",
    "campaign credit list proryv80",
    "emblem list proryv80",
    "almanac style proryv80 film",
    "almanac style proryv80 empty",
    "almanac card list proryv80 film",
    "alert list",
    "alert list --all",
    "token list",
    "audit list --limit 25",
    "audit list --clip 1",
    "audit verify",
    "audit head",
    "audit key",
    "doctor",
    # these do something, one after the other
    "almanac export proryv80 film {folder}/otio",
    "almanac export proryv80 film {folder}/table --to folder",
    "almanac preview proryv80 film",
    "almanac style proryv80 short --theme night --format 9:16 --size 720 --captions ru,en --as boris",
    "almanac plan proryv80 film --accept 1 --as boris",
    "almanac render proryv80 film",
    "almanac remarks proryv80 film --reply 1 --text Сделано --as boris",
    "almanac remarks proryv80 film --done 1 --as boris",
    "almanac remarks proryv80 film --reopen 1 --as boris",
    "almanac sign-off proryv80 film --to Петров --position мэр --days 3 --as boris",
    "quote import proryv80 {folder}/quotes.csv",
    "clip trim 9 --in 1.2 --out 0:05 --turn 90 --note Тише --poster-at 3 --as vera",
    "clip trim 9 --undo --as vera",
    "speech confirm 7 --as vera",
    "speech unsay 7 --as vera",
    "speech refuse 7 --as vera",
    "alert test",
    "source check proryv80",
    "recheck proryv80",
    "crawl proryv80",
    "crawl proryv80 --deep --comments",
    "clip return 5 --ask name --ask sound --note Громче --as vera",
    "clip returned proryv80",
    "account add boris --name Борис --role editor --campaign proryv80 --invite --as olga",
    "account link boris",
    "account list",
    "account token new boris --name отчёт --days 3 --write --as olga",
    "account token list",
    "consent list proryv80",
    "consent list proryv80 --lacking --broadcast --abroad",
    "consent note 1 --scope film --evidence Письмо --until 2030-01-31 --guardian Вера --no-broadcast --as vera",
    "consent ask 1 --as vera",
    "consent show 1",
    "consent override 3 --reason 'Знаем семью' --abroad --as vera",
    "consent rule proryv80 --permission asked --gate tell --as olga",
    "consent film proryv80 film --abroad --as vera",
    "privacy report 1",
    "privacy prune --dry-run",
    "privacy prune",
    "privacy export 1 {folder}/hers",
    "work --once",
    "privacy certificate 3",
    "privacy erase 1 --reason Просила --as olga",
    "privacy readmit 3 --as olga",
)
"""All are run with `--json`. The numbers are those that posts and clips get in tests/cli/everything.py."""
LEFT_OUT = {
    "almanac verify": "compares a file, and reads no campaign; tests/cli/test_audit.py has its document",
    "sandbox": "serves until it is told to end, and reads no campaign; tests/cli/test_sandbox.py has its document",
    "speech compare": "needs a sound; tests/cli/assets/test_speech.py has its document",
    "speech hear": "needs ears; tests/cli/assets/test_speech.py has its document",
    "media move": "needs another place; tests/cli/assets/test_media.py has its document",
    **dict.fromkeys(
        ("backup", "restore", "backups list", "backups prune", "backups release"),
        "tells of files beside the campaign, of other sizes in each run; tests/cli/test_words.py has its document",
    ),
}
"""Commands with `--json` that are not recorded, and why."""
OF_THE_MOMENT = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{16,64}\b"), "<hash>"),
    (re.compile(r"\brelay_[\w-]{40,}"), "<token>"),
    (re.compile(r"/sign-off/[\w-]+"), "/sign-off/<secret>"),
    (re.compile(r"/answer/[\w-]+"), "/answer/<secret>"),
    (re.compile(r"/agree/[\w-]+"), "/agree/<secret>"),
    (re.compile(r"/sign-in/[\w.-]+"), "/sign-in/<secret>"),
    (re.compile(r"\bE-\d{3}-\d{3}-\d{3}\b"), "<certificate>"),
    (re.compile(r"\b\d{3}-\d{3}\b(?!-)"), "<receipt>"),
    (re.compile(r"\b\d+(\.\d+)? GB\b"), "<size>"),
)
"""What is another in each run, or on each machine."""
NOTHING = object()

Document = Any
"""Whatever JSON can say."""


# Recording


def recorded(relay: Relay, clock: FakeClock, folder: Path) -> dict[str, Document]:
    """Command line → what it told, of a campaign that is made in `relay`, which has to be empty."""
    everything = Everything(relay, clock, folder)
    with in_process(everything.relay):
        everything.happens()
        (folder / "quotes.csv").write_text("number;text\n7;Мы выстоим!\n99;Новый текст\n", "utf-8")
        return {line: told(line, everything.relay, folder) for line in COMMANDS}


def told(line: str, relay: Relay, folder: Path) -> Document:
    """The document on stdout. A command that fails after it, as doctor does, has told one all the same."""
    out, words = io.StringIO(), [word.replace("{folder}", str(folder)) for word in shlex.split(line)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        command()([*words, "--json"], standalone_mode=False)
    assert out.getvalue(), f"relay {line} --json told nothing"
    return settled(json.loads(out.getvalue()), {relay.settings.data_dir: "<data>", folder: "<folder>"})


@contextlib.contextmanager
def in_process(relay: Relay) -> Iterator[None]:
    """The command line works on `relay`, and makes films without a studio."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RELAY_LANGUAGE", "en")
        patched.setattr(bootstrap, "open_relay", lambda **_more: relay)
        patched.setattr(rendering, "render", makes_a_version)
        patched.setattr(rendering, "preview", makes_a_preview)
        logs.tell_to_stderr("error")
        show.tongue.cache_clear()
        yield
    show.tongue.cache_clear()


@cache
def command() -> Any:
    return typer.main.get_command(app)


def with_json(group: Any, before: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all commands that have `--json`."""
    for name, below in group.commands.items():
        words = (*before, name)
        if hasattr(below, "commands"):
            yield from with_json(below, words)
        elif any("--json" in parameter.opts for parameter in below.params):
            yield " ".join(words)


# Comparing


def settled(document: Document, folders: Mapping[Path, str]) -> Document:
    """The same without what is another in each run: times, hashes, secrets, and where the folders are."""
    if isinstance(document, Mapping):
        return {name: settled(value, folders) for name, value in document.items()}
    if isinstance(document, list):
        return [settled(value, folders) for value in document]
    if not isinstance(document, str):
        return document
    for folder, name in folders.items():
        document = document.replace(str(folder), name)
    for pattern, name in OF_THE_MOMENT:
        document = pattern.sub(name, document)
    return document


def differences(was: Document, now: Document, path: str = "") -> Iterator[str]:
    """`path: was → is`, for each value that is another, or not there any more. What a dict has besides is none."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name, value in was.items():
            yield from differences(value, now.get(name, NOTHING), f"{path}.{name}" if path else name)
    elif isinstance(was, list) and isinstance(now, list):
        for number, value in enumerate(was):
            yield from differences(value, now[number] if number < len(now) else NOTHING, f"{path}[{number}]")
        for number, value in enumerate(now[len(was) :], len(was)):
            yield f"{path}[{number}]: nothing → {_short(value)}"
    elif type(was) is not type(now) or was != now:
        yield f"{path}: {_short(was)} → {_short(now)}"


def _short(value: Document) -> str:
    text = "nothing" if value is NOTHING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"


def all_differences(was: Mapping[str, Document], now: Mapping[str, Document]) -> list[str]:
    """Of two recordings, each under the command line that told it."""
    return [f"relay {line} --json: {found}" for line in was for found in differences(was[line], now.get(line, NOTHING))]


# The tests


@cache
def kept() -> dict[str, Document]:
    found: dict[str, Document] = json.loads(RECORDING.read_text("utf-8"))
    return found


@pytest.mark.slow
def test_every_command_tells_what_it_told(relay: Relay, clock: FakeClock, tmp_path: Path) -> None:
    found = all_differences(kept(), recorded(relay, clock, tmp_path))
    if found:
        pytest.fail("\n".join(["What programs read has changed:", *found, f"If that is meant: {WRITE}"]), pytrace=False)


def test_every_command_with_json_is_recorded() -> None:
    names = set(with_json(command()))
    missing = names - {name for name in names for line in kept() if f"{line} ".startswith(f"{name} ")} - set(LEFT_OUT)
    assert not missing, f"Not recorded: {', '.join(sorted(missing))}. {HOW_TO_RECORD}"
    assert set(LEFT_OUT) <= names, "what is left out is no command any more"
    assert set(kept()) == set(COMMANDS), f"The recording is of other command lines. {HOW_TO_RECORD}"


def test_the_campaign_has_something_of_every_kind() -> None:
    """Else the recording says less than it seems to."""
    status = kept()["campaign status proryv80"]
    assert set(status["clips"]) == {state.value for state in ClipState}
    assert set(status["posts"]) == {kind.value for kind in MatchKind}
    assert set(status["videos"]) == {state.value for state in VideoState} - {VideoState.fetching.value}
    assert {row["state"] for row in kept()["hand-in list proryv80"]} == {state.value for state in HandInState}
    assert {row["network"] for row in kept()["source list proryv80"]} == {"vk", "tg", "ok"}


def test_a_command_that_is_new_is_noticed() -> None:
    new, group = typer.Typer(), typer.Typer()

    @group.command()
    def plain() -> None: ...

    @group.command()
    def told(json: show.AsJson = False) -> None: ...

    new.add_typer(group, name="group")
    new.command()(told)
    assert sorted(with_json(typer.main.get_group(new))) == ["group told", "told"]


def at(document: Document, path: Iterable[str | int]) -> Document:
    for step in path:
        document = document[step]
    return document


LINE = "clip show 9"
PATH = ("participant", "town")


@pytest.mark.slow
def test_a_changed_value_is_told_with_what_it_was() -> None:
    now = deepcopy(kept())
    at(now[LINE], PATH[:-1])["town"] = "Луга"
    assert all_differences(kept(), now) == [f'relay {LINE} --json: participant.town: "Мга" → "Луга"']


@pytest.mark.slow
def test_a_field_that_is_gone_or_renamed_is_told() -> None:
    now = deepcopy(kept())
    person = at(now[LINE], PATH[:-1])
    person["place"] = person.pop("town")
    assert all_differences(kept(), now) == [f'relay {LINE} --json: participant.town: "Мга" → nothing']


@pytest.mark.slow
def test_a_field_that_is_added_is_no_difference() -> None:
    now = deepcopy(kept())
    now[LINE]["mood"] = "glad"
    at(now[LINE], PATH[:-1])["country"] = "Россия"
    assert all_differences(kept(), now) == []


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        ([1, 2], [1], ["a[1]: 2 → nothing"]),
        ([1], [1, 2], ["a[1]: nothing → 2"]),
        ([{"b": 1}], [{"c": 0}], ["a[0].b: 1 → nothing"]),
        (1, True, ["a: 1 → true"]),
        (1, 1.0, ["a: 1 → 1.0"]),
        (None, "", ['a: null → ""']),
        ({"b": None}, {}, ["a.b: null → nothing"]),
        ({}, {"b": 1}, []),
        ({"b": 1}, [1], ['a: {"b": 1} → [1]']),
    ],
)
def test_values_differ_also_by_their_kind_and_number(was: Document, now: Document, found: list[str]) -> None:
    assert list(differences({"a": was}, {"a": now})) == found


def test_what_is_of_the_moment_is_set_aside_and_nothing_else() -> None:
    folders = {Path("/here/data"): "<data>"}
    said = [
        "/here/data/almanacs/film.mp4", "2023-01-12T12:00:00+03:00", "2023-01-12 09:00:00+00:00", "2023-01-12",
        "ab" * 32, "Hand-in 123-456", "+7 921 000-00-00", "https://vk.com/video101_456001", "12.5 GB free", 7, None,
    ]  # fmt: skip
    assert settled(said, folders) == [
        "<data>/almanacs/film.mp4", "<time>", "<time>", "2023-01-12",
        "<hash>", "Hand-in <receipt>", "+7 921 000-00-00", "https://vk.com/video101_456001", "<size> free", 7, None,
    ]  # fmt: skip


# Writing it anew


@contextlib.contextmanager
def _empty(folder: Path, clock: FakeClock) -> Iterator[Relay]:
    """A Relay as tests/fixtures.py has it, without a test."""
    settings = Settings(_env_file=None, data_dir=folder / "data")
    store = Store(settings.db_url, secret=lambda: SECRET)
    store.upgrade(datetime(2023, 1, 1, tzinfo=UTC))
    vault = Vault(settings.media_folder)
    try:
        yield Relay(settings, store, {}, FakeFetcher(), vault, Toolbox(), clock, holder="test")
    finally:
        store.close()


def write() -> None:
    for name in [name for name in os.environ if name.startswith("RELAY_")]:
        del os.environ[name]
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as made, contextlib.chdir(made), _empty(Path(made), clock) as relay:
        found = recorded(relay, clock, Path(made))
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    RECORDING.write_text(f"{text}\n", "utf-8")
    structlog.reset_defaults()


if __name__ == "__main__":
    os.umask(0o077)  # as in tests/conftest.py
    write()
