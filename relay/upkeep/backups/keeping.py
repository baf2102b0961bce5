"""Which backups of a folder stay, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from relay.errors import Refused
from relay.upkeep.backups.folder import BackupFolder, made_at


@dataclass(frozen=True, slots=True)
class BackupView:
    """`size`: bytes on the disk of all that it needs; `own`: of what no other backup needs. `whole`: all of it is there
    (by name; `relay restore --check` reads it).
    """

    name: str
    made_at: datetime
    sealed: bool
    objects: int
    size: int
    own: int
    whole: bool


@dataclass(frozen=True, slots=True)
class KeepRule:
    """So many of the newest; and the newest of so many days, weeks and months that have one."""

    last: int = 7
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


@dataclass(frozen=True, slots=True)
class PrunedBackups:
    """Names of backups that stayed and that went; `freed`: bytes."""

    kept: list[str]
    removed: list[str]
    freed: int


PERIODS: Sequence[tuple[str, Callable[[datetime], tuple[int, ...]]]] = (
    ("daily", lambda at: (at.year, at.month, at.day)),
    ("weekly", lambda at: at.isocalendar()[:2]),
    ("monthly", lambda at: (at.year, at.month)),
)


def listing(place: Path) -> list[BackupView]:
    """All backups of a folder, oldest first. Raises Refused."""
    folder = _folder(place)
    there, names = set(folder.all_pieces()), folder.names()
    needs = {name: set(folder.needed_by(name)) for name in names}
    return [
        BackupView(
            name=name,
            made_at=made_at(name),
            sealed=folder.is_sealed(name),
            objects=len(needs[name]),
            size=sum(map(folder.size_of, needs[name] & there)),
            own=sum(map(folder.size_of, _own(name, needs) & there)),
            whole=needs[name] <= there,
        )
        for name in names
    ]


def prune(place: Path, rule: KeepRule, *, dry: bool = False) -> PrunedBackups:
    """Takes away the backups that the rule does not keep, and what only they needed; `dry`: only says which.

    Raises Refused where the rule would keep none, or another process works in the folder.
    """
    folder = _folder(place)
    names = folder.names()
    stay = kept(names, rule)
    if not stay and names:
        raise Refused("No backup would be left.", hint="Keep at least one: --last 1.")
    going = [name for name in names if name not in stay]
    if dry:
        return PrunedBackups([name for name in names if name in stay], going, 0)
    with folder.alone():
        for name in going:
            folder.forget(name)
        freed = folder.sweep()
    return PrunedBackups([name for name in names if name in stay], going, freed)


def kept(names: Sequence[str], rule: KeepRule) -> set[str]:
    """Which of these backups the rule keeps. `names` oldest first."""
    newest_first = list(reversed(names))
    stay = set(newest_first[: rule.last])
    for period, of in PERIODS:
        seen: set[tuple[int, ...]] = set()
        for name in newest_first:
            span = of(made_at(name))
            if span not in seen and len(seen) < getattr(rule, period):
                seen.add(span)
                stay.add(name)
    return stay


def damaged(place: Path, name: str) -> list[str]:
    """Objects of a backup that are missing or are not what their name says; needs no key. Raises Refused."""
    folder = _folder(place)
    return [piece for piece in folder.needed_by(name) if not folder.is_whole(piece)]


def _folder(place: Path) -> BackupFolder:
    folder = BackupFolder(place)
    if not folder.exists:
        raise Refused("{folder} is no folder of backups.", folder=place, hint="Make one: relay backup --folder FOLDER")
    return folder


def _own(name: str, needs: dict[str, set[str]]) -> set[str]:
    return needs[name].difference(*(pieces for other, pieces in needs.items() if other != name))
