"""Looks for dangerous calls in Relay with bandit. Clean is what has a reason: one in pyproject.toml for a whole class,
or one on the line. A reason that ruff's rule of the same number was given (`noqa: S314 - why`) counts here too.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EMPTY = re.compile(r"Possible hardcoded password: ''")
"""A field that begins empty is no password."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A finding of bandit's; `lines`: what it is about."""

    file: str
    line: int
    rule: str
    text: str
    lines: str

    @property
    def is_excused(self) -> bool:
        reason = re.search(rf"# noqa: [S\d, ]*\bS{self.rule[1:]}\b[S\d, ]* - \S", self.lines)
        return reason is not None or (self.rule in ("B105", "B106", "B107") and EMPTY.search(self.text) is not None)


def main() -> None:
    found = [hole for hole in holes(found_by_bandit(sys.argv[1:] or ["relay"])) if not hole.is_excused]
    for hole in found:
        print(f"{hole.file}:{hole.line}: {hole.rule} {hole.text}")
    if found:
        sys.exit(f"{len(found)} calls without a reason. Mend them, or say on the line why: # noqa: S… - reason")


def found_by_bandit(places: Sequence[str]) -> Mapping[str, Any]:
    """Its report. Ends the program where bandit itself fails, also at a file that it can't read."""
    words = [sys.executable, "-m", "bandit", "-q", "-r", *places, "-c", "pyproject.toml", "-f", "json"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    report: Mapping[str, Any] = json.loads(done.stdout)
    if report["errors"]:
        sys.exit(str(report["errors"]))
    return report


def holes(report: Mapping[str, Any]) -> list[Hole]:
    found = []
    for one in report["results"]:
        written = (ROOT / one["filename"]).read_text("utf-8").splitlines()
        about = [written[number - 1] for number in one["line_range"] if number <= len(written)]
        line, rule, text = one["line_number"], one["test_id"], one["issue_text"]
        found.append(Hole(one["filename"], line, rule, text, "\n".join(about)))
    return found


if __name__ == "__main__":
    main()
