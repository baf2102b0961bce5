from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest

from relay.almanac import edits, exchange, plans
from relay.almanac.exchange import OTHER_TRACK, PICTURES_ONLY, export
from relay.context import Relay
from relay.errors import Refused
from relay.models import ClipState, Inspection
from tests.almanac.filming import Camera, grey
from tests.moderation.town import Town

APPROVED = ClipState.approved


@pytest.fixture
def town(relay: Relay) -> Town:
    """Two approved clips with their originals, in an almanac."""
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        clip = town.has_clip(name=name, town="Мга", state=APPROVED, duration=10)
        part = relay.folder("incoming") / "part"
        part.write_bytes(name.encode())
        relay.media.put(f"originals/{town.sha256(clip)}", part)
    plans.new(relay, "proryv80", "film", all_approved=True)
    return town


def tracks(made: dict[str, object]) -> list[otio.schema.Track]:
    return list(otio.adapters.read_from_file(str(made["timeline"])).tracks)


@pytest.mark.slow
def test_an_editor_opens_the_plan_with_its_originals(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    video, _audio = tracks(made)
    clips = [item for item in video if isinstance(item, otio.schema.Clip)]
    assert [clip.name for clip in clips] == ["Анна", "Глеб"]
    assert [clip.markers[0].name for clip in clips] == ["Анна, Мга", "Глеб, Мга"]
    for clip, name in zip(clips, ("Анна", "Глеб"), strict=True):
        file = tmp_path / "out" / clip.media_reference.target_url
        assert file.read_bytes() == name.encode()


@pytest.mark.slow
def test_the_length_is_the_films_with_its_dissolves(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    assert made["frames"] == 250 + 250 - 12
    for track in tracks(made):
        assert track.duration() == otio.opentime.RationalTime(made["frames"], 25)
    video = tracks(made)[0]
    (dissolve,) = [item for item in video if isinstance(item, otio.schema.Transition)]
    assert dissolve.duration() == otio.opentime.RationalTime(12, 25)


@pytest.mark.slow
def test_writing_what_was_read_changes_nothing(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    first = otio.adapters.read_from_file(made["timeline"])
    otio.adapters.write_to_file(first, str(tmp_path / "again.otio"))
    assert otio.adapters.read_from_file(str(tmp_path / "again.otio")).is_equivalent_to(first)


@pytest.mark.slow
def test_a_folder_in_use_and_an_empty_plan_are_refused(relay: Relay, town: Town, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(Refused, match="not empty"):
        export(relay, "proryv80", "film", tmp_path)
    plans.new(relay, "proryv80", "empty")
    with pytest.raises(Refused, match="no clips"):
        export(relay, "proryv80", "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_original_in_the_vault_is_not_touched_by_an_export(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    for file in made["media"]:
        Path(file).unlink()
    assert relay.media.has(f"originals/{town.sha256(1)}")


# Other formats


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(made: dict[str, object], **how: object) -> otio.schema.Timeline:
    found = otio.adapters.read_from_file(str(made["timeline"]), **how)
    return found if isinstance(found, otio.schema.Timeline) else found[0]


@pytest.mark.slow
def test_premiere_finds_every_clip_where_it_lies(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out", to="fcp7")
    (sequence,) = read(made, adapter_name="fcp_xml").find_children(descended_from_type=otio.schema.Timeline) or [
        read(made, adapter_name="fcp_xml")
    ]
    clips = list(sequence.video_tracks()[0].find_clips())
    assert [clip.name for clip in clips] == ["Анна", "Глеб"]
    assert [clip.media_reference.target_url for clip in clips] == [Path(file).as_uri() for file in made["media"]]
    assert sequence.video_tracks()[0].duration().to_frames() == made["frames"]


@pytest.mark.slow
def test_an_edl_says_its_rate_in_its_name_because_it_has_no_other_place(
    relay: Relay, town: Town, tmp_path: Path
) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out", to="edl")
    assert str(made["timeline"]).endswith("-25fps.edl")
    assert PICTURES_ONLY in made["left_out"]
    right, wrong = (read(made, adapter_name="cmx_3600", rate=rate).duration() for rate in (25, 24))
    assert right == otio.opentime.RationalTime(made["frames"], 25)
    assert wrong.to_seconds() != right.to_seconds()
    assert "C0000001" in Path(made["timeline"]).read_text()


def test_a_folder_has_the_videos_by_name_and_tables(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out", to="folder")
    assert [Path(file).name for file in made["media"]] == ["001 Анна, Мга.mp4", "002 Глеб, Мга.mp4"]
    listed = rows(tmp_path / "out" / "clips.csv")
    assert [(row["file"], row["name"], row["in"], row["out"]) for row in listed] == [
        ("001 Анна, Мга.mp4", "Анна", "0.000", "10.000"),
        ("002 Глеб, Мга.mp4", "Глеб", "0.000", "10.000"),
    ]


@pytest.mark.slow
def test_what_is_left_out_is_listed_with_its_reason(relay: Relay, town: Town, tmp_path: Path) -> None:
    edits.leave_out(relay, "proryv80", "film", 2, reason="Просили переснять", person="Борис")
    town.has_clip(name="Дина", state=APPROVED)
    plans.set_rules(relay, "proryv80", "film", {"longest": "20"})
    export(relay, "proryv80", "film", tmp_path / "out", translate=str.upper)
    assert [(row["NAME"], row["REASON"], row["PERSON"]) for row in rows(tmp_path / "out" / "left-out.csv")] == [
        ("Глеб", "ПРОСИЛИ ПЕРЕСНЯТЬ", "Борис"),
        ("Дина", "IT IS SHORTER OR LONGER THAN THE RULES ALLOW.", ""),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False])
def test_a_name_is_no_formula(
    relay: Relay, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    """The twin writes what a spreadsheet would run."""
    if not guarded:
        monkeypatch.setattr(exchange, "FORMULA", ())
    edits.retitle(relay, "proryv80", "film", 1, who='=HYPERLINK("//evil","x")', town="@a", person="Борис")
    export(relay, "proryv80", "film", tmp_path / "out", to="folder")
    row = rows(tmp_path / "out" / "clips.csv")[0]
    dangerous = row["name"].startswith("=") or row["town"].startswith("@")
    assert dangerous is not guarded


def test_names_can_not_lead_a_file_astray() -> None:
    assert exchange.file_words("../../etc, CON:<Мга>\0") == "etc, CON Мга"
    assert exchange.file_words("Анна-Мария О'Нил") == "Анна-Мария О Нил"


def test_an_unknown_format_is_refused(relay: Relay, town: Town, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no format avid"):
        export(relay, "proryv80", "film", tmp_path / "out", to="avid")


def test_in_mlt_clips_of_one_name_are_two_and_sound_dissolves_too(relay: Relay, town: Town, tmp_path: Path) -> None:
    edits.retitle(relay, "proryv80", "film", 2, who="Анна", town=None, person="Борис")
    made = export(relay, "proryv80", "film", tmp_path / "out", to="mlt")
    root = ElementTree.parse(made["timeline"]).getroot()
    resources = {one.find("property[@name='resource']").text for one in root.findall("producer")}  # type: ignore[union-attr]
    assert {"media/001-clip1.mp4", "media/002-clip2.mp4"} <= resources
    services = [one.text for one in root.findall("tractor/transition/property[@name='mlt_service']")]
    assert services == ["luma", "mix"]
    assert root.find("profile").attrib["width"] == "1920"  # type: ignore[union-attr]


@pytest.mark.slow
def test_an_export_names_the_sound_track_that_the_film_uses(relay: Relay, town: Town, tmp_path: Path) -> None:
    with relay.transaction() as session:
        look = session.get_one(Inspection, town.sha256(2))
        look.technical = {**look.technical, "sounds": 3, "audio_index": 2}
        session.add(look)
    made = export(relay, "proryv80", "film", tmp_path / "mlt", to="mlt")
    heard = {
        one.findtext("property[@name='resource']"): one.findtext("property[@name='audio_index']")
        for one in ElementTree.parse(made["timeline"]).getroot().findall("producer")
    }
    assert (heard["media/001-clip1.mp4"], heard["media/002-clip2.mp4"]) == (None, "2")
    picture = tracks(export(relay, "proryv80", "film", tmp_path / "otio"))[0]
    assert [clip.metadata["relay"].get("sound_stream") for clip in picture.find_clips()] == [None, 2]
    assert OTHER_TRACK in export(relay, "proryv80", "film", tmp_path / "fcp7", to="fcp7")["left_out"]
    assert OTHER_TRACK not in made["left_out"]


@pytest.mark.media
@pytest.mark.skipif(shutil.which("melt") is None, reason="melt is not here: apt-get install melt")
def test_melt_plays_the_export_as_long_as_the_film_to_the_frame(relay: Relay, camera: Camera, tmp_path: Path) -> None:
    town = Town(relay)
    for number, (name, frames, fps) in enumerate((("Анна", 50, "25"), ("Анна", 90, "30"), ("Глеб", 63, "25")), 1):
        film = camera.films(f"melt{number}", frames=frames, fps=fps, seed=number)
        facts = camera.footage(film)
        clip = town.has_clip(name=name, town="Мга", state=APPROVED, duration=facts.seconds, size=(320, 180))
        part = relay.folder("incoming") / "part"
        shutil.copy(film, part)
        relay.media.put(f"originals/{town.sha256(clip)}", part)
    almanac = plans.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        almanac.style = {"width": 320, "height": 180}
        session.add(almanac)
    edits.trim(relay, "proryv80", "film", 3, first=0.4, last=2.0, person="Борис")
    made = export(relay, "proryv80", "film", tmp_path / "out", to="mlt")
    played = tmp_path / "played.mkv"
    melt = [
        shutil.which("melt"),
        made["timeline"],
        "-consumer",
        f"avformat:{played}",
        "vcodec=mpeg4",
        "acodec=pcm_s16le",
    ]
    subprocess.run([str(word) for word in melt], check=True, capture_output=True, timeout=120)
    seen = camera.looks_at(played)
    assert len(seen) == made["frames"]
    # the third clip begins with the frame that it was trimmed to
    assert abs(int(np.median(seen[-1])) - grey(49, seed=3)) <= 4
