from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.upkeep.backups import folder, keeping
from relay.upkeep.backups.folder import BackupFolder
from relay.upkeep.backups.keeping import KeepRule, kept
from relay.upkeep.backups.making import backup
from tests.fakes.clock import FakeClock
from tests.upkeep.backups.conftest import SHA


def names(*moments: datetime) -> list[str]:
    return [moment.strftime(folder.STAMP) for moment in moments]


def test_a_rule_keeps_the_newest_of_each_day_week_and_month_that_has_one() -> None:
    start = datetime(2026, 1, 28, 3, tzinfo=UTC)  # a Wednesday
    all_ = names(*(start + timedelta(hours=12 * number) for number in range(16)))  # to Wednesday the 4th, 15:00
    assert kept(all_, KeepRule(last=2)) == set(all_[-2:])
    assert kept(all_, KeepRule(last=0, daily=2)) == {all_[-1], all_[-3]}
    assert kept(all_, KeepRule(last=0, weekly=9)) == {all_[-1], all_[9]}, "of the week before the Sunday evening"
    assert kept(all_, KeepRule(last=0, monthly=1)) == {all_[-1]}
    assert kept(all_, KeepRule(last=0, monthly=2)) == {all_[-1], all_[7]}
    assert kept(all_, KeepRule(last=1, daily=1, weekly=2)) == {all_[-1], all_[9]}
    assert kept(all_, KeepRule(last=0)) == kept([], KeepRule()) == set()
    assert kept(all_, KeepRule()) == set(all_[-7:])


def test_the_same_day_and_week_of_another_year_are_others() -> None:
    years = names(*(datetime(year, 3, 3, 3, tzinfo=UTC) for year in (2024, 2025, 2026)))
    for rule in (KeepRule(last=0, daily=3), KeepRule(last=0, weekly=3), KeepRule(last=0, monthly=3)):
        assert kept(years, rule) == set(years)


@pytest.mark.slow
def test_a_list_tells_of_each_backup_what_it_needs_and_what_nobody_else_needs(
    filled: Relay, clock: FakeClock, tmp_path: Path
) -> None:
    if filled.store.path is None:
        pytest.skip("a database on a server is copied by its own programs")
    place, key = tmp_path / "b", filled.folder("credentials") / "key.pem"
    for text in ("one", "three"):
        key.write_text(text)
        backup(filled, place, folder=True)
        clock.moves(hours=1)
    first, second = keeping.listing(place)
    assert (first.name, first.made_at) < (second.name, second.made_at)
    assert first.made_at == clock() - timedelta(hours=2)
    needed = [len(set(BackupFolder(place).needed_by(view.name))) for view in (first, second)]
    assert [view.objects for view in (first, second)] == needed
    assert [(view.sealed, view.whole) for view in (first, second)] == [(False, True)] * 2
    sizes = {path.name: path.stat().st_size for path in (place / "objects").rglob("*") if path.is_file()}
    assert sum(sizes.values()) == second.size + first.own
    path = BackupFolder(place).path_of(SHA)
    path.unlink()
    views = keeping.listing(place)
    assert [view.whole for view in views] == [False, False]
    assert views[1].size == second.size - sizes[SHA]
    assert keeping.damaged(place, second.name) == [SHA]


@pytest.mark.slow
def test_pruning_says_what_stayed_what_went_and_how_much_room_that_made(
    filled: Relay, clock: FakeClock, tmp_path: Path
) -> None:
    if filled.store.path is None:
        pytest.skip("a database on a server is copied by its own programs")
    place = tmp_path / "b"
    for number in range(3):
        (filled.folder("credentials") / "key.pem").write_text("x" * (100 + number))
        backup(filled, place, folder=True)
        clock.moves(days=1)
    all_ = [view.name for view in keeping.listing(place)]
    dry = keeping.prune(place, KeepRule(last=1), dry=True)
    assert (dry.kept, dry.removed, dry.freed) == (all_[2:], all_[:2], 0)
    before = sum(path.stat().st_size for path in (place / "objects").rglob("*") if path.is_file())
    done = keeping.prune(place, KeepRule(last=1))
    after = sum(path.stat().st_size for path in (place / "objects").rglob("*") if path.is_file())
    assert (done.kept, done.removed, done.freed) == (all_[2:], all_[:2], before - after)
    for ask in (lambda: keeping.listing(tmp_path / "none"), lambda: keeping.damaged(tmp_path / "none", "x")):
        with pytest.raises(Refused, match="no folder of backups"):
            ask()
