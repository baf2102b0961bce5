from __future__ import annotations

from relay.language.numbers import number


def test_figures_have_the_comma_of_the_language() -> None:
    assert [number(value, "ru") for value in (3.5, 3.04, 1234.5, -23.0, 0.25, None)] == [
        "3,5", "3", "1234,5", "-23", "0,2", ""
    ]  # fmt: skip
    assert number(1234.567, "en", 2) == "1234.57"
