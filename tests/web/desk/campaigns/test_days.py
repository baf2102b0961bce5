from __future__ import annotations

import pytest

from relay.collect.leading.answers import written_day
from relay.web.desk.campaigns import days


@pytest.mark.parametrize("language", ["ru", "fr", "en", "xx"])
@pytest.mark.parametrize("iso", ["2023-01-18", "2023-02-01", "2023-01-18T21:30"])
def test_what_stands_in_a_field_is_read_back_as_the_same_day(language: str, iso: str) -> None:
    if language == "xx":
        assert days.in_field("no day", "ru") == "no day"
        return
    shown = days.in_field(iso, language)
    assert written_day(shown, "Europe/Moscow", day_first=language in days.DAY_FIRST) == iso


def test_each_language_writes_days_its_own_way() -> None:
    assert [days.in_field("2023-01-18T21:30", language) for language in ("ru", "fr", "en")] == [
        "18.01.2023 21:30",
        "18/01/2023 21:30",
        "18 January 2023 21:30",
    ]


@pytest.mark.parametrize(("language", "is_first"), [("fr", True), ("en", False), ("ru", False)])
def test_where_a_day_with_strokes_can_be_read_in_two_ways_it_is_asked(language, is_first, monkeypatch) -> None:
    monkeypatch.setattr(days, "language_of", lambda _request: language)
    assert days.day_first(None) is is_first  # type: ignore[arg-type]
