"""Questions on the terminal, with somebody who types in place of one."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
import typer

from relay.cli.terminal import show
from relay.cli.terminal.asking import Terminal, tell
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


@pytest.fixture
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    show.tongue.cache_clear()
    yield
    show.tongue.cache_clear()


@pytest.mark.usefixtures("_english")
def test_questions_are_explained_only_to_somebody(capsys: pytest.CaptureFixture[str]) -> None:
    for yes, asks, told in ((False, True, "\n1/5: Title\n"), (True, True, ""), (False, False, "")):
        terminal = Terminal(yes=yes, asks=asks, prompt=Typist())
        assert (terminal.yes, terminal.asks) == (yes, asks and not yes)
        terminal.explains("{step} Title", step="1/5:")
        assert capsys.readouterr().out == told


@pytest.mark.usefixtures("_english")
def test_what_is_missing_is_told_once_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(yes=True, asks=False)
    terminal.needs_all()
    for option in ("--moderator", "--alert-mail", "--alias"):
        assert terminal.answer("x", option, given=None, default="", check=str) == ""
    assert terminal.answer("x", "--tz", given=None, default="a", check=str.upper) == "A"
    assert terminal.missing == []
    terminal.misses("--closes", given=True)
    terminal.misses("--opens")
    assert terminal.answer("x", "--tz", given=None, default="", check=str) is None
    with pytest.raises(SystemExit) as end:
        terminal.needs_all()
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        "There is no terminal to ask at, and these options are missing: --opens, --tz. Or take the defaults: --yes\n"
    )
    asking = Terminal(yes=False, asks=True, prompt=Typist())
    asking.misses("--opens")
    assert asking.missing == []


def test_a_question_is_asked_in_the_reader_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LANGUAGE", "ru")
    show.tongue.cache_clear()
    typist, hidden = Typist("7"), list[str]()
    terminal = Terminal(yes=False, asks=True, prompt=typist, hidden=lambda question: hidden.append(question) or " ")
    terminal.answer("First day", "--opens", given=None, default="5", check=number)
    assert terminal.secret("Service token (Enter: go on without)") == ""
    assert typist.asked == [("Первый день", "5")]
    assert hidden[0] != "Service token (Enter: go on without)"
    show.tongue.cache_clear()


@pytest.mark.usefixtures("_english")
def test_a_terminal_is_read_by_typer_with_the_default_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    def prompt(question: str, **words: object) -> str:
        asked.append((question, words))
        return "5"

    monkeypatch.setattr(typer, "prompt", prompt)
    terminal = Terminal(yes=False, asks=True)
    assert terminal.answer("First day", "--opens", given=None, default="4", check=number) == 5
    assert terminal.answer("First day", "--opens", given=None, default="", check=number) == 5
    assert terminal.secret("Service token") == "5"
    assert asked == [
        ("First day", {"default": "4", "show_default": True}),
        ("First day", {"default": "", "show_default": False}),
        ("Service token", {"default": "", "hide_input": True, "show_default": False}),
    ]


@pytest.mark.usefixtures("_english")
def test_a_mistake_is_yellow_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    for kind, line in ((Screen, "\x1b[33mNot so. Try again.\x1b[0m\n"), (io.StringIO, "Not so. Try again.\n")):
        out = kind()
        monkeypatch.setattr(sys, "stderr", out)
        tell(Refused("Not {what}.", hint="Try again.", what="so"))
        assert out.getvalue() == line
