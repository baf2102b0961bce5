from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.sources.vk import errors as vk_errors
from relay.sources.vk.errors import KINDS, RESTS, WHOLE_TOKEN, Remedy, hint_for, kind_of, words_for


def _schema_codes(shared: Path) -> set[int]:
    schema = json.loads((shared / "corpus/vk_json/schema/errors.json").read_text())
    return {entry["code"] for entry in schema["errors"].values()}


def test_every_code_of_the_schema_stands_in_the_table(shared: Path) -> None:
    codes = _schema_codes(shared)
    assert len(codes) == 251
    assert codes - set(KINDS) == set()
    assert set(KINDS) - codes == set(), "the table knows codes that VK doesn't"


def test_no_code_stands_in_the_table_twice() -> None:
    listed = [code for codes in vk_errors._CODES.values() for code in codes.split()]
    assert len(listed) == len(set(listed)) == 251
    assert Remedy.unknown not in vk_errors._CODES


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *[(code, Remedy.retry) for code in (1, 10, 36)],
        (6, Remedy.rate),
        (9, Remedy.flood),
        (29, Remedy.quota),
        *[(code, Remedy.person) for code in (14, 17, 24, 25, 3300, 3301, 3302, 3303, 3304, 3305, 11500)],
        *[(code, Remedy.token) for code in (5, 1114, 1116, 1117, 1118, 27, 28, 2, 101, 38, 42)],
        *[(code, Remedy.method) for code in (3, 7, 20, 21, 23)],
        *[(code, Remedy.request) for code in (8, 100, 113, 125, 12)],
        *[(code, Remedy.shrink) for code in (13, 103)],
        *[(code, Remedy.closed) for code in (15, 19, 30, 200, 201, 203, 204, 210, 211, 212, 260)],
        *[(code, Remedy.gone) for code in (18, 37, 104, 3610)],
        *[(code, Remedy.foreign) for code in (900, 1400, 2100)],
        *[(code, Remedy.unknown) for code in (0, -1, 31, 77777)],
    ],
)
def test_the_codes_that_matter(code: int, kind: Remedy) -> None:
    assert kind_of(code) is kind


def test_what_rests_rests_for_a_while() -> None:
    waiting = {Remedy.flood, Remedy.quota, Remedy.foreign, Remedy.unknown, Remedy.method} | WHOLE_TOKEN
    assert set(RESTS) == waiting
    assert all(60 <= rest.total_seconds() <= 6 * 3600 for rest in RESTS.values())


def test_every_code_has_words_and_those_for_people_a_hint() -> None:
    for code in [*KINDS, 77777]:
        assert words_for(code).endswith(".")
        assert "\n" not in words_for(code) + hint_for(code)
        if kind_of(code) not in (Remedy.retry, Remedy.rate, Remedy.shrink):
            assert hint_for(code), code
