from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still until it is told to move."""

    def __init__(self, at: datetime = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def moves(self, **by: float) -> None:
        self.at += timedelta(**by)

    def is_at(self, moment: datetime) -> None:
        self.at = moment
