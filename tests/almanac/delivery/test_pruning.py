from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

import pytest

from relay.almanac.delivery import pruning
from relay.almanac.delivery.pruning import prune, stock, too_much
from relay.almanac.delivery.render import prepare, render
from relay.almanac.film import cut, shot_cache
from relay.almanac.film.shot_cache import CachedFile, ShotCache
from relay.context import Relay
from relay.models import Campaign, CampaignState, ClipState
from relay.upkeep import doctor
from tests.almanac.delivery.test_render import Residents
from tests.almanac.filming import Camera
from tests.almanac.painting import Painter
from tests.moderation.town import Town

NOW = 1_000_000.0


def kept(name: str, size: int, used: float) -> CachedFile:
    return CachedFile(Path(name), size, used)


ALL = [kept("old", 10, 1), kept("older", 10, 0), kept("plan", 10, 2), kept("new", 10, 900_000), kept("busy", 10, NOW)]


@pytest.mark.parametrize(
    ("bound", "going"),
    [
        (50, []),
        (49, ["older"]),
        (40, ["older"]),
        (39, ["older", "old"]),
        (20, ["older", "old", "new"]),
        (0, ["older", "old", "new"]),
    ],
)
def test_what_was_used_longest_ago_goes_first(bound: int, going: list[str]) -> None:
    found = too_much(ALL, bound, needed={Path("plan")}, in_use=NOW - 10)
    assert [str(one.path) for one in found] == going


def with_bound(relay: Relay, gigabytes: float) -> Relay:
    return dataclasses.replace(relay, settings=relay.settings.model_copy(update={"shots_gb": gigabytes}))


def lies_about(relay: Relay, name: str, *, size: int = 1000, hours: float = 100) -> Path:
    path = relay.folder("shots") / f"{name}.mp4"
    path.write_bytes(b"x" * size)
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def test_without_a_bound_nothing_goes(relay: Relay) -> None:
    path = lies_about(relay, "old")
    assert prune(with_bound(relay, 0)).removed == 0
    assert path.exists()
    assert stock(relay).found == 1000


@pytest.mark.slow
def test_shots_that_nobody_needs_go_until_the_rest_fits(relay: Relay) -> None:
    paths = [lies_about(relay, name, hours=hours) for name, hours in (("a", 10), ("b", 30), ("c", 20), ("d", 1))]
    pruned = prune(with_bound(relay, 2.5e-6))
    assert (pruned.found, pruned.removed, pruned.left) == (4000, 2000, 2000)
    assert [path.exists() for path in paths] == [True, False, False, True]


def test_what_just_fits_stays_and_one_byte_more_is_too_much(relay: Relay) -> None:
    paths = [lies_about(relay, name, hours=hours) for name, hours in (("a", 10), ("b", 30))]
    preview = relay.folder("shots", "previews") / "p.mp4"
    preview.write_bytes(b"x" * 500)
    os.utime(preview, (5, 5))
    assert stock(with_bound(relay, 2.5e-6)) == pruning.Pruned(2500, 0, 2500)
    assert prune(with_bound(relay, 2.5e-6)) == pruning.Pruned(2500, 0, 2500)
    assert prune(with_bound(relay, 2.499e-6)) == pruning.Pruned(2500, 500, 2499)
    assert [path.exists() for path in (*paths, preview)] == [True, True, False], "the oldest, wherever it lies"


def test_what_was_used_within_six_hours_may_be_in_a_film_that_is_being_made(relay: Relay) -> None:
    young, old = lies_about(relay, "young", hours=5.9), lies_about(relay, "old", hours=6.1)
    assert prune(with_bound(relay, 1e-9)) == pruning.Pruned(2000, 1000, 1)
    assert (young.exists(), old.exists()) == (True, False)


@pytest.mark.slow
@pytest.mark.parametrize(("archived", "needs"), [(False, True), (True, False)])
def test_clips_of_no_film_are_made_ahead_for_campaigns_that_go_on(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, *, archived: bool, needs: bool
) -> None:
    monkeypatch.setattr(cut, "CardRenderer", Painter)
    towns = [Town(relay, slug) for slug in ("first", "proryv80")]
    clip = towns[1].has_clip(state=ClipState.approved, duration=10)
    file = relay.folder("incoming") / "file"
    file.write_bytes(b"original")
    relay.media.put(f"originals/{towns[1].sha256(clip)}", file)
    if archived:
        with relay.transaction() as session:
            campaign = session.get_one(Campaign, towns[1].campaign_id)
            campaign.state = CampaignState.archived
            session.add(campaign)
    assert bool(pruning.needed(relay)) is needs


