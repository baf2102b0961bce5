"""Which files of tests a run need not even import."""

from __future__ import annotations

import re
import zlib

_ONLY_NOT = re.compile(r"not \w+( and not \w+)*")
_MARKED = re.compile(r"^pytestmark = .*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def is_in_share(name: str, share: str) -> bool:
    """Whether the file `name`, from the project's root, belongs to `share`: "2/4" is the second of four."""
    one, of = map(int, share.split("/"))
    return zlib.crc32(name.encode()) % of == one - 1


def is_left_out_as_a_whole(text: str, asked: str) -> bool:
    """Whether the file carries, for all its tests, a mark that the words of `pytest -m` leave out."""
    if not _ONLY_NOT.fullmatch(asked):
        return False
    left_out = [rf"mark\.{mark}\b" for mark in re.findall(r"not (\w+)", asked)]
    if "not browser" in asked:
        left_out += ["IN_BROWSER", r"\.pytestmark"]
    return any(re.search(mark, marks) for mark in left_out for marks in _MARKED.findall(text))
