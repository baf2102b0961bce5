"""The parts that Relay is made of: as a list that other programs read (CycloneDX), and with what is known against them.

The list has every package of requirements.lock with its version and the hashes of its files. Known holes are asked of
the advisories of PyPI; where they can't be reached, that is said, and never taken for good news.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
MOST_SECONDS = 600


class Ending(IntEnum):
    """Exit codes."""

    good = 0
    holes = 1
    unknown = 3


@dataclass(frozen=True, slots=True)
class Audit:
    """`holes`: a line each. `asked`: packages whose advisories were read; `unknown`: those of which nothing was."""

    holes: tuple[str, ...]
    asked: int
    unknown: int

    @property
    def ending(self) -> Ending:
        if self.holes:
            return Ending.holes
        return Ending.unknown if self.unknown or not self.asked else Ending.good


def main() -> None:
    file = Path(sys.argv[1])
    file.parent.mkdir(parents=True, exist_ok=True)
    print(f"{file}: {parts(file)} parts.")
    audit = judged(asked())
    for hole in audit.holes:
        print(hole)
    if audit.unknown or not audit.asked:
        print(f"No advisories could be read for {audit.unknown or 'any'} packages: nothing is known of them.")
    print(f"Advisories read for {audit.asked} packages, known holes: {len(audit.holes)}.")
    sys.exit(audit.ending)


def parts(file: Path, lock: Path = LOCK) -> int:
    """Writes the list, and says how many are on it. The same lock gives the same bytes."""
    words = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "requirements",
        str(lock),
        "--pyproject",
        str(ROOT / "pyproject.toml"),
    ]
    words += ["--output-reproducible", "--output-format", "JSON", "--output-file", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=MOST_SECONDS)
    if done.returncode:
        sys.exit(done.stderr)
    return len(json.loads(file.read_text("utf-8"))["components"])


def asked(lock: Path = LOCK) -> Mapping[str, Any] | None:
    """pip-audit's report; None where it has none, because nobody answered it."""
    words = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "-r", str(lock)]
    words += ["--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=MOST_SECONDS)
    try:
        report: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        print(done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
        return None
    return report


def judged(report: Mapping[str, Any] | None) -> Audit:
    """Pure."""
    found = report["dependencies"] if report is not None else []
    known = [one for one in found if "skip_reason" not in one]
    holes = tuple(
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in known
        for hole in one["vulns"]
    )
    return Audit(holes, len(known), len(found) - len(known))


if __name__ == "__main__":
    main()
