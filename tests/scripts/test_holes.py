from __future__ import annotations

from pathlib import Path

import pytest

from scripts import holes

bandit = pytest.importorskip("bandit", reason="bandit is not installed")

CALL = "import random\n\nx = random.Random(1)  {}\n"


def found(folder: Path, code: str) -> list[str]:
    """Rules that a module breaks without a reason."""
    file = folder / "module.py"
    file.write_text(code, "utf-8")
    return [hole.rule for hole in holes.holes(holes.found_by_bandit([str(file)])) if not hole.is_excused]


@pytest.mark.slow
def test_relay_itself_is_clean() -> None:
    report = holes.found_by_bandit(["relay"])
    assert [hole for hole in holes.holes(report) if not hole.is_excused] == []
    assert len(report["results"]) > 20, "it looks"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ("", ["B311"]),
        ("# noqa: S311", ["B311"]),
        ("# noqa: S999 - another rule", ["B311"]),
        ("# noqa: S311 - a picture", []),
        ("# noqa: S105, S311 - a picture", []),
        ("# nosec B311 - a picture", []),
    ],
)
def test_a_call_needs_a_reason_and_not_only_silence(tmp_path: Path, said: str, rules: list[str]) -> None:
    assert found(tmp_path, CALL.format(said)) == rules


@pytest.mark.slow
def test_twin_a_call_of_a_shell_is_found_and_an_empty_field_is_no_password(tmp_path: Path) -> None:
    assert found(tmp_path, "import os\n\nos.system('echo ' + input())\n") == ["B605"]
    assert found(tmp_path, "password = token = ''\n") == []
    assert found(tmp_path, "password = 'swordfish'\n") == ["B105"]
