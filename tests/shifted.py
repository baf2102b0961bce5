"""Runs `relay …` under a wall clock that a file sets: a program of its own, for a machine whose clock nobody may set.

    python -m tests.shifted FILE [-blind] WORDS…

The number in FILE, in seconds, is added to the time of the wall clock wherever Relay and APScheduler read it; the
monotonic clocks go on as they do. `-blind` switches that guard off: nobody sees that the clock has jumped.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path


def main() -> None:
    import apscheduler.schedulers.base
    import apscheduler.triggers.date
    import apscheduler.triggers.interval

    import relay.bootstrap
    from relay import clocks
    from relay.cli import main as command_line
    from relay.ports import PollingPolicy
    from relay.sources.folder import FolderSource

    FolderSource.polling = PollingPolicy(timedelta(seconds=1))  # the settings say how often it is read
    offset, words = Path(sys.argv[1]), sys.argv[2:]

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=float(offset.read_text("utf-8")))

    for module in (
        relay.bootstrap,
        apscheduler.schedulers.base,
        apscheduler.triggers.date,
        apscheduler.triggers.interval,
    ):
        module.datetime = Shifted  # type: ignore[attr-defined]
    if words[0] == "-blind":
        words.pop(0)
        clocks.WallClock.check = lambda _self: None  # type: ignore[method-assign]
    sys.argv = ["relay", *words]
    command_line()


if __name__ == "__main__":
    main()
