"""How the command line ends: with which code, and which line."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from relay import __version__, cli
from relay.cli.terminal import complete, misuse, show
from relay.errors import Refused

Ends = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Ends]:
    """`ends(command, "clip", "list")`: the code, and what stands on stdout and stderr. `command` comes in the place of
    the one that is named, if it is given.
    """
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    monkeypatch.delenv(complete.ASKED, raising=False)
    show.tongue.cache_clear()
    mask, threshold = os.umask(0), gc.get_threshold()

    def run(command: Any, *words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["relay", *words])
        if command is not None:
            monkeypatch.setattr(typer.main, "get_command", lambda _app: command)
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), *capsys.readouterr()

    yield run
    show.tongue.cache_clear()
    os.umask(mask)
    gc.set_threshold(*threshold)


def raising(error: BaseException) -> Callable[..., object]:
    def command(**_how: Any) -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Refused("A rule.", hint="Do this."), 1, "A rule. Do this."),
        (KeyboardInterrupt(), 1, "Stopped. What was done is kept; the same command goes on from there."),
        (typer.Abort(), 1, "Stopped. What was done is kept; the same command goes on from there."),
        (OSError(errno.ENOSPC, "full"), 1, "The disk is full. Free some space and try again; nothing was lost."),
        (misuse.Misuse("No such command 'clap'."), 2, "There is no command clap. See: relay --help"),
        (misuse.Misuse(""), 2, ""),
    ],
)
def test_what_went_wrong_is_one_line_and_a_code(ends: Ends, error: BaseException, code: int, line: str) -> None:
    assert ends(raising(error), "clip") == (code, "", f"{line}\n" if line else "")


def test_a_bug_is_no_line_of_ours(ends: Ends) -> None:
    with pytest.raises(OSError, match="odd"):
        ends(raising(OSError(errno.EBADF, "odd")), "clip")


@pytest.mark.parametrize(("told", "code"), [(None, 0), ("what it has done", 0), (0, 0), (3, 3), (130, 1)])
def test_what_a_command_returns_is_its_code(ends: Ends, told: object, code: int) -> None:
    how: dict[str, Any] = {}

    def command(**words: Any) -> object:
        how.update(words)
        return told

    assert ends(command, "clip")[0] == code
    assert how == {"prog_name": "relay", "standalone_mode": False}


def test_what_a_signal_has_ended_is_told_as_a_shell_tells_it(ends: Ends) -> None:
    def command(**_how: Any) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return signal.pause()

    code, out, err = ends(command, "clip")
    assert (code, out, err[:8]) == (143, "", "Stopped.")


def test_files_of_a_command_are_for_nobody_else(ends: Ends) -> None:
    masks = []

    def command(**_how: Any) -> None:
        masks.append(os.umask(0))

    ends(command, "clip")
    assert masks == [0o077]


def test_whose_reader_has_gone_ends_without_a_word(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[str, int]] = []
    monkeypatch.setattr(
        os, "dup2", lambda there, here: moved.append((str(Path(f"/proc/self/fd/{there}").readlink()), here))
    )
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    assert ends(raising(BrokenPipeError()), "clip") == (1, "", "")
    assert moved == [(os.devnull, 1)]


def test_the_version(ends: Ends) -> None:
    assert ends(None, "--version") == (0, f"relay {__version__}\n", "")


@pytest.fixture
def refusal() -> Callable[..., str]:
    """`refusal("picture", "add")`: what typer says of a line that is of no use."""
    whole = typer.main.get_command(cli.app)

    def of(*words: str) -> str:
        with pytest.raises(misuse.Misuse) as wrong:
            whole([*words], standalone_mode=False)
        return str(wrong.value.format_message())  # type: ignore[attr-defined]

    return of


def test_a_group_that_is_named_alone_shows_what_it_has(
    refusal: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it there would only stand that a command is missing."""
    for name in (
        "", "campaign", "campaign credit", "source", "post", "clip", "consent", "hand-in", "almanac", "almanac credit",
        "almanac card", "account", "account token", "alert", "audit", "backups", "token", "privacy", "quote", "picture",
        "music", "emblem",
    ):  # fmt: skip
        assert (refusal(*name.split()), "Commands" in capsys.readouterr().out) == ("", True), name


def test_a_file_is_a_file_that_is_there_and_a_folder_is_a_folder(refusal: Callable[..., str], tmp_path: Path) -> None:
    (file := tmp_path / "file").write_text("x")
    for line in (
        "picture add a", "quote import a", "music add a", "emblem add a", "clip caption 1", "almanac verify",
    ):  # fmt: skip
        assert "is a directory" in refusal(*line.split(), str(tmp_path)), line
        assert "does not exist" in refusal(*line.split(), str(tmp_path / "none")), line
    for line in ("backups list", "backups prune"):
        assert "is a file" in refusal(*line.split(), str(file)), line
        assert "does not exist" in refusal(*line.split(), str(tmp_path / "none")), line


def test_a_number_lies_between_its_bounds(refusal: Callable[..., str]) -> None:
    for line, least, most in (
        ("almanac sign-off a film --days", 1, 90),
        ("almanac sign-off a film --version", 0, None),
        ("almanac sign-off a film --revoke", 0, None),
        ("almanac sign-off a film --again", 0, None),
        ("almanac remarks a film --reply", 1, None),
        ("almanac remarks a film --done", 1, None),
        ("almanac remarks a film --reopen", 1, None),
        ("almanac poster a film --clip", 0, None),
        ("almanac poster a film --version", 0, None),
        ("audit list --limit", 1, 10_000),
        ("sandbox --api-port", 0, 65535),
        ("sandbox --proxy-port", 0, 65535),
        ("backups prune / --last", 0, None),
        ("backups prune / --daily", 0, None),
        ("backups prune / --weekly", 0, None),
        ("backups prune / --monthly", 0, None),
    ):
        assert refusal(*line.split(), str(least - 1)).endswith(f"greater than or equal to {least}"), line
        if most is not None:
            assert refusal(*line.split(), str(most + 1)).endswith(f"less than or equal to {most}"), line
