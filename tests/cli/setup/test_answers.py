from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tzlocal

from relay.cli.setup import answers
from relay.errors import Refused


def refused(check: Callable[[str], Any], said: str) -> str:
    with pytest.raises(Refused) as error:
        check(said)
    return error.value.line


def test_what_counts_as_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers.something(" Прорыв ") == "Прорыв"
    assert [answers.tags_or_none(said) for said in ("", " - ", "#а #б")] == [[], [], ["#а", "#б"]]
    assert answers.zone(" Europe/Moscow ") == "Europe/Moscow"
    assert answers.day(" 11.01.2023 ", "Europe/Moscow") == "11.01.2023"
    assert answers.names(" Анна  Щ , ,Борис, Анна Щ") == ["Анна Щ", "Борис"]
    assert (answers.names(" - "), answers.names("")) == ([], [])
    assert [answers.mail(said) for said in ("", " - ", " a@b , c@d ")] == ["", "", "a@b , c@d"]
    for odd in ("a", "a@b@c", "a@b,c", "a@b,", "a@b\x07"):
        assert refused(answers.mail, odd).endswith("is no mail address. Several are parted by commas."), odd
    assert answers.a_week_later("11.01.2023", "Europe/Moscow") == "2023-01-18"
    assert answers.a_week_later("2023-01-11T23:59", "Asia/Vladivostok") == "2023-01-18"
    for zone, taken in (("Asia/Omsk", "Asia/Omsk"), ("UTC", "Europe/Moscow"), ("Etc/GMT-3", "Europe/Moscow"),
                        (None, "Europe/Moscow")):  # fmt: skip
        monkeypatch.setattr(tzlocal, "get_localzone_name", lambda zone=zone: zone)
        assert answers.zone_here() == taken


def test_a_secret_is_read_from_a_file_or_from_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s").write_text("\ufeff key\n", "utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(" piped\n"))
    assert (answers.secret_in(tmp_path / "s"), answers.secret_in(Path("-"))) == ("key", "piped")
    (tmp_path / "s").write_bytes(b"\xff")
    with pytest.raises(Refused, match="can't be read"):
        answers.secret_in(tmp_path / "s")
