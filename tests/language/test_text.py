"""What people type becomes one line of plain text."""

import pytest

from relay.language.text import LONGEST_LINE, one_line


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Ольга\n Смирнова\t", "Ольга Смирнова"),
        ("Ольга\u202eавонримС", "ОльгаавонримС"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("и\u0306", "й"),
        (" и\u0306\tа\u2028б\x00\u200e в ", "й а б в"),
        ("  Анна\n\tИванова \u202e\u0000", "Анна Иванова"),
        ("<b>Ю</b>", "<b>Ю</b>"),
        ("\ue000\ud800\u0378", ""),
        ("я" * 300, "я" * LONGEST_LINE),
        ("я" * 199 + "  б", "я" * 199),
        ("я" * 198 + " бв", "я" * 198 + " б"),
    ],
)
def test_a_text_is_one_plain_line(given: str, kept: str) -> None:
    assert one_line(given) == kept


@pytest.mark.parametrize(("signs", "kept"), [(199, 199), (200, 200), (201, 200)])
def test_it_has_two_hundred_signs_at_most(signs: int, kept: int) -> None:
    assert len(one_line("а" * signs)) == kept


def test_it_ends_with_a_sign_where_it_is_cut() -> None:
    assert one_line("а б", 2) == "а"
