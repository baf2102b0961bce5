from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlmodel import select

from relay.almanac.delivery import cost
from relay.almanac.delivery.render import prepare, preview, render
from relay.almanac.film import mp4
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import Interrupted, NotFound, Refused
from relay.models import Almanac, ClipState, Consent, Event, Inspection, Render, Segment
from relay.moderation import clip_reviews
from tests.almanac.filming import Camera, number_in, numbered
from tests.moderation.town import OPENS, Town

APPROVED = ClipState.approved
STYLE = {"width": 320, "height": 180, "preset": "ultrafast", "title_seconds": 1, "page_seconds": 1, "end_seconds": 1}


class Residents:
    """A town whose clips are real files: `residents.film("Анна", path)`."""

    def __init__(self, relay: Relay, camera: Camera) -> None:
        self.relay, self.camera, self.town = relay, camera, Town(relay)

    def film(self, name: str, path: Path) -> int:
        facts = self.camera.facts(path)
        width, height = facts.shape
        clip = self.town.has_clip(name=name, town="Мга", state=APPROVED, size=(width, height))
        with self.relay.transaction() as session:
            row = session.get_one(Inspection, self.town.sha256(clip))
            row.duration, row.has_audio = facts.video_duration, facts.audio_index is not None
            row.technical = facts.to_json()
            session.add(row)
        self.put(clip, path)
        return clip

    def put(self, clip: int, path: Path) -> None:
        copy = self.relay.folder("incoming") / path.name
        shutil.copy(path, copy)
        self.relay.media.put(f"originals/{self.town.sha256(clip)}", copy)

    def plan(self, name: str = "film", **style: object) -> Almanac:
        almanac = queries.new(self.relay, "proryv80", name, all_approved=True)
        with self.relay.transaction() as session:
            row = session.get_one(Almanac, almanac.id)
            row.style = {**STYLE, **style}
            session.add(row)
        return almanac

    def changes(self, clip: int, **values: object) -> None:
        with self.relay.transaction() as session:
            row = self.town.clip(clip)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)


@pytest.fixture
def residents(relay: Relay, camera: Camera) -> Residents:
    return Residents(relay, camera)


def manifest(relay: Relay, row: Render) -> dict[str, Any]:
    found = json.loads((relay.settings.data_dir / row.manifest).read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
def test_an_empty_plan_is_refused_in_one_line(relay: Relay) -> None:
    Town(relay)
    queries.new(relay, "proryv80", "film")
    with pytest.raises(Refused) as refused:
        render(relay, "proryv80", "film")
    assert refused.value.line == "The almanac film has no clips. Put approved clips into it first."
    with pytest.raises(NotFound):
        render(relay, "proryv80", "other")
    with pytest.raises(NotFound):
        prepare(relay, "nowhere")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ClipState.withdrawn, "has no clips"),
        *(
            (state, r"Clip 1 \(Анна\) is not approved any more")
            for state in ClipState
            if state not in (APPROVED, "withdrawn")
        ),
    ],
)
def test_a_clip_that_is_no_longer_approved_is_not_shown(relay: Relay, state: ClipState, said: str) -> None:
    """A withdrawn one is left out without a word; for the others the editor is asked."""
    town = Town(relay)
    clip = town.has_clip(name="Анна", state=APPROVED)
    queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        row = town.clip(clip)
        row.state = state
        session.add(row)
    assert clip == 1
    with pytest.raises(Refused, match=said):
        render(relay, "proryv80", "film")


@pytest.mark.slow
def test_a_clip_that_is_for_the_archive_only_is_not_shown(relay: Relay) -> None:
    clip = Town(relay).has_clip(name="Анна", state=APPROVED)
    queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        session.add(Consent(clip_id=clip, scope="archive", person="anna", at=OPENS))
    with pytest.raises(Refused, match="may not be shown"):
        render(relay, "proryv80", "film")


@pytest.mark.slow
def test_a_missing_original_is_named(relay: Relay) -> None:
    clip = Town(relay).has_clip(name="Анна", state=APPROVED)
    queries.new(relay, "proryv80", "film", all_approved=True)
    with pytest.raises(Refused, match=rf"original of clip {clip} \(Анна\) is missing"):
        render(relay, "proryv80", "film")
    assert list(relay.folder("almanacs").iterdir()) == []


