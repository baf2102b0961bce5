"""How the commands speak to people and to programs."""

from __future__ import annotations

import getpass
import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from relay.cli.terminal import show
from relay.cli.terminal.show import as_json, facts, fail, figure, say, stop, table, worded
from relay.errors import NotFound, RelayError

Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    show.tongue.cache_clear()
    yield
    show.tongue.cache_clear()


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_LANGUAGE", "ru")


class Screen(io.StringIO):
    """A terminal that many columns wide."""

    def isatty(self) -> bool:
        return True


def test_a_document_is_readable_json_and_nothing_else(capsys: Shown) -> None:
    at = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
    as_json({"name": "Анна", "at": at, "rows": [1, None]})
    told = capsys.readouterr().out
    assert told == '{\n  "name": "Анна",\n  "at": "2023-01-12 09:00:00+00:00",\n  "rows": [\n    1,\n    null\n  ]\n}\n'
    assert json.loads(told)["name"] == "Анна"


def test_a_line_is_one_line_without_control_signs(capsys: Shown) -> None:
    say("Campaign {slug} is made.", slug="a\x1b[2J\nb")
    say()
    say("{at}  {reason}", at="1", reason="")
    assert capsys.readouterr().out == "Campaign a [2J b is made.\n\n1\n"


def test_a_failure_is_one_line_on_stderr_and_a_code(capsys: Shown) -> None:
    for ends, code in (
        (lambda: fail("Campaign {slug} is made.", slug="a\nb"), 1),
        (lambda: stop(RelayError("Not {what}.", hint="Try again.", what="so")), 1),
        (lambda: stop(RelayError("Not {what}.", hint="Try again.", what="so"), code=2), 2),
    ):
        with pytest.raises(SystemExit) as end:
            ends()
        assert end.value.code == code
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "Campaign a b is made.\nNot so. Try again.\nNot so. Try again.\n")


def test_a_failure_is_red_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, line in ((Screen, "\x1b[31mEnough.\x1b[0m\n"), (io.StringIO, "Enough.\n")):
        out = kind()
        monkeypatch.setattr(sys, "stderr", out)
        with pytest.raises(SystemExit):
            fail("Enough.")
        assert out.getvalue() == line


def test_a_table_has_a_head_and_a_line_for_each_row(capsys: Shown) -> None:
    table(["id", "", "text"], [[1, None, "[red]x\n[/red]"], [22, "b", True]], empty="Nothing.")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "id     text",
        "1      [red]x [/red]",
        "22  b  True",
    ]
    table(["id"], [], empty="No clips.")
    assert capsys.readouterr().out == "No clips.\n"


def test_a_table_in_a_file_is_wide_and_a_long_word_is_folded(capsys: Shown) -> None:
    table(["name"], [["x" * 250]], empty="")
    lines = capsys.readouterr().out.splitlines()
    assert [len(line) for line in lines[1:]] == [200, 200]
    assert lines[1] + lines[2].rstrip() == "x" * 250


def test_a_table_on_a_terminal_is_as_wide_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Screen()
    monkeypatch.setattr(sys, "stdout", out)
    table(["name"], [["x" * 50]], empty="")
    assert [len(line.rstrip()) for line in out.getvalue().splitlines()[1:]] == [30, 20]


def test_a_table_speaks_the_reader_s_language(russian: None, capsys: Shown) -> None:
    table(["state", "town"], [["1", "2"]], empty="")
    assert capsys.readouterr().out.splitlines()[0].split() == ["состояние", "населённый", "пункт"]


def test_facts_stand_in_two_columns_without_those_that_are_empty(capsys: Shown) -> None:
    facts([("slug", "proryv80"), ("title", ""), ("town", None), ("duration", 42.567), ("flags", []), ("id", 7)])
    assert capsys.readouterr().out == "short name  proryv80\nduration    42.57\nid          7\n"
    facts([])
    facts([("reason", "a\nb  "), ("text", "")])
    assert capsys.readouterr().out == "reason  a b\n"


def test_our_own_words_are_translated_and_a_stranger_s_are_not(russian: None, capsys: Shown) -> None:
    facts([("state", "approved"), ("title", "approved"), ("flags", ["Quiet", "Loud"])])
    assert [line.split()[1:] for line in capsys.readouterr().out.splitlines()] == [
        ["одобрено"], ["approved"], ["Тихий", "звук,", "Громкий", "звук"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (1.0, "1"),
        (1.005, "1"),
        (1.256, "1.26"),
        (12345.5, "12345.5"),
        ({"approved": 3, "later": None, "rejected": 0}, "approved 3, rejected 0"),
        (["a", 2, None], "a, 2, "),
        ([], ""),
        ("2023-01-12T09:00:30+03:00", "2023-01-12 09:00"),
        ("2023-01-12T09:00", "2023-01-12 09:00"),
        ("2023-01-12T09:00:30.25Z", "2023-01-12 09:00"),
        ("on 2023-01-12T09:00", "on 2023-01-12T09:00"),
        ("2023-01-12", "2023-01-12"),
        ("", ""),
    ],
)
def test_values_are_told_as_people_read_them(value: Any, text: str) -> None:
    assert worded(value) == text
    assert worded(value, ours=True) == text


