"""What lies on the shelf, with exports whose files are only words: making real ones is test_film.py's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.delivery.exports import film, shelf
from relay.almanac.delivery.exports.film import ExportedFilm, ExportWish
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import Interrupted, NotFound, Refused
from relay.models import ClipState
from relay.moderation import withdrawal
from relay.processes import bench, lock_of
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = Town(relay)
    clips = [town.has_clip(name=name, state=ClipState.approved, duration=10) for name in ("Анна", "Глеб")]
    queries.new(relay, *FILM, all_approved=True)

    def written(_relay: Relay, _slug: str, _name: str, folder: Path, wish: ExportWish, **more: Any) -> ExportedFilm:
        folder.mkdir()
        (folder / "film.mlt").write_text("film")
        more["on_progress"](5, 10, "sound")
        return ExportedFilm(str(folder / "film.mlt"), [], 50, ["chapters"], clips, f"Голоса {wish.to}")

    monkeypatch.setattr(film, "export", written)
    return town


def prepared(relay: Relay, **more: Any) -> shelf.ReadyExport:
    return shelf.prepare(relay, *FILM, ExportWish("mlt", packed=True), person="boris", **more)


def files(relay: Relay) -> list[str]:
    root = relay.folder("exports")
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_an_export_lies_ready_with_what_is_to_be_known_of_it(relay: Relay, town: Town) -> None:
    seen: list[int] = []
    ready = prepared(relay, on_progress=lambda done, _total, _what: seen.append(done))
    (listed,) = shelf.listing(relay, *FILM)
    assert listed == ready
    assert (ready.called[:10], ready.called[-4:], ready.left_out, ready.person) == (
        "Голоса mlt", ".zip", ["chapters"], "boris",
    )  # fmt: skip
    found, path = shelf.file(relay, *FILM, ready.number)
    assert (found, path.stat().st_size) == (ready, ready.size)
    assert seen[0] == 40
    assert seen[-1] == 100


@pytest.mark.slow
def test_only_the_newest_stay_and_none_for_long(relay: Relay, town: Town, clock: FakeClock) -> None:
    numbers = [prepared(relay).number for _ in range(shelf.KEPT + 2)]
    assert [one.number for one in shelf.listing(relay, *FILM)] == numbers[: -shelf.KEPT - 1 : -1]
    assert len(files(relay)) == 2 * shelf.KEPT
    clock.moves(days=shelf.KEPT_DAYS, hours=1)
    assert shelf.prune(relay) == shelf.KEPT
    assert files(relay) == []


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False])
def test_what_shows_a_withdrawn_clip_is_not_handed_out_any_more(
    relay: Relay, town: Town, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    """The twin doesn't look, and hands it out."""
    ready = prepared(relay)
    withdrawal.withdraw(relay, 1, reason="просьба", person="anna")
    if not guarded:
        monkeypatch.setattr(film, "check_allowed", lambda *_words: None)
        assert shelf.file(relay, *FILM, ready.number)[1].is_file()
        return
    assert shelf.listing(relay, *FILM) == []
    with pytest.raises(Refused, match="may not leave"):
        shelf.file(relay, *FILM, ready.number)
    assert files(relay) == []


@pytest.mark.slow
def test_a_stopped_one_and_one_of_a_process_that_is_gone_leave_nothing(relay: Relay, town: Town) -> None:
    def stop(*_words: object) -> None:
        raise Interrupted("Enough.")

    with pytest.raises(Interrupted):
        prepared(relay, on_progress=stop)
    assert files(relay) == []
    left = relay.folder("exports", "work", "left")
    (left / "film.mlt").touch()
    lock_of(left).touch()
    with bench(left.parent) as mine:
        shelf.prune(relay)
        assert (left.exists(), mine.exists()) == (False, True)


@pytest.mark.slow
def test_a_removed_one_is_gone(relay: Relay, town: Town) -> None:
    ready = prepared(relay)
    shelf.remove(relay, *FILM, ready.number)
    again: list[Callable[..., object]] = [shelf.remove, shelf.file]
    for ask in again:
        with pytest.raises(NotFound, match="no such export"):
            ask(relay, *FILM, ready.number)
    assert shelf.listing(relay, *FILM) == []


@pytest.mark.slow
def test_what_shows_a_withdrawn_clip_goes_at_the_next_tidying_up_and_all_else_stays(
    relay: Relay, town: Town, clock: FakeClock
) -> None:
    empty = relay.folder("exports", "of_another_film")
    first = prepared(relay)
    clock.moves(days=shelf.KEPT_DAYS)
    assert shelf.prune(relay) == 0, "it is as old as may be"
    assert (empty.exists(), [one.number for one in shelf.listing(relay, *FILM)]) == (False, [first.number])
    note = relay.folder("exports") / "proryv80_film" / f"{first.number}.json"
    assert "Голоса" in note.read_text("utf-8"), "as people read it"
    withdrawal.withdraw(relay, 1, reason="просьба", person="anna")
    assert shelf.prune(relay) == 1
    assert files(relay) == []
    (relay.folder("exports", "proryv80_film") / "9.zip").touch()
    with pytest.raises(NotFound):
        shelf.remove(relay, *FILM, 9)
