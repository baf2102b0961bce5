"""The one loop in VKScript that the sandbox understands: what `VkTools.get_all_iter` of vk_api 11 sends.

It is recognised by its shape, and run here in Python, call by call, as VK would: 25 pages at most, a shift of the
offset where the count has changed in between. `scripts/bench crawl` measures Relay against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAGES = 25

_HEAD = re.compile(r"\s*var params = (?=\{)")
_REST = re.compile(
    r",calls = 0,items = \[\],count = (?P<count>null|\d+),offset = (?P<offset>-?\d+),ri;while\(calls < 25\)"
    r".*params\.offset = offset \* (?P<sign>-?1);var response = API\.(?P<method>[A-Za-z.]+)\(params\)"
    r".*ri = response\.(?P<key>\w+);",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class GetAll:
    """What the loop asks for."""

    method: str
    key: str
    params: dict[str, Any]
    count: int | None
    offset: int
    sign: int

    def run(self, call: Callable[[str, dict[str, Any]], Any]) -> dict[str, Any]:
        """`call` makes one call of a method and returns its answer, `False` where it failed."""
        items: list[Any] = []
        count, offset, more = self.count, self.offset, True
        for _ in range(PAGES):
            answer = call(self.method, {**self.params, "offset": offset * self.sign})
            if not answer:
                return {"_error": 1}
            shift = 0 if count is None else answer["count"] - count
            if shift < 0:
                offset += shift
            else:
                page = answer[self.key]
                items += page[shift:]
                offset += self.params["count"] + shift
                more = len(page) >= self.params["count"]
            count = answer["count"]
            more = more and offset < count
            if not more:
                break
        return {"count": count, "items": items, "offset": offset, "more": more}


def understood(script: str) -> GetAll | None:
    """None for any other script."""
    head = _HEAD.match(script)
    if head is None:
        return None
    try:
        params, end = json.JSONDecoder().raw_decode(script, head.end())
    except ValueError:
        return None
    rest = _REST.match(script, end)
    if rest is None or not isinstance(params.get("count"), int):
        return None
    count = None if rest["count"] == "null" else int(rest["count"])
    return GetAll(rest["method"], rest["key"], params, count, int(rest["offset"]), int(rest["sign"]))
