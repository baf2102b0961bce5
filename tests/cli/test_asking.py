"""Questions on the terminal, with somebody who types in place of one."""

from __future__ import annotations

import pytest

from relay.cli.asking import Terminal
from relay.errors import Refused


class Typist:
    """Types the lines one after another, and remembers what was asked."""

    def __init__(self, *lines: str) -> None:
        self.lines, self.asked = list(lines), list[tuple[str, str]]()

    def __call__(self, question: str, default: str = "") -> str:
        self.asked.append((question, default))
        return self.lines.pop(0) or default


def number(said: str) -> int:
    if not said.isdigit():
        raise Refused("{said!r} is no mail address.", said=said)
    return int(said)


def test_a_mistake_is_told_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    typist = Typist("many", "7")
    terminal = Terminal(yes=False, asks=True, prompt=typist)
    assert terminal.answer("First day", "--opens", given=None, default="", check=number) == 7
    assert len(typist.asked) == 2
    assert "'many'" in capsys.readouterr().err


def test_enter_takes_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(yes=False, asks=True, prompt=Typist(""))
    assert terminal.answer("First day", "--opens", given=None, default="5", check=number) == 5


def test_an_option_is_not_asked_about_unless_it_is_wrong() -> None:
    typist = Typist("9")
    terminal = Terminal(yes=False, asks=True, prompt=typist)
    assert terminal.answer("First day", "--opens", given="4", default="5", check=number) == 4
    assert typist.asked == []
    assert terminal.answer("First day", "--opens", given="x", default="5", check=number) == 9


def test_without_anybody_to_ask_a_wrong_option_is_refused_and_a_missing_one_noted() -> None:
    terminal = Terminal(yes=False, asks=False, prompt=Typist())
    with pytest.raises(Refused):
        terminal.answer("First day", "--opens", given="x", default="5", check=number)
    assert terminal.answer("First day", "--opens", given=None, default="5", check=number) is None
    assert terminal.answer("Moderators", "--moderator", given=None, default="", check=str) == ""
    assert terminal.missing == ["--opens"]
    with pytest.raises(SystemExit):
        terminal.needs_all()


def test_yes_takes_defaults_and_asks_nobody_even_at_a_terminal() -> None:
    terminal = Terminal(yes=True, asks=True, prompt=Typist())
    assert terminal.answer("First day", "--opens", given=None, default="5", check=number) == 5
    assert terminal.answer("Title", "--title", given=None, default="", check=str) is None
    assert terminal.missing == ["--title"]


def test_a_secret_is_read_by_other_means() -> None:
    terminal = Terminal(yes=False, asks=True, prompt=Typist(), hidden=lambda question: "  key\n")
    assert terminal.secret("Service token (Enter: go on without)") == "key"
