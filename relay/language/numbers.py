"""Numbers as a language writes them; Babel knows how."""

from __future__ import annotations


def number(value: float | None, language: str, digits: int = 1) -> str:
    """With so many digits behind the decimal sign at the most; empty for no number."""
    from babel.numbers import format_decimal

    return "" if value is None else format_decimal(round(value, digits), locale=language, group_separator=False)
