"""A backup, a withdrawal, the backup restored: whoever took a video back stays away."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import select

from relay import installation_key
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.vault import Vault
from relay.models import Almanac, Clip, ClipState, Doubt, Erasure, ErasureCause, Inspection, Render, Restoration
from relay.store import Store
from relay.tombstones import file, revival, stones
from relay.tombstones.key import TombstoneKey
from relay.upkeep.backups import holding
from relay.upkeep.backups.holding import release
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import JOURNALS, Restored, restore
from tests.moderation.town import Town
from tests.upkeep.backups.kills import kills

pytestmark = pytest.mark.slow


class Drill:
    """A campaign of two clips and a film of each and of both; `restores` brings its backup back elsewhere."""

    def __init__(self, relay: Relay, folder: Path, form: str) -> None:
        self.relay, self.folder, self.town = relay, folder, Town(relay)
        self.target = folder / "backups" / form
        self.target.parent.mkdir()
        self.own, self.other = (self._has_clip() for _ in range(2))
        with relay.transaction() as session:
            almanac = Almanac(campaign_id=self.town.campaign_id, name="film", title="x", created_at=relay.now())
            session.add(almanac)
            session.flush()
            self.almanac = almanac.id or 0
        for version, clips in enumerate(([self.own], [self.other], [self.own, self.other]), 1):
            self._has_film(version, clips)

    def _has_clip(self) -> int:
        clip = self.town.has_clip(state=ClipState.approved)
        sha, content = self.town.clip(clip).sha256, f"{self.town.slug} {self.town.number}"
        assert hashlib.sha256(content.encode()).hexdigest() == sha
        with self.relay.transaction() as session:
            look = session.get_one(Inspection, sha)
            look.poster, look.proxy, look.storyboard = f"posters/{sha}.jpg", f"proxies/{sha}.mp4", ""
        for key in (f"originals/{sha}", f"posters/{sha}.jpg", f"proxies/{sha}.mp4"):
            part = self.relay.folder("work") / "part"
            part.write_text(f"{content} {key}" if "." in key else content)
            self.relay.media.put(key, part)
        return clip

    def _has_film(self, version: int, clips: list[int]) -> None:
        folder, content = self.relay.folder("almanacs"), f"film of {clips}".encode()
        (folder / f"v{version}.mp4").write_bytes(content)
        (folder / f"v{version}.jpg").write_bytes(content)
        (folder / f"v{version}.ru.srt").write_bytes(content)
        (folder / f"v{version}.json").write_text(json.dumps({"clips": [{"clip": clip} for clip in clips]}))
        words = {"frames": 1, "fps": 25, "shots_encoded": 0, "shots_reused": 0, "seconds": 1, "at": self.relay.now()}
        with self.relay.transaction() as session:
            session.add(
                Render(
                    almanac_id=self.almanac, version=version, file=f"almanacs/v{version}.mp4",
                    manifest=f"almanacs/v{version}.json", poster=f"almanacs/v{version}.jpg",
                    sha256=hashlib.sha256(content).hexdigest(), **words,
                )
            )  # fmt: skip

    def backs_up(self) -> None:
        backup(self.relay, self.target, folder=self.target.name == "b")

    def takes_back(self) -> None:
        """As an erasure leaves it: the clip is withdrawn, and tombstones lie beside the backups."""
        key = TombstoneKey.of(installation_key.secret(self.relay))
        with self.relay.transaction() as session:
            clip = session.get_one(Clip, self.own)
            stones.put(session, key, revival.names_of(session, clip), erasure="E-1", at=self.relay.now())
        assert file.keep_up(self.relay, key) == []

    def place(self) -> Relay:
        """The installation that a backup is brought back into."""
        settings = self.relay.settings.model_copy(update={"data_dir": self.folder / "elsewhere"})
        return dataclasses.replace(
            self.relay, settings=settings, store=Store(settings.db_url), media=Vault(settings.media_folder)
        )

    def restores(self, **how: Path) -> tuple[Relay, Restored]:
        there = self.place()
        return there, restore(there, self.target, **how)  # type: ignore[arg-type]

    @property
    def tombstones(self) -> Path:
        return (self.target if self.target.name == "b" else self.target.parent) / file.NAME


@pytest.fixture(params=["b.tar", "b"])
def drill(relay: Relay, tmp_path: Path, request: pytest.FixtureRequest) -> Drill:
    return Drill(relay, tmp_path, str(request.param))


def states(relay: Relay) -> list[ClipState]:
    with relay.reading() as session:
        return [clip.state for clip in session.exec(select(Clip).order_by(Clip.id))]  # type: ignore[arg-type]


def doubts(relay: Relay) -> list[Doubt]:
    with relay.reading() as session:
        return [clip.doubt for clip in session.exec(select(Clip).order_by(Clip.id))]  # type: ignore[arg-type]


def films(relay: Relay, *place: str) -> set[str]:
    folder = relay.settings.data_dir.joinpath(*place, "almanacs")
    return {path.name for path in folder.glob("*") if path.suffix != ".json"}


def of_version(*numbers: int) -> set[str]:
    return {f"v{number}.{end}" for number in numbers for end in ("mp4", "jpg", "ru.srt")}


def scan(relay: Relay, drill: Drill) -> list[str]:
    """Files of the data folder that are the clip's: its bytes, its hash in their name, a film that shows it."""
    sha = drill.town.clip(drill.own).sha256
    found = []
    for path in sorted(relay.settings.data_dir.rglob("*")):
        if path.is_file() and not path.name.startswith("relay.db") and path.suffix != ".json":
            content = path.read_bytes()
            if (
                sha in path.name
                or f"{drill.town.slug} 1".encode() in content
                or f"film of [{drill.own}".encode() in content
            ):
                found.append(path.name)
    return found