@pytest.mark.media
def test_a_film_its_manifest_and_its_row(relay: Relay, residents: Residents, reading: list[Path]) -> None:
    clips = [residents.film(name, path) for name, path in zip(("Анна", "Борис", "Вера"), reading, strict=True)]
    almanac = residents.plan()
    told: list[tuple[int, int, str]] = []
    row = render(relay, "proryv80", "film", on_progress=lambda *news: told.append(news))
    assert row.file == "almanacs/proryv80_film-v1.mp4"
    film = relay.settings.data_dir / row.file
    assert row.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert mp4.read(film).track("vide").samples == row.frames == 273
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    found = manifest(relay, row)
    assert [entry["clip"] for entry in found["clips"]] == clips
    assert found["clips"][1]["film"] == {"from": 55, "to": 205, "from_seconds": 2.2, "to_seconds": 8.2}
    assert found["clips"][1]["source"] == {"from": 0, "to": 150, "from_seconds": 0.0, "to_seconds": 6.0}
    assert found["credits"] == [{"name": name, "town": "Мга"} for name in ("Анна", "Борис", "Вера")]
    assert (found["sha256"], found["frames"], found["house"]["width"]) == (row.sha256, 273, 320)
    assert found["loudness"] == pytest.approx(-16, abs=0.5)
    shown = queries.show(relay, "proryv80", "film").renders
    assert [(entry.version, entry.duration, entry.sha256) for entry in shown] == [(1, 10.92, row.sha256)]
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == "rendered")).one()
    assert (event.subject, event.subject_id, event.details["version"]) == ("almanac", almanac.id, 1)
    assert sorted(path.suffix for path in relay.folder("almanacs").iterdir()) == [".jpg", ".json", ".mp4"]


@pytest.mark.media
def test_each_render_is_a_version_and_a_corrected_name_is_cheap(
    relay: Relay, residents: Residents, reading: list[Path]
) -> None:
    residents.film("Анна", reading[0])
    clip = residents.film("Борис", reading[1])
    residents.plan()
    first = render(relay, "proryv80", "film")
    residents.changes(clip, name="Борис Йотов")
    second = render(relay, "proryv80", "film")
    assert (second.version, second.shots_encoded) == (2, 2)
    assert second.shots_reused == first.shots_encoded + first.shots_reused - 2
    assert {first.file, second.file} == {f"almanacs/proryv80_film-v{number}.mp4" for number in (1, 2)}
    assert manifest(relay, second)["credits"][1]["name"] == "Борис Йотов"


@pytest.mark.media
def test_a_file_that_nobody_wrote_down_is_not_overwritten(
    relay: Relay, residents: Residents, reading: list[Path]
) -> None:
    """Power went between the file and its row, or somebody renders the same at this moment."""
    residents.film("Вера", reading[2])
    residents.plan()
    (relay.folder("almanacs") / "proryv80_film-v1.mp4").write_text("somebody's")
    assert render(relay, "proryv80", "film").version == 2
    assert (relay.folder("almanacs") / "proryv80_film-v1.mp4").read_text() == "somebody's"


@pytest.mark.media
def test_a_stopped_render_leaves_shots_and_nothing_else(
    relay: Relay, residents: Residents, reading: list[Path]
) -> None:
    residents.film("Борис", reading[1])
    residents.plan()
    with pytest.raises(Interrupted):
        render(relay, "proryv80", "film", on_progress=lambda done, *_: relay.toolbox.close() if done else None)
    assert list(relay.folder("almanacs").iterdir()) == []
    assert queries.show(relay, "proryv80", "film").renders == []
    assert list(relay.folder("shots").glob("*.mp4")) != []


@pytest.mark.media
def test_shots_made_ahead_are_used(relay: Relay, residents: Residents, reading: list[Path]) -> None:
    for name, path in zip(("Анна", "Борис", "Вера"), reading, strict=True):
        residents.film(name, path)
    assert prepare(relay, "proryv80", limit=1) == 1
    made = prepare(relay, "proryv80")
    assert made == 2
    assert prepare(relay, "proryv80") == 0
    queries.new(relay, "proryv80", "film", all_approved=True)
    row = render(relay, "proryv80", "film")
    assert row.shots_reused == 3


@pytest.mark.media
def test_a_film_in_looks_of_its_own_finds_its_clips_made_ahead(
    relay: Relay, residents: Residents, reading: list[Path]
) -> None:
    """Another theme, a trimmed clip, a size of its own, and a clip that stands in no plan."""
    _, second, third = map(residents.film, ("Анна", "Борис", "Вера"), reading)
    residents.plan(theme="paper", width=480, height=270)
    edits.trim(relay, "proryv80", "film", second, first=0.4, person="Борис")
    edits.leave_out(relay, "proryv80", "film", third, person="Борис")
    assert prepare(relay, "proryv80") == 3
    assert prepare(relay, "proryv80") == 0
    assert render(relay, "proryv80", "film").shots_reused == 2
    edits.bring_back(relay, "proryv80", "film", third, person="Борис")
    assert prepare(relay, "proryv80") == 2, "the clip before it isn't the last any more, it dissolves into it"


