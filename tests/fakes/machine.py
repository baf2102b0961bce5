from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relay.clocks import WallClock


class FakeMachine:
    """A machine's three clocks: the wall clock, which people set, one that goes on while the machine is suspended, and
    one that doesn't.
    """

    def __init__(self, at: datetime = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)) -> None:
        self.at, self.running, self.elapsed = at, 0.0, 0.0

    def now(self) -> datetime:
        return self.at

    def runs(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.running += seconds
        self.elapsed += seconds

    def is_set(self, **by: float) -> None:
        self.at += timedelta(**by)

    def sleeps(self, **by: float) -> None:
        """It is suspended for so long."""
        self.at += timedelta(**by)
        self.elapsed += timedelta(**by).total_seconds()

    def wall_clock(self) -> WallClock:
        return WallClock(self.now, lambda: self.running, lambda: self.elapsed)
