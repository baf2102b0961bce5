"""The dictionary of Russian words (pymorphy3 with OpenCorpora's): one for the whole process, since it takes 25 MB."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer


@cache
def dictionary() -> MorphAnalyzer:
    """Loaded when it is asked for first: a fifth of a second."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")
