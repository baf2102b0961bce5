from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tzlocal

from relay.collect.leading import answers
from relay.errors import Refused


def refused(check: Callable[[str], Any], said: str) -> str:
    with pytest.raises(Refused) as error:
        check(said)
    return error.value.line


def test_what_counts_as_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize(
    ("said", "end", "day_first", "written"),
    [
        ("11.01.2023", False, False, "2023-01-11"),
        ("18 января 2023 г.", True, False, "2023-01-18"),
        ("January 18, 2023 21:30", True, False, "2023-01-18T21:30"),
        ("1er février 2023", False, True, "2023-02-01"),
        ("11/01/2023", False, True, "2023-01-11"),
        ("18/01/2023 à 23 h 59", True, True, "2023-01-18"),
        ("2023-01-18T20:30Z", True, False, "2023-01-18T23:30"),
    ],
)
def test_a_day_is_written_down_in_one_way(said: str, end: bool, day_first: bool, written: str) -> None:
    assert answers.written_day(said, "Europe/Moscow", end=end, day_first=day_first) == written
    again = answers.written_day(written, "Europe/Moscow", end=end)
    assert again == written


def test_which_number_is_the_day_is_asked_where_it_could_be_either() -> None:
    assert "which number is the day" in refused(lambda said: answers.written_day(said, "Europe/Moscow"), "11/01/2023")