def test_values_in_russian(russian: None) -> None:
    assert (worded(True), worded(False), worded(1.25)) == ("да", "нет", "1,25")
    assert worded({"approved": 3}) == "одобрено 3"
    assert (worded("approved", ours=True), worded("approved")) == ("одобрено", "approved")
    assert worded(["approved", "rejected"], ours=True) == "одобрено, отклонено"


def test_figures_have_so_many_digits_at_the_most(russian: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [figure(value) for value in (None, 0, 1.26, 1.0, 12345.678)] == ["", "0", "1,3", "1", "12345,7"]
    assert [figure(1.256, digits) for digits in (0, 1, 2)] == ["1", "1,3", "1,26"]
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    assert figure(12345.678) == "12345.7"


# Language and name


def test_the_language_is_that_of_the_environment_else_of_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = tmp_path / ".env"
    env.write_text("RELAY_LANGUAGE=ru\n")
    assert show._language(env) == "en"
    monkeypatch.delenv("RELAY_LANGUAGE")
    for text, language in (
        ("", "ru"),
        ("RELAY_PORT=1\nRELAY_LANGUAGE=en\n", "en"),
        ("  export relay_language = 'en' \n", "en"),
        ('RELAY_LANGUAGE="en"', "en"),
        ("RELAY_LANGUAGE=\nRELAY_LANGUAGES=en\n", "ru"),
        ("RELAY_LANGUAGE", "ru"),
    ):
        env.write_text(text)
        assert show._language(env) == language, text
    assert show._language(tmp_path / "none") == "ru"
    (tmp_path / ".env").write_text("RELAY_LANGUAGE=en")
    assert show._language() == "en"


def test_who_signs_in_nowhere_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "olga")
    assert show.system_user() == "olga"
    for error in (KeyError("uid"), OSError("no user")):

        def nobody(error: Exception = error) -> str:
            raise error

        monkeypatch.setattr(getpass, "getuser", nobody)
        assert show.system_user() == ""


@pytest.mark.parametrize(
    ("user", "behind", "said", "person"),
    [
        ("olga", "", "", "olga"),
        ("root", "olga", "", "olga"),
        ("root", "", "Ольга Петрова", "Ольга Петрова"),
        ("olga", "", "Ольга Петрова", "Ольга Петрова"),
        ("root", "", "", "командная строка"),
        ("root", "root", "", "командная строка"),
        ("", "", "", "командная строка"),
    ],
)
def test_root_is_nobody_in_the_record(
    monkeypatch: pytest.MonkeyPatch, user: str, behind: str, said: str, person: str
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: user)
    monkeypatch.setenv("SUDO_USER", behind)
    monkeypatch.setenv("RELAY_PERSON", said)
    monkeypatch.setenv("RELAY_LANGUAGE", "ru")
    show.tongue.cache_clear()
    assert show.person_here() == person
    for named in ("", " ", "root"):
        assert show._named(named) == person
    assert show._named("Анна") == "Анна"


def test_root_at_a_terminal_is_asked_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    monkeypatch.delenv("SUDO_USER", raising=False)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    asked: list[str] = []

    def prompt(question: str, **_more: object) -> str:
        asked.append(question)
        return " Ольга "

    monkeypatch.setattr(typer, "prompt", prompt)
    assert show.person_here() == "Ольга"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [1],
        [{}],
        [{"a": "1\n2", "b": [], "c": [1, {"d": None}]}, [], '\u2028 ё "', {"e": datetime(2023, 1, 2, tzinfo=UTC)}],
    ],
)
def test_a_list_that_comes_bit_by_bit_reads_to_the_letter_like_one_document(
    documents: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    show.as_json(documents)
    whole = capsys.readouterr().out
    show.as_json_list(iter(documents))
    assert capsys.readouterr().out == whole


def test_what_came_is_written_before_the_next_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    written: list[str] = []

    def comes() -> Iterator[int]:
        for number in range(3):
            written.append(capsys.readouterr().out)
            yield number

    show.as_json_list(comes())
    assert written == ["", "[\n  0", ",\n  1"]


def test_an_error_before_the_first_leaves_nothing_written(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> Iterator[int]:
        raise NotFound("There is no campaign.")
        yield 1

    with pytest.raises(NotFound):
        show.as_json_list(fails())
    assert capsys.readouterr().out == ""
