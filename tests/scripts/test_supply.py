from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import supply
from scripts.supply import Ending, judged

SKIPPED = {"name": "vk-api", "skip_reason": "Dependency not found on PyPI and could not be audited: vk-api (11.10.0)"}
SOUND = {"name": "httpx", "version": "0.28.1", "vulns": []}
HOLE = {"name": "pillow", "version": "11.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["11.1"], "aliases": []}]}


def told(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(packages), "fixes": []}


@pytest.mark.parametrize(
    ("report", "ending", "asked"),
    [
        (told(SOUND), Ending.good, 1),
        (told(SOUND, HOLE), Ending.holes, 2),
        (told(SKIPPED, HOLE), Ending.holes, 1),
        (told(SKIPPED, SKIPPED), Ending.unknown, 0),
        (told(SOUND, SKIPPED), Ending.unknown, 1),
        (told(), Ending.unknown, 0),
        (None, Ending.unknown, 0),
    ],
)
def test_no_answer_is_no_good_news(report: dict[str, Any] | None, ending: Ending, asked: int) -> None:
    audit = judged(report)
    assert (audit.ending, audit.asked) == (ending, asked)


def test_a_hole_is_told_with_the_version_that_mends_it() -> None:
    assert judged(told(HOLE)).holes == ("pillow 11.0: PYSEC-1, mended in 11.1",)
    without = {**HOLE, "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
    assert judged(told(without)).holes == ("pillow 11.0: PYSEC-2, mended in no version yet",)


@pytest.mark.slow
def test_the_list_of_parts_has_each_with_its_hashes_and_is_the_same_again(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py", reason="the extra supply is not installed")
    files = [tmp_path / name for name in ("one.json", "two.json")]
    counts = [supply.parts(file) for file in files]
    assert counts == [supply.LOCK.read_text("utf-8").count("\n    # via ")] * 2
    assert files[0].read_bytes() == files[1].read_bytes()
    list_of_parts = json.loads(files[0].read_text("utf-8"))
    assert list_of_parts["metadata"]["component"]["name"] == "hashtag-relay"
    for part in list_of_parts["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name'].lower().replace('_', '-')}@{part['version']}"
        assert part["externalReferences"][0]["hashes"], part["name"]
