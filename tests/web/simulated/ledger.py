"""What people pressed and typed, what they were told, and what the database says at the end.

What stands unsent on the screen when a browser is closed is not counted, also where it stands there again after a
sign-out. Whatever was sent is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from relay.models import Decision, Event, EventKind, EventSubject, SecondLook, Verdict
from relay.moderation.claims import LASTS
from tests.web.simulated.browser import FIELDS, Page

JUDGED = (Verdict.approve, Verdict.reject)


class Fate(StrEnum):
    """What a person knows of what they sent. `open`: nothing yet; `replaced`: they pressed something else instead."""

    open = "open"
    arrived = "arrived"
    shown = "shown"
    replaced = "replaced"


@dataclass
class Press:
    """A verdict that was sent. `is_live`: the desk had heard of the page so lately that its claim must hold."""

    person: str
    clip: int
    verdict: Verdict
    at: datetime
    again: bool = False
    offline: bool = False
    fate: Fate = Fate.open
    told_at: datetime | None = None
    is_live: bool = False
    touched: tuple[float, int] = (0.0, 0)


@dataclass
class Typed:
    person: str
    clip: int
    field: str
    text: str
    fate: Fate = Fate.open
    told_at: datetime | None = None


@dataclass
class Faults:
    """What must not be, each with its examples."""

    judged_twice: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    edits_lost: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    decisions_lost: list[str] = field(default_factory=list)
    believed: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: len(lines) for name, lines in vars(self).items()}


class Ledger:
    def __init__(self) -> None:
        self.presses: list[Press] = []
        self.typed: list[Typed] = []
        self.seen: dict[tuple[str, int, str], set[str]] = defaultdict(set)
        self.conflicts = 0
        self._presses: dict[tuple[str, int], list[Press]] = defaultdict(list)
        self._typed: dict[tuple[str, int, str], list[Typed]] = defaultdict(list)

    def press(self, press: Press) -> Press:
        """What this person sent about the clip before, and knows nothing of, gives way to it."""
        before = self._presses[press.person, press.clip]
        for one in before:
            if one.fate is Fate.open:
                one.fate = Fate.replaced
        before.append(press)
        self.presses.append(press)
        return press

    def thinks_again(self, person: str, page: Page) -> None:
        """The clip stands before them again, undecided (they were signed out), and they do something else with it."""
        for one in self._presses[person, page.clip]:
            if one.fate is Fate.open and "kept=" in page.address:
                one.fate = Fate.replaced

    def open_press(self, person: str, clip: int) -> Press | None:
        return next((one for one in reversed(self._presses[person, clip]) if one.fate is Fate.open), None)

    def sends(self, person: str, page: Page) -> None:
        """What stands typed in a form that is sent."""
        for name, text in page.typed().items():
            before = self._typed[person, page.clip, name]
            if before and before[-1].text == text and before[-1].fate is Fate.open:
                continue
            for one in before:
                if one.fate is Fate.open:
                    one.fate = Fate.replaced
            before.append(Typed(person, page.clip, name, text))
            self.typed.append(before[-1])

    def shows(self, person: str, page: Page) -> None:
        if page.clip:
            for name in FIELDS:
                seen = self.seen[person, page.clip, name]
                seen.add(page.fields.get(f"was_{name}", ""))
                if name in page.both:
                    seen.add(page.both[name][0])

    def gives_way(self, person: str, page: Page, now: datetime) -> None:
        """The person has seen both versions and takes the other one's."""
        for name in page.both:
            for one in self._typed[person, page.clip, name]:
                if one.fate is Fate.open:
                    one.fate, one.told_at = Fate.shown, now

    def stood_there(self, person: str, page: Page) -> None:
        """The browser is closed with a page on which what was sent before a sign-out stands again, not taken yet."""
        self.thinks_again(person, page)
        for name, text in page.typed().items():
            for one in self._typed[person, page.clip, name]:
                if one.text == text and one.fate is Fate.open:
                    one.fate = Fate.replaced

    def looks(self) -> set[tuple[str, int]]:
        """Who looked at which clip and judged it, whatever came of it."""
        return {(one.person, one.clip) for one in self.presses if one.verdict in JUDGED}

    def check(self, session: Session) -> Faults:
        return _Check(self, session).faults


