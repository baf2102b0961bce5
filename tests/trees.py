"""The code of Relay as syntax trees, each file parsed once for all tests that look through it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(path: Path) -> ast.Module:
    """Of a file that doesn't change any more. Only look at it."""
    return ast.parse(path.read_text("utf-8"))
