"""Looking at posts once more, page by page. Trouble with one page is that page's; with several in a row it is the
network's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from relay.errors import Closed, Refused, TryLater
from relay.ports import Again, Known

IN_A_ROW = 3


def one_by_one(posts: Sequence[Known], ask: Callable[[Known], Again]) -> Iterator[Again]:
    """The answers of `ask`. Raises TryLater once IN_A_ROW pages, or all there are, could not be had."""
    failed = 0
    for known in posts:
        try:
            answer = ask(known)
        except TryLater as error:
            failed += 1
            if failed >= min(IN_A_ROW, len(posts)):
                raise
            answer = Again(known, unclear=error.line, requests=error.requests)
        except (Closed, Refused) as error:
            answer = Again(known, unclear=error.line, requests=getattr(error, "requests", 0))
        else:
            failed = 0
        yield answer
