"""Which files of tests a run takes, and which it need not even import.

`python -m scripts.choosing` gives the words for pytest, a line each: the quick tests, and the files of what has been
changed since the last commit.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUICK = "not media and not browser and not slow"
MOST_FILES = 4
"""Of tests for one changed module."""

_TEST, _SLOW = (re.compile(begins, re.MULTILINE) for begins in (r"^ *def test_", r"^ *@pytest\.mark\.(slow|media)"))
_ONLY_NOT = re.compile(r"not \w+( and not \w+)*")
_MARKED = re.compile(r"^pytestmark = .*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def is_in_share(name: str, share: str, root: Path = ROOT) -> bool:
    """Whether the file `name`, from the project's root, belongs to `share`: "2/4" is the second of four. All hold about
    as many quick tests.
    """
    one, of = map(int, share.split("/"))
    return _shares(of, root).get(name, 0) == one - 1


@cache
def _shares(of: int, root: Path) -> dict[str, int]:
    """File → number of its share, from 0: those of most tests first, each to the share that is least full by then; and
    those without a quick test to the one of fewest files.
    """
    lengths = {name: _quick_tests(text) for name, text in texts(Path("tests"), "test_*.py", root=root).items()}
    tests, files, dealt = [0] * of, [0] * of, dict[str, int]()
    for name in sorted(lengths, key=lambda name: (-lengths[name], name)):
        full = tests if lengths[name] else files
        share = dealt[name] = full.index(min(full))
        tests[share] += lengths[name]
        files[share] += 1
    return dealt


def _quick_tests(text: str) -> int:
    """About how many there are in a file."""
    if is_left_out_as_a_whole(text, QUICK):
        return 0
    return max(1, len(_TEST.findall(text)) - len(_SLOW.findall(text)))


def is_left_out_as_a_whole(text: str, asked: str) -> bool:
    """Whether the file carries, for all its tests, a mark that the words of `pytest -m` leave out."""
    if not _ONLY_NOT.fullmatch(asked):
        return False
    left_out = [rf"mark\.{mark}\b" for mark in re.findall(r"not (\w+)", asked)]
    if "not browser" in asked:
        left_out += ["IN_BROWSER", r"\.pytestmark"]
    return any(re.search(mark, marks) for mark in left_out for marks in _MARKED.findall(text))


def own_tests(module: str, tests: Mapping[str, str], house: Mapping[str, str] | None = None) -> list[str]:
    """Of the `tests` (file → text) those that are most about a module of Relay (relay/…/name.py), up to `MOST_FILES`,
    nearest first: the one that mirrors it and those that import it. Without a mirror also those around it, which speak
    of it before others, and those of the modules of the `house` (file → text) that import it.
    """
    folder, name = _place_of(module)
    brought, said = _import_of(module), re.compile(rf"\b{name}\b")
    found = direct_tests(module, tests)
    if _mirror_of(module) not in tests:
        around = [{test for test in tests if test.rpartition("/")[0] == f"tests/{place}"} for place in _upwards(folder)]
        for near in around:
            found += _by_mentions(said, {test for test in near if said.search(tests[test])}, tests)
        users = sorted(user for user, text in (house or {}).items() if brought.search(text))
        found += [test for user in users for test in own_tests(user, tests)[:1]]
        found += sorted(around[0]) if len(around[0]) < MOST_FILES else []
    return list(dict.fromkeys(found))[:MOST_FILES]


def direct_tests(module: str, tests: Mapping[str, str]) -> list[str]:
    """The one that mirrors a module, then all that import it by name, those that speak most of it first."""
    mirror, brought = _mirror_of(module), _import_of(module)
    imports = {test for test, text in tests.items() if brought.search(text)} - {mirror}
    said = re.compile(rf"\b{_place_of(module)[1]}\b")
    return [mirror] * (mirror in tests) + _by_mentions(said, imports, tests)


def _place_of(module: str) -> tuple[str, str]:
    """Folder below relay/, and name."""
    folder, _, file = module.removeprefix("relay/").rpartition("/")
    return folder, file.removesuffix(".py")


def _mirror_of(module: str) -> str:
    folder, name = _place_of(module)
    return f"tests/{folder}/test_{name}.py".replace("//", "/")


def _by_mentions(said: re.Pattern[str], files: Iterable[str], tests: Mapping[str, str]) -> list[str]:
    return sorted(files, key=lambda test: (-len(said.findall(tests[test])), test))


def _upwards(folder: str) -> list[str]:
    """`web/api/routes`, then `web/api`; never a whole part of the house."""
    parts = folder.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts), 1, -1)] or parts


def _import_of(module: str) -> re.Pattern[str]:
    """`from … import …` of a file of Relay."""
    dotted = module.removesuffix(".py").replace("/", ".")
    parent, _, name = dotted.rpartition(".")
    named = rf"from {re.escape(parent)} import (?:[^\n(]*|\([^)]*)\b{name}\b"
    return re.compile(rf"from {re.escape(dotted)} import|import {re.escape(dotted)}\b|{named}")


def texts(folder: Path, names: str = "*.py", *, root: Path = ROOT) -> dict[str, str]:
    """File, from the project's root, → what stands in it."""
    return {str(path.relative_to(root)): path.read_text("utf-8") for path in (root / folder).rglob(names)}


def own_tests_of(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """Of all these files; a changed file of tests is its own."""
    tests, house = texts(Path("tests"), "test_*.py", root=root), texts(Path("relay"), root=root)
    found = {name for name in changed if name in tests}
    for name in changed:
        if name.startswith("relay/") and name.endswith(".py"):
            found |= set(own_tests(name, tests, house))
    return sorted(found)


def changed_files(root: Path = ROOT) -> list[str]:
    """Since the last commit; none where the project is no repository."""
    asked = ["git", "status", "--porcelain", "--untracked-files=all", "-z"]
    told = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=False).stdout
    return [line[3:] for line in told.split("\0") if line[:2].strip()]


if __name__ == "__main__":
    print("\n".join(["-m", QUICK, *(f"--whole={name}" for name in own_tests_of(changed_files()))]))
