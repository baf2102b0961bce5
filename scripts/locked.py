"""Prints the part of requirements.lock, with its hashes, that Relay needs with these extras:

    python scripts/locked.py [EXTRA …] [--build]

`--build`: also what its package is built with. Needs nothing but Python, because scripts/setup asks it before anything
is installed. The lock tells of each package which others want it; from what pyproject.toml names, these are followed
down.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OURS = "hashtag-relay"
ENTRY = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)
VIA = re.compile(r"# via (.*)")


class Unlocked(Exception):
    """The lock does not hold what pyproject.toml names."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One package: its lines in the lock, the names of those that want it, and whether Relay is built with it."""

    lines: str
    wanted_by: frozenset[str]
    builds: bool


def main() -> None:
    extras = [word for word in sys.argv[1:] if word != "--build"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = read((ROOT / "requirements.lock").read_text("utf-8"))
    try:
        names = needed(lock, named(project, extras), build="--build" in sys.argv[1:])
    except Unlocked as error:
        sys.exit(str(error))
    print("\n".join(lock[name].lines for name in names))


def read(text: str) -> dict[str, Pinned]:
    """By canonical name, in the lock's order."""
    starts = [match.start() for match in ENTRY.finditer(text)]
    found = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        lines = text[start:end].rstrip()
        via = VIA.search(lines)
        parents = re.split(r",\s*", via[1]) if via is not None else []
        name = ENTRY.match(lines)
        assert name is not None
        wanted_by = frozenset(canonical(parent.split(" ")[0]) for parent in parents)
        found[canonical(name[1])] = Pinned(lines, wanted_by, any("build-system" in parent for parent in parents))
    return found


def named(project: Mapping[str, Any], extras: Iterable[str]) -> set[str]:
    """What pyproject.toml names for these extras. Raises Unlocked for an extra that it does not have."""
    table = project["project"]
    optional = table["optional-dependencies"]
    if lacking := sorted(set(extras) - set(optional)):
        raise Unlocked(f"There is no extra {lacking[0]}.")
    lists = [table["dependencies"], *(optional[extra] for extra in extras)]
    return {canonical(re.split(r"[\s\[<>=!~;]", wish.strip())[0]) for wishes in lists for wish in wishes}


def needed(lock: Mapping[str, Pinned], wanted: Iterable[str], *, build: bool = False) -> list[str]:
    """These and all that they want, in the lock's order. Raises Unlocked."""
    found = {*wanted, *(name for name, pinned in lock.items() if build and pinned.builds)}
    if lacking := sorted(found - lock.keys()):
        raise Unlocked(f"requirements.lock lacks {', '.join(lacking)}. Run scripts/lock --keep.")
    while more := {name for name, pinned in lock.items() if pinned.wanted_by & found} - found:
        found |= more
    return [name for name in lock if name in found]


def canonical(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
