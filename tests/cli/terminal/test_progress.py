from __future__ import annotations

import io
import sys

import pytest

from relay.cli.terminal import show
from relay.cli.terminal.progress import steps
from relay.language.sentence import filled


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    show.tongue.cache_clear()


def test_elsewhere_each_step_is_a_line_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with steps("sources") as told:
        told(1, 3, filled("Clips prepared for films: {number}.", number=1))
        told(2, 0, "a stranger's\x1b[31m text\n")
    assert capfd.readouterr() == ("", "1/3  Clips prepared for films: 1.\n2  a stranger's [31m text \n")


def test_with_json_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with steps("sources", quiet=True) as told:
        told(1, 3, "Nothing of it.")
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar_that_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with steps("sources") as told:
        told(1, 3, "[bold]Городская[/bold] \x1b]0;title\x07")
    shown = screen.getvalue()
    assert "1/3" in shown
    assert "[bold]" in shown, "a stranger's markup is text"
    assert "\x1b]0;title" not in shown
