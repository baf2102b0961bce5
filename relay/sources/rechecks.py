"""Looking at posts once more, page by page. Trouble with one page is that page's; with several in a row it is the
network's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from relay.errors import Closed, Refused, TryLater
from relay.ports import PostRef, RecheckResult

IN_A_ROW = 3


def one_by_one(posts: Sequence[PostRef], ask: Callable[[PostRef], RecheckResult]) -> Iterator[RecheckResult]:
    """The answers of `ask`. Raises TryLater once IN_A_ROW pages, or all there are, could not be had."""
    failed = 0
    for known in posts:
        try:
            answer = ask(known)
        except TryLater as error:
            failed += 1
            if failed >= min(IN_A_ROW, len(posts)):
                raise
            answer = RecheckResult(known, unclear=error.line, requests=error.requests)
        except (Closed, Refused) as error:
            answer = RecheckResult(known, unclear=error.line, requests=getattr(error, "requests", 0))
        else:
            failed = 0
        yield answer
