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