@pytest.mark.media
def test_a_clip_that_can_not_be_shot_holds_up_no_other(
    relay: Relay, residents: Residents, reading: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(reading[0].read_bytes()[:1500])
    clip = residents.film("Анна", reading[0])
    relay.media.delete(f"originals/{residents.town.sha256(clip)}")
    residents.put(clip, broken)
    residents.film("Вера", reading[2])
    assert prepare(relay, "proryv80") == 1
    assert prepare(relay, "proryv80") == 0
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == "shots failed")).one()
    assert event.subject_id == clip


@pytest.mark.media
def test_a_preview_is_small_and_leaves_no_version(relay: Relay, residents: Residents, reading: list[Path]) -> None:
    clip = residents.film("Борис", reading[1])
    residents.plan()
    sha256 = residents.town.sha256(clip)
    copy = relay.folder("incoming") / "proxy.mp4"
    shutil.copy(reading[1], copy)
    relay.media.put(f"proxies/{sha256}.mp4", copy)
    relay.media.delete(f"originals/{sha256}")
    with relay.transaction() as session:
        row = session.get_one(Inspection, sha256)
        row.proxy = f"proxies/{sha256}.mp4"
        session.add(row)
    path = preview(relay, "proryv80", "film")
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert [clip["clip"] for clip in told["clips"]] == [clip]
    assert told["frames"] / told["fps"] > 1
    assert path.with_suffix(".jpg").read_bytes()[:2] == b"\xff\xd8"
    assert mp4.read(path).track("vide").samples == 25 + 150 + 25 + 25 - 8 - 8
    assert queries.show(relay, "proryv80", "film").renders == []


@pytest.mark.media
def test_in_and_out_points_count(relay: Relay, residents: Residents, reading: list[Path]) -> None:
    clip = residents.film("Борис", reading[1])
    residents.plan()
    with relay.transaction() as session:
        segment = session.exec(select(Segment).where(Segment.clip_id == clip)).one()
        segment.first, segment.last = 50, 110
        session.add(segment)
    row = render(relay, "proryv80", "film")
    assert row.frames == 25 + 60 + 25 + 25 - 8 - 8
    assert manifest(relay, row)["clips"][0]["source"]["from_seconds"] == 2.0


@pytest.mark.media
def test_a_film_shows_what_the_desk_has_turned_and_trimmed(relay: Relay, residents: Residents, camera: Camera) -> None:
    """Each frame carries its number; those of the turned clip are read upside down."""
    paths = [camera.films(name, frames=150, size=(320, 180), picture=numbered(0)) for name in ("up", "down")]
    upright, lying = (residents.film("", path) for path in paths)
    residents.plan(strip_seconds=0)
    before = render(relay, "proryv80", "film")
    clip_reviews.trim(
        relay, lying, {"begins": "1", "ends": "4.2", "turn": "180", "editor_note": "Лежит"}, person="anna"
    )
    row = render(relay, "proryv80", "film")
    shots = before.shots_encoded + before.shots_reused
    assert 0 < row.shots_encoded < shots
    assert row.shots_reused > 0
    told = {one["clip"]: one for one in manifest(relay, row)["clips"]}
    assert (told[lying]["source"]["from"], told[lying]["source"]["to"], told[lying]["turn"]) == (25, 105, 180)
    assert (told[upright]["source"]["to"], "turn" in told[upright]) == (150, False)
    frames = camera.looks_at(relay.settings.data_dir / row.file)
    for clip, turned in ((upright, 0), (lying, 2)):
        film, source = told[clip]["film"]["from"], told[clip]["source"]["from"]
        seen = [number_in(np.rot90(frames[film + at], turned), 0) for at in range(20, 60)]
        assert seen == [source + at for at in range(20, 60)]
    assert [change.what for change in cost.diff(relay, "proryv80", "film").changes] == []
    small = preview(relay, "proryv80", "film")
    assert mp4.read(small).track("vide").samples == row.frames


@pytest.mark.media
def test_a_quarter_turn_reaches_the_picture(relay: Relay, residents: Residents, camera: Camera) -> None:
    """White on the left of the file: turned clockwise it is above, and the picture stands upright in the frame."""
    half = np.full((270, 320), 128, np.uint8)
    half[:180] = 16
    half[:180, :160] = 235
    clip = residents.film("", camera.films("half", frames=50, picture=lambda _number: half))
    clip_reviews.trim(relay, clip, {"turn": "90"}, person="anna")
    residents.plan(strip_seconds=0)
    row = render(relay, "proryv80", "film")
    found = manifest(relay, row)["clips"][0]["film"]
    frame = camera.looks_at(relay.settings.data_dir / row.file)[found["from"] + 25].astype(float)
    assert frame[10:80, 120:200].mean() > 200
    assert frame[100:170, 120:200].mean() < 40
    (shot,) = {path.stat().st_size > 0 for path in relay.folder("shots").glob("*.mp4")}
    assert shot
