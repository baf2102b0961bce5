from __future__ import annotations

from pathlib import Path

from relay.almanac.cards.page import TextBlock, indents
from relay.almanac.cards.typography import text_width


def test_lines_take_their_height_and_a_gap_its_own() -> None:
    assert TextBlock(("one", "two"), "", 20.0).height == 50.0
    assert TextBlock(("one",), "", 20.0, leading=1.5).height == 30.0
    assert TextBlock(size=7.0).height == 7.0


def test_lines_that_run_to_the_left_begin_below_each_other(tmp_path: Path) -> None:
    row = TextBlock(("محمد علي محمود", "علي"), "Roboto 400", 40.0)
    wide = [text_width(line, row.face, row.size) for line in row.lines]
    assert indents(row) == [0.0, wide[0] - wide[1]]
    assert indents(TextBlock(("Анна Щёголева", "Анна"), "Roboto 400", 40.0)) == [0.0, 0.0]