def seam(shots: ShotCache, name: str, *, hours: float = 0, size: int = 1000) -> Path:
    path = shots.seam(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


@pytest.mark.parametrize("gigabytes", [0, 1])
def test_raw_frames_go_that_nobody_came_for_within_a_day(relay: Relay, gigabytes: float) -> None:
    shots, previews = ShotCache(relay.folder("shots")), ShotCache(relay.folder("shots", "previews"))
    old, new, other = seam(shots, "old", hours=25), seam(shots, "new", hours=23), seam(previews, "old", hours=25)
    came_back = seam(shots, "came back", hours=25)
    shots.use([came_back])
    assert prune(with_bound(relay, gigabytes)).removed == 0
    assert [path.exists() for path in (old, new, other, came_back)] == [False, True, False, True]


def test_raw_frames_used_last_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shot_cache, "SPARE_BYTES", 2500)
    shots = ShotCache(tmp_path)
    paths = [seam(shots, name, hours=hours) for name, hours in (("a", 4), ("b", 3), ("c", 2), ("d", 1))]
    shots.use([paths[1]])
    shots.trim_seams({paths[0]})
    assert [path.exists() for path in paths] == [True, True, False, True]


def test_a_sound_goes_with_its_note(tmp_path: Path) -> None:
    shots = ShotCache(tmp_path)
    made = tmp_path / "made"
    made.write_bytes(b"1234")
    shots.keep(made, shots.sound("a"), note={"loudness": -20}, durable=False)
    (found,) = shots.kept()
    shots.remove(found.path)
    assert not shots.has(shots.sound("a"))
    assert list((tmp_path / "sounds").iterdir()) == []


def test_what_is_used_again_is_not_old_any_more(tmp_path: Path) -> None:
    shots = ShotCache(tmp_path)
    path = shots.shot("a")
    path.write_bytes(b"1")
    os.utime(path, (5, 5))
    shots.use([path, shots.shot("gone")])
    (found,) = shots.kept()
    assert found.used == pytest.approx(time.time(), abs=60)
    assert path.stat().st_mtime == 5


@pytest.mark.parametrize(
    ("found", "removed", "bound", "fix", "wrong", "says"),
    [
        (3e9, 0, 0, False, False, "3.0 GB"),
        (3e9, 0, 5e9, False, False, "3.0 GB"),
        (6e9, 0, 5e9, False, True, "6.0 GB, more than RELAY_SHOTS_GB=5"),
        (6e9, 2e9, 5e9, True, False, "removed: 2.0 GB, left: 4.0 GB"),
        (6e9, 0, 5e9, True, True, "6.0 GB, more than RELAY_SHOTS_GB=5: the plans need them, or they were just used"),
    ],
)
def test_doctor_tells(found: float, removed: float, bound: float, *, fix: bool, wrong: bool, says: str) -> None:
    finding = doctor._shots(pruning.Pruned(int(found), int(removed), int(bound)), fix=fix)
    assert (finding.what, finding.wrong, finding.text) == ("shots", wrong, says)


# --- with real films ---


@pytest.fixture
def residents(relay: Relay, camera: Camera, reading: list[Path]) -> Residents:
    residents = Residents(relay, camera)
    for name, path in zip(("Анна", "Борис"), reading, strict=False):
        residents.film(name, path)
    return residents


def grow_old(relay: Relay) -> None:
    for one in ShotCache(relay.folder("shots")).kept():
        os.utime(one.path, (5, 5))


@pytest.mark.media
def test_what_a_plan_needs_stays_and_the_next_film_encodes_nothing(residents: Residents) -> None:
    relay = residents.relay
    residents.plan()
    render(relay, "proryv80", "film")
    grow_old(relay)
    nobodys = lies_about(relay, "nobodys")
    pruned = prune(with_bound(relay, 1e-9))
    assert pruned.removed == 1000
    assert not nobodys.exists()
    assert render(relay, "proryv80", "film").shots_encoded == 0


@pytest.mark.media
def test_without_asking_what_is_needed_the_next_film_would_be_encoded_anew(residents: Residents) -> None:
    relay = residents.relay
    residents.plan()
    film = render(relay, "proryv80", "film")
    grow_old(relay)
    shots = ShotCache(relay.folder("shots"))
    for one in too_much(shots.kept(), 1, needed=(), in_use=time.time()):
        shots.remove(one.path)
    assert render(relay, "proryv80", "film").shots_encoded == film.shots_encoded


@pytest.mark.media
def test_what_was_made_ahead_is_not_removed_and_made_for_ever(residents: Residents) -> None:
    relay = residents.relay
    assert prepare(relay, "proryv80") == 2
    grow_old(relay)
    assert prune(with_bound(relay, 1e-9)).removed == 0
    assert prepare(relay, "proryv80") == 0