def test_an_older_backup_revives_nobody(drill: Drill) -> None:
    drill.backs_up()
    drill.takes_back()
    there, done = drill.restores()
    assert (done.held.kept_out, done.held.tombstones) == ([drill.own], str(drill.tombstones))
    assert states(there) == [ClipState.withdrawn, ClipState.approved]
    assert scan(there, drill) == []
    assert films(there) == of_version(2)
    with there.reading() as session:
        (erasure,) = session.exec(select(Erasure)).all()
        (note,) = session.exec(select(Restoration)).all()
    assert (erasure.clip_id, erasure.cause, erasure.done_at) == (drill.own, ErasureCause.restored, None)
    assert (note.kept_out, note.held_back) == (1, 0)
    there.store.close()


def test_twin_without_the_tombstones_of_today_the_clip_is_back(drill: Drill) -> None:
    drill.backs_up()
    of_then = drill.tombstones.read_bytes()
    drill.takes_back()
    drill.tombstones.write_bytes(of_then)
    there, done = drill.restores()
    assert (done.held.kept_out, states(there)) == ([], [ClipState.approved] * 2)
    assert len(scan(there, drill)) > 3
    there.store.close()


def test_a_file_of_tombstones_can_be_given(drill: Drill, tmp_path: Path) -> None:
    drill.backs_up()
    drill.takes_back()
    drill.tombstones.rename(tmp_path / "away.jsonl")
    there, done = drill.restores(tombstones=tmp_path / "away.jsonl")
    assert done.held.kept_out == [drill.own]
    there.store.close()


def test_a_file_that_is_not_there_or_not_whole_stops_before_anything_stands(drill: Drill, tmp_path: Path) -> None:
    drill.backs_up()
    drill.takes_back()
    with pytest.raises(NotFound, match="no file of tombstones"):
        drill.restores(tombstones=tmp_path / "none")
    drill.tombstones.write_bytes(drill.tombstones.read_bytes()[:-20])
    with pytest.raises(Refused, match="not whole"):
        drill.restores()
    assert not (tmp_path / "elsewhere" / "relay.db").exists()


@pytest.fixture
def held(drill: Drill) -> Iterator[tuple[Drill, Relay]]:
    """Restored without tombstones."""
    drill.backs_up()
    drill.takes_back()
    drill.tombstones.rename(drill.folder / "away.jsonl")
    there, done = drill.restores()
    assert (done.held.tombstones, done.held.waiting, done.held.films) == ("", 2, 3)
    yield drill, there
    there.store.close()


def test_without_tombstones_everything_waits_for_a_person(held: tuple[Drill, Relay]) -> None:
    _drill, there = held
    assert doubts(there) == [Doubt.restored, Doubt.restored]
    assert (films(there), films(there, "held-back")) == (set(), of_version(1, 2, 3))
    assert holding.waiting_films(there) == 3


