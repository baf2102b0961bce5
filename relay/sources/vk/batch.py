"""Several calls of VK's API in one request: what goes in, and what came of each call. Pure.

`execute` takes 25 calls and answers with 5 MB at most; the quota counts every call in it. A call that failed is
`false` in its place, and a line of `execute_errors`, in the order of the failures (docs/vk.md,
Several calls in one request).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from relay.ports import ReadRequest

MOST_CALLS = 25
MOST_BYTES = 3_000_000
"""Of an answer, to stay well below the limit whatever comes next."""
MOST_POSTS = 600
"""A post takes 1.2 to 6.1 KB (measured on captures): so many stay below 5 MB; then answers tell how big they are."""
FEWEST_POSTS = 50
GROWTH = 4
PAGE = 100
FEWEST = 20
"""Posts of a page: a few more cost next to nothing, a further call does."""
SURELY = 0.85
"""Of the posts that a wall is expected to show: what is expected has some room in it."""
OVERLAP = 5
"""Posts that a page shares with the one before it."""


def fitting(wishes: Sequence[ReadRequest], calls: int, posts: int, most_posts: int = MOST_POSTS) -> int:
    """How many of the wishes, in their order, fit into a request beside so many calls for so many posts."""
    for number, wish in enumerate(wishes):
        pages = pages_for(wish)
        posts, calls = posts + sum(count for _, count in pages), calls + len(pages)
        if calls > MOST_CALLS or posts > most_posts:
            return number
    return len(wishes)


def pages_for(wish: ReadRequest) -> list[tuple[int, int]]:
    """The pages that a wall is asked for at first, as (offset, posts): one, and those that it will surely need."""
    step = PAGE - OVERLAP
    further = min(math.ceil((SURELY * wish.expected - PAGE) / step), MOST_CALLS - 1)
    return [(at, min(PAGE, max(FEWEST, wish.expected - at))) for at in range(0, step * max(0, further) + 1, step)]


def room(posts: int, size: int, before: int) -> int:
    """How many posts the next answer may hold, after one of so many bytes with so many posts: four times as many at
    most, since other walls write longer posts. An answer that gets too big all the same is asked for in halves.
    """
    if posts < FEWEST_POSTS:
        return before
    fit = MOST_BYTES * posts // max(1, size)
    return max(FEWEST_POSTS, min(MOST_CALLS * PAGE, fit, GROWTH * before))


def script(method: str, calls: Sequence[Mapping[str, Any]]) -> str:
    """Unrolled VKScript: a loop would count towards its 1000 operations."""
    return f"return [{','.join(f'API.{method}({json.dumps(call)})' for call in calls)}];"


def outcomes(answer: Mapping[str, Any], count: int) -> list[Any]:
    """What came of each call: VK's answer as it was written, an object with `error_code`, or None where it can't be
    told.
    """
    results, errors = answer.get("response"), answer.get("execute_errors")
    if not isinstance(results, list) or len(results) != count:
        return [None] * count
    failed = [bytes(result) == b"false" for result in results]
    failures = iter(errors if isinstance(errors, list) and len(errors) == sum(failed) else ())
    return [next(failures, None) if bad else result for result, bad in zip(results, failed, strict=True)]
