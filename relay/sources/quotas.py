"""What a network lets a token do: so many calls a second, so many a day, and none at all while it rests.

All of it stands in the database, because every process uses the same token. Tokens are named by a digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, update
from sqlmodel import Session, col, select

from relay import clocks
from relay.errors import Parked
from relay.language.sentence import filled
from relay.models import Pace, Parking, Spending
from relay.ports import Clock
from relay.store import Store, add_new, ask, change

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
MARGIN = 1.02
"""Calls arrive with a jitter; this much more room keeps them below the rate at the other end."""
LONGEST_REST = DAY + HOUR
"""Of a method whose calls for the day are used up; all others are shorter."""
LONGEST_QUEUE = timedelta(seconds=60)
"""A `next_at` further ahead than this was left by a clock that was put back."""


_THEIRS = (col(Spending.token) == bindparam("whose"), col(Spending.method) == bindparam("on"))
_SPENT = select(func.sum(Spending.calls)).where(*_THEIRS, col(Spending.hour) >= bindparam("since"))
_THIS_HOUR = select(Spending.calls).where(*_THEIRS, col(Spending.hour) == bindparam("at"))
_COUNT = (
    update(Spending)
    .where(*_THEIRS, col(Spending.hour) == bindparam("at"))
    .values(calls=Spending.calls + bindparam("more"))
)
_NEXT = select(Pace.next_at).where(Pace.token == bindparam("whose")).with_for_update()
_PACE = update(Pace).where(col(Pace.token) == bindparam("whose")).values(next_at=bindparam("at"))
_RESTS = (
    select(Parking.key, Parking.until, Parking.reason)
    .where(or_(*(col(Parking.key) == bindparam(name) for name in ("whole", "part", "around"))))
    .order_by(col(Parking.until).desc())
)


@dataclass(frozen=True, slots=True)
class _Rest:
    key: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TokenSpending:
    """`rests`: the whole token; `spent`: calls of the method in 24 hours, `this_hour`: since the last full one."""

    token: str
    rests: bool
    spent: int
    this_hour: int


class TokenQuotas:
    """The allowance of one network's tokens. `rate`: calls a second of one token, over all of its methods."""

    def __init__(self, store: Store, clock: Clock, network: str, rate: float) -> None:
        self._store, self._clock, self._network = store, clock, network
        self._gap = timedelta(seconds=MARGIN / rate)
        self._ended: set[str] = set()
        """Rests that still stand in the table although their time is over: a call that goes through ends them."""

    def token_key(self, token: str) -> str:
        return f"{self._network}:{token}"

    def method_key(self, token: str, method: str) -> str:
        return f"{self._network}:{token}:{method}"

    def take(self, token: str, method: str, quota: int | None = None, *, calls: int = 1, within: str = "") -> float:
        """Reserves one request and returns the seconds to wait before making it.

        `calls` of `method` go in it, `within` a call of another method when there are several: the quota counts
        the calls, the rate the request. Raises Parked, and reserves nothing, while the token or one of the methods
        rests, or when `quota` calls were made within 24 hours (counted in whole hours, so rather one too few).
        """
        now = self._clock()
        with self._store.transaction() as session:
            start = self._next_start(session, token, now)
            rest = (
                self._resting(session, token, method, now, within)
                or self._used_up(session, token, method, quota, now)
                or self._too_many(session, token, method, quota, calls, now)
            )
            if rest is None:
                _count(session, token, method, now, calls)
                change(session, _PACE, whose=token, at=start + self._gap)
        if rest is not None:
            raise Parked(rest.reason, key=rest.key, until=rest.until)
        return (start - now).total_seconds()

    def give_back(self, token: str, method: str, calls: int = 1) -> None:
        """Calls that were reserved and never reached the network."""
        now = self._clock()
        with self._store.transaction() as session:
            session.exec(
                update(Spending)
                .where(col(Spending.token) == token, col(Spending.method) == method)
                .where(col(Spending.hour) == _hour(now), col(Spending.calls) >= calls)
                .values(calls=Spending.calls - calls)
            )

    def left(self, token: str, method: str, quota: int | None) -> int:
        """Calls that may still be made today; 0 while it rests."""
        now = self._clock()
        with self._store.reading() as session:
            if self._resting(session, token, method, now):
                return 0
            return max(0, quota - _spent(session, token, method, now)) if quota is not None else 1

    def rests(self, token: str) -> bool:
        """Whether the whole token rests."""
        with self._store.reading() as session:
            return self._resting(session, token, "", self._clock()) is not None

    def books(self, tokens: Iterable[str], method: str) -> list[TokenSpending]:
        """How each token stands with the method, in one look."""
        now = self._clock()
        with self._store.reading() as session:
            return [
                TokenSpending(
                    token,
                    self._resting(session, token, "", now) is not None,
                    _spent(session, token, method, now),
                    _first(ask(session, _THIS_HOUR, whose=token, on=method, at=_hour(now))) or 0,
                )
                for token in tokens
            ]

    def spent(self, token: str, method: str) -> int:
        """Calls made within 24 hours."""
        with self._store.reading() as session:
            return _spent(session, token, method, self._clock())

    def rest(self, key: str, reason: str, until: datetime) -> None:
        """Nobody uses the token or method named by `key` until then."""
        with self._store.transaction() as session:
            _park(session, key, reason, until)

    def went_well(self, token: str, method: str) -> None:
        """A call went through: what kept the token or its method from working is over."""
        over = self._ended & {self.token_key(token), self.method_key(token, method)}
        if not over:
            return
        self._ended -= over
        with self._store.transaction() as session:
            past = clocks.run_out(col(Parking.until), self._clock(), LONGEST_REST)
            session.exec(delete(Parking).where(col(Parking.key).in_(over), past))

    def forget_others(self, tokens: Iterable[str]) -> None:
        """Drops the rests of tokens that are not in use any more."""
        kept = {self.token_key(token) for token in tokens}
        with self._store.transaction() as session:
            for key in session.exec(select(Parking.key).where(col(Parking.key).startswith(f"{self._network}:"))):
                if ":".join(key.split(":")[:2]) not in kept:
                    session.exec(delete(Parking).where(col(Parking.key) == key))

    def slow_down(self, token: str, seconds: float) -> None:
        """The network found us too fast: nobody uses the token for so long."""
        until = self._clock() + timedelta(seconds=seconds)
        with self._store.transaction() as session:
            session.exec(update(Pace).where(col(Pace.token) == token, col(Pace.next_at) < until).values(next_at=until))

    def _next_start(self, session: Session, token: str, now: datetime) -> datetime:
        next_at: datetime | None = _first(ask(session, _NEXT, whose=token))
        if next_at is None:
            add_new(session, Pace(token=token, next_at=now))
            next_at = _first(ask(session, _NEXT, whose=token))
            assert next_at is not None
        return next_at if now < next_at <= now + LONGEST_QUEUE else now

    def _resting(self, session: Session, token: str, method: str, now: datetime, within: str = "") -> _Rest | None:
        whole, part = self.token_key(token), self.method_key(token, method)
        around = self.method_key(token, within) if within else part
        rests = [_Rest(*row) for row in ask(session, _RESTS, whole=whole, part=part, around=around)]
        stands = {rest.key: clocks.holds(rest.until, now, LONGEST_REST) for rest in rests}
        self._ended.update(key for key, it_does in stands.items() if not it_does)
        return next((rest for rest in rests if stands[rest.key]), None)

    def _used_up(self, session: Session, token: str, method: str, quota: int | None, now: datetime) -> _Rest | None:
        """Stands in the table too, so that whoever asks what is parked sees it."""
        if quota is None or _spent(session, token, method, now) < quota:
            return None
        _book_anew(session, token, method, now)
        oldest = session.exec(
            select(func.min(Spending.hour)).where(*_within_a_day(token, method, now), col(Spending.calls) > 0)
        ).one()
        rest = _Rest(
            self.method_key(token, method),
            (oldest or now) + DAY + HOUR,
            filled("The {quota} calls of {method} for today are used up.", quota=quota, method=method),
        )
        _park(session, rest.key, rest.reason, rest.until)
        return rest

    def _too_many(
        self, session: Session, token: str, method: str, quota: int | None, calls: int, now: datetime
    ) -> _Rest | None:
        """More at once than are left for today: nothing rests, whoever asks may ask for less."""
        if quota is None or calls == 1 or _spent(session, token, method, now) + calls <= quota:
            return None
        words = filled("Fewer than {calls} calls of {method} are left for today.", calls=calls, method=method)
        return _Rest(self.method_key(token, method), now, words)