def test_no_file_that_knows_less_takes_the_place_of_the_one_that_is_missing(
    held: tuple[Drill, Relay], tmp_path: Path
) -> None:
    drill, there = held
    backup(there, drill.target.parent / "c.tar")
    assert not drill.tombstones.exists()
    assert not (drill.target.parent / file.NAME).exists()
    release(there, person="Анна")
    backup(there, drill.target.parent / "d.tar")
    assert (drill.target.parent / file.NAME).exists(), "somebody has said that nobody took anything back"


def test_what_waits_is_shown_again_when_somebody_says_so(held: tuple[Drill, Relay]) -> None:
    _drill, there = held
    done = release(there, person="Анна")
    assert (done.kept_out, done.clips, done.films) == ([], 2, 3)
    assert (doubts(there), films(there)) == ([Doubt.none] * 2, of_version(1, 2, 3))
    again = release(there, person="Анна")
    assert (again.clips, again.films) == (0, 0)
    with there.reading() as session:
        (note,) = session.exec(select(Restoration)).all()
    assert (note.held_back, note.released_by) == (2, "Анна")


def test_tombstones_that_are_found_later_keep_out_whom_they_know(held: tuple[Drill, Relay]) -> None:
    drill, there = held
    done = release(there, person="Анна", tombstones=drill.folder / "away.jsonl")
    assert (done.kept_out, done.clips, done.films) == ([drill.own], 1, 1)
    assert states(there) == [ClipState.withdrawn, ClipState.approved]
    assert (scan(there, drill), films(there)) == ([], of_version(2))


def test_who_is_withdrawn_while_all_waits_is_in_no_film_that_is_shown_again(held: tuple[Drill, Relay]) -> None:
    drill, there = held
    with there.transaction() as session:
        session.get_one(Clip, drill.own).state = ClipState.withdrawn
    assert (release(there, person="Анна").films, films(there)) == (1, of_version(2))
    assert films(there, "held-back") == set()


def test_films_that_lie_aside_are_part_of_the_next_backup(held: tuple[Drill, Relay], tmp_path: Path) -> None:
    _drill, there = held
    made = backup(there, tmp_path / "c.tar")
    assert (made.missing, made.damaged) == ([], [])
    assert made.files == 2 * 3 + 3 * 4 + 1


def test_a_restored_place_keeps_the_tombstones_beside_its_backups_up_to_date(drill: Drill) -> None:
    drill.backs_up()
    there, _ = drill.restores()
    assert drill.tombstones in file.places(there)
    there.store.close()


@pytest.mark.parametrize("knows", [True, False])
def test_a_restore_that_is_killed_at_any_step_never_revives_anybody(
    drill: Drill, killed_at: Callable[[int], None], knows: bool
) -> None:
    drill.backs_up()
    drill.takes_back()
    if not knows:
        drill.tombstones.unlink()
    place = drill.folder / "elsewhere"
    there: list[Relay] = []

    def nobody_is_back() -> None:
        if (place / "relay.db").exists():
            relay = drill.place()
            assert states(relay)[0] is ClipState.withdrawn if knows else doubts(relay) == [Doubt.restored] * 2
            relay.store.close()
            for end in JOURNALS:
                (place / f"relay.db{end}").unlink(missing_ok=True)

    times = kills(killed_at, lambda: there.append(drill.restores()[0]), nobody_is_back, 400, stride=5)
    assert times > 10
    assert films(there[-1]) == (of_version(2) if knows else set())
    assert films(there[-1], "held-back") == (set() if knows else of_version(1, 2, 3))
    there[-1].store.close()


def test_a_release_that_is_killed_at_any_step_is_done_by_doing_it_again(
    held: tuple[Drill, Relay], killed_at: Callable[[int], None]
) -> None:
    drill, there = held
    work = partial(release, there, person="Анна", tombstones=drill.folder / "away.jsonl")
    assert kills(killed_at, work, lambda: None, 200) > 3
    assert (states(there), films(there)) == ([ClipState.withdrawn, ClipState.approved], of_version(2))
    assert (doubts(there)[1], films(there, "held-back")) == (Doubt.none, set())