class _Check:
    def __init__(self, ledger: Ledger, session: Session) -> None:
        self.ledger, self.faults = ledger, Faults()
        self.decisions: dict[int, list[Decision]] = defaultdict(list)
        for row in session.exec(select(Decision).order_by(col(Decision.id))):
            self.decisions[row.clip_id].append(row)
        self.looks: dict[int, list[SecondLook]] = defaultdict(list)
        for look in session.exec(select(SecondLook)):
            self.looks[look.clip_id].append(look)
        self._judged_twice()
        self._presses(ledger.presses)
        self._edits(session)

    def _judged_twice(self) -> None:
        """A verdict upon somebody else's that stands, which no third look made."""
        for clip, rows in self.decisions.items():
            thirds = {(look.third_by, look.third) for look in self.looks[clip]}
            stands: list[Decision] = []
            for row in rows:
                if row.verdict is Verdict.undo:
                    stands = [one for one in stands if one.id != row.undoes]
                    continue
                judged = [one for one in stands if one.verdict in JUDGED and one.person != row.person]
                if judged and (row.person, row.verdict) not in thirds:
                    self.faults.judged_twice.append(f"clip {clip}: {[one.person for one in judged]}, {row.person}")
                stands.append(row)

    def _presses(self, presses: Iterable[Press]) -> None:
        for one in presses:
            said = f"clip {one.clip}: {one.person} {one.verdict.value} at {one.at:%d %H:%M:%S}"
            if one.fate is Fate.open:
                self.faults.decisions_lost.append(said)
            elif one.fate is Fate.arrived and not self._is_there(one):
                self.faults.believed.append(said)
            elif one.fate is Fate.shown:
                self._conflict(one, said)

    def _is_there(self, press: Press) -> bool:
        if press.again:
            taken = [[(look.second_by, look.second), (look.third_by, look.third)] for look in self.looks[press.clip]]
            return any((press.person, press.verdict) in each for each in taken)
        return any(row.person == press.person and row.verdict is press.verdict for row in self.decisions[press.clip])

    def _conflict(self, press: Press, said: str) -> None:
        """`met`: while this person had the clip, another one judged it."""
        self.ledger.conflicts += 1
        told_at = press.told_at or press.at
        others = [row for row in self.decisions[press.clip] if row.person != press.person]
        between = [row for row in others if press.touched[0] < row.at.timestamp() <= told_at.timestamp()]
        if press.is_live and between and not press.again:
            self.faults.met.append(said)

    def _edits(self, session: Session) -> None:
        edited = select(Event).where(Event.subject == EventSubject.clip, Event.what == EventKind.edited)
        kept: dict[tuple[str, int, str, str], datetime] = {}
        for row in session.exec(edited):
            for name, (before, after) in row.details.items():
                kept[row.person, row.subject_id, name, after] = row.at
                if before not in self.ledger.seen[row.person, row.subject_id, name]:
                    self.faults.overwritten.append(f"clip {row.subject_id}: {row.person} wrote {after} over {before}")
        for one in self.ledger.typed:
            at = kept.get((one.person, one.clip, one.field, one.text))
            said = f"clip {one.clip}: {one.person} typed {one.field} {one.text}"
            if one.fate is Fate.open and at is None:
                self.faults.edits_lost.append(said)
            elif one.told_at is not None and at is not None and at > one.told_at:
                self.faults.overwritten.append(f"{said}, then chose the other version")


def is_live(touched: tuple[float, int], now: datetime, jumps: int) -> bool:
    """Whether a page of which the desk has heard then must have its clip still."""
    at, set_then = touched
    return set_then == jumps and 0 <= now.timestamp() - at < LASTS.total_seconds()