def _spent(session: Session, token: str, method: str, now: datetime) -> int:
    return int(_first(ask(session, _SPENT, whose=token, on=method, since=_hour(now) - DAY)) or 0)


def _first(rows: Sequence[tuple[Any, ...]]) -> Any:
    """What stands in the first row; None where there is none."""
    return rows[0][0] if rows else None


def _book_anew(session: Session, token: str, method: str, now: datetime) -> None:
    """Calls of hours that lie ahead were made before the clock was put back: a day from now at the latest they count
    no more.
    """
    ahead = (col(Spending.token) == token, col(Spending.method) == method, col(Spending.hour) > now + clocks.SKEW)
    calls = session.exec(select(func.sum(Spending.calls)).where(*ahead)).one()
    if calls:
        session.exec(delete(Spending).where(*ahead))
        _count(session, token, method, now, calls)


def _within_a_day(token: str, method: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    since = _hour(now) - DAY
    return (col(Spending.token) == token, col(Spending.method) == method, col(Spending.hour) >= since)


def _count(session: Session, token: str, method: str, now: datetime, calls: int) -> None:
    spending = Spending(token=token, method=method, hour=_hour(now), calls=calls)
    more = {"whose": token, "on": method, "at": spending.hour, "more": calls}
    if not change(session, _COUNT, **more) and not add_new(session, spending):
        change(session, _COUNT, **more)  # another process began the hour in between


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _park(session: Session, key: str, reason: str, until: datetime) -> None:
    if not add_new(session, Parking(key=key, reason=reason, until=until)):
        session.exec(update(Parking).where(col(Parking.key) == key).values(reason=reason, until=until))
