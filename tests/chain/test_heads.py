from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.chain.heads import read_head
from relay.errors import Refused
from tests.chain.record import RecordOfTests


@pytest.mark.slow
def test_a_head_is_read_as_it_was_written(record: RecordOfTests, tmp_path: Path) -> None:
    record.goes_on(2)
    kept = tmp_path / "head.json"
    kept.write_text(record.head().as_text(), "utf-8")
    assert read_head(kept) == record.head()
    assert record.verified([read_head(kept)]).is_whole


@pytest.mark.parametrize(
    "words",
    [
        "", "[]", "{}", "no json", '{"position": 1}', '{"position": 1, "digest": "zz"}',
        '{"position": -1, "digest": ""}', '{"position": 1, "digest": "ab"}', '{"position": "x", "digest": ""}', "3",
        json.dumps({"position": 0, "digest": "a" * 64}),
    ],
)  # fmt: skip
def test_a_file_without_a_head_is_refused(tmp_path: Path, words: str) -> None:
    kept = tmp_path / "head.json"
    kept.write_text(words, "utf-8")
    with pytest.raises(Refused, match=r"head\.json holds no head"):
        read_head(kept)
    with pytest.raises(Refused):
        read_head(tmp_path / "none.json")
