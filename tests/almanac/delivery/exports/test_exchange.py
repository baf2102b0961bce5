from __future__ import annotations

import csv
import errno
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest

from relay.almanac.delivery.exports import exchange
from relay.almanac.delivery.exports.exchange import OTHER_TRACK, PICTURES_ONLY, ExportPlan, Target, export
from relay.almanac.film.timeline import lay_out
from relay.almanac.formats import House
from relay.almanac.plan import edits, queries
from relay.almanac.plan.queries import Entry
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.models import Clip, ClipState, Inspection, Segment
from relay.permissions.rules import Ground, Permission
from relay.views import as_json
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
    queries.new(relay, "proryv80", "film", all_approved=True)
    return town


def tracks(made: dict[str, object]) -> list[otio.schema.Track]:
    return list(otio.adapters.read_from_file(str(made.timeline)).tracks)


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
    assert made.frames == 250 + 250 - 12
    for track in tracks(made):
        assert track.duration() == otio.opentime.RationalTime(made.frames, 25)
    video = tracks(made)[0]
    (dissolve,) = [item for item in video if isinstance(item, otio.schema.Transition)]
    assert dissolve.duration() == otio.opentime.RationalTime(12, 25)


@pytest.mark.slow
def test_writing_what_was_read_changes_nothing(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    first = otio.adapters.read_from_file(made.timeline)
    otio.adapters.write_to_file(first, str(tmp_path / "again.otio"))
    assert otio.adapters.read_from_file(str(tmp_path / "again.otio")).is_equivalent_to(first)


@pytest.mark.slow
def test_a_folder_in_use_and_an_empty_plan_are_refused(relay: Relay, town: Town, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(Refused, match="not empty"):
        export(relay, "proryv80", "film", tmp_path)
    queries.new(relay, "proryv80", "empty")
    with pytest.raises(Refused, match="no clips"):
        export(relay, "proryv80", "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_original_in_the_vault_is_not_touched_by_an_export(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out")
    for file in made.media:
        Path(file).unlink()
    assert relay.media.has(f"originals/{town.sha256(1)}")


# Other formats


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(made: dict[str, object], **how: object) -> otio.schema.Timeline:
    found = otio.adapters.read_from_file(str(made.timeline), **how)
    return found if isinstance(found, otio.schema.Timeline) else found[0]


@pytest.mark.slow
def test_premiere_finds_every_clip_where_it_lies(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out", to="fcp7")
    (sequence,) = read(made, adapter_name="fcp_xml").find_children(descended_from_type=otio.schema.Timeline) or [
        read(made, adapter_name="fcp_xml")
    ]
    clips = list(sequence.video_tracks()[0].find_clips())
    assert [clip.name for clip in clips] == ["Анна", "Глеб"]
    assert [clip.media_reference.target_url for clip in clips] == [Path(file).as_uri() for file in made.media]
    assert sequence.video_tracks()[0].duration().to_frames() == made.frames


def test_an_edl_says_its_rate_in_its_name_because_it_has_no_other_place(
    relay: Relay, town: Town, tmp_path: Path
) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out", to="edl")
    assert str(made.timeline).endswith("-25fps.edl")
    assert PICTURES_ONLY in made.left_out
    right, wrong = (read(made, adapter_name="cmx_3600", rate=rate).duration() for rate in (25, 24))
    assert right == otio.opentime.RationalTime(made.frames, 25)
    assert wrong.to_seconds() != right.to_seconds()
    assert "C0000001" in Path(made.timeline).read_text()


@pytest.mark.slow
def test_a_folder_has_the_videos_by_name_and_tables(relay: Relay, town: Town, tmp_path: Path) -> None:
    made = export(relay, "proryv80", "film", tmp_path / "out", to="folder")
    assert [Path(file).name for file in made.media] == ["001 Анна, Мга.mp4", "002 Глеб, Мга.mp4"]
    listed = rows(tmp_path / "out" / "clips.csv")
    assert [(row["file"], row["name"], row["in"], row["out"]) for row in listed] == [
        ("001 Анна, Мга.mp4", "Анна", "0.000", "10.000"),
        ("002 Глеб, Мга.mp4", "Глеб", "0.000", "10.000"),
    ]


@pytest.mark.slow
def test_what_is_left_out_is_listed_with_its_reason(relay: Relay, town: Town, tmp_path: Path) -> None:
    edits.leave_out(relay, "proryv80", "film", 2, reason="Просили переснять", person="Борис")
    town.has_clip(name="Дина", state=APPROVED)
    queries.set_rules(relay, "proryv80", "film", {"longest": "20"})
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


@pytest.mark.slow
def test_an_unknown_format_is_refused(relay: Relay, town: Town, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no format avid"):
        export(relay, "proryv80", "film", tmp_path / "out", to="avid")


def test_in_mlt_clips_of_one_name_are_two_and_sound_dissolves_too(relay: Relay, town: Town, tmp_path: Path) -> None:
    edits.retitle(relay, "proryv80", "film", 2, who="Анна", town=None, person="Борис")
    made = export(relay, "proryv80", "film", tmp_path / "out", to="mlt")
    root = ElementTree.parse(made.timeline).getroot()
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
        for one in ElementTree.parse(made.timeline).getroot().findall("producer")
    }
    assert (heard["media/001-clip1.mp4"], heard["media/002-clip2.mp4"]) == (None, "2")
    picture = tracks(export(relay, "proryv80", "film", tmp_path / "otio"))[0]
    assert [clip.metadata["relay"].get("sound_stream") for clip in picture.find_clips()] == [None, 2]
    assert OTHER_TRACK in export(relay, "proryv80", "film", tmp_path / "fcp7", to="fcp7").left_out
    assert OTHER_TRACK not in made.left_out


# What is written, without a database


def entry(
    number: int,
    name: str = "",
    town: str = "",
    *,
    seconds: float = 10,
    sound: bool = True,
    called: str | None = None,
    **cut: int,
) -> Entry:
    technical = {"sounds": 3, "audio_index": 2} if number == 3 else {"sounds": 1, "audio_index": 1}
    sha256 = str(number) * 64
    facts = {"duration": seconds, "width": 640, "height": 360, "has_audio": sound, "technical": technical}
    return Entry(
        Segment(almanac_id=1, clip_id=number, position=number, name=called, town=None if called is None else "", **cut),
        Clip(
            id=number,
            campaign_id=1,
            sha256=sha256,
            name=name,
            town=town,
            district="Кировский",
            quote="Письмо",
            origin="family" if number == 1 else "",
            text_author="Бабушка" if number == 1 else "",
        ),
        Inspection(sha256=sha256, bytes=1, **facts),
        Permission(Ground.post),
    )


HOUSE = House(width=1280, height=720, fade=11)


def reel(house: House = HOUSE) -> ExportPlan:
    """Anna speaks from the second second on; a mute clip of nobody; one with three sound tracks; a very short one."""
    entries = [
        entry(1, "Анна", "Мга", first=25, last=200),
        entry(2, sound=False),
        entry(3, "Глеб", "Луга", seconds=3, called="Глеб П."),
        entry(4, "", "Тосно", seconds=0.16),
    ]
    absent = [(Clip(id=5, sha256="", name="Дина", town="Мга", district="Д"), "It is short.", "Борис")]
    return ExportPlan("Голоса", entries, lay_out([exchange._item(one, house) for one in entries], house), house, absent)


def of(range_: otio.opentime.TimeRange) -> str:
    assert {range_.start_time.rate, range_.duration.rate} == {25}
    return f"{range_.start_time.value:g}+{range_.duration.value:g}"


def seen(track: otio.schema.Track) -> list[tuple[object, ...]]:
    told: list[tuple[object, ...]] = []
    for item in track:
        if isinstance(item, otio.schema.Clip):
            marks = [(mark.name, of(mark.marked_range)) for mark in item.markers]
            reference = item.media_reference
            told.append((item.name, of(item.source_range), of(reference.available_range), reference.target_url, marks))
        elif isinstance(item, otio.schema.Transition):
            told.append((item.transition_type, item.in_offset.value, item.out_offset.value))
        else:
            told.append(("gap", of(item.source_range)))
    return told


def test_both_tracks_hold_the_clips_cut_in_the_middle_of_each_dissolve() -> None:
    timeline = exchange._timeline(otio, reel(), ["a", "b", "c", "d"])
    assert (timeline.name, timeline.global_start_time) == ("Голоса", otio.opentime.RationalTime(0, 25))
    pictures, sound = timeline.tracks
    assert [(track.name, track.kind) for track in (pictures, sound)] == [("Video", "Video"), ("Audio", "Audio")]
    anna = ("Анна", "25+169", "0+250", "a", [("Анна, Мга", "25+0")])
    gleb = ("Глеб П.", "5+70", "0+75", "c", [("Глеб П.", "5+0")])
    last = ("clip 4", "0+4", "0+4", "d", [("Тосно", "0+0")])
    dissolve = ("SMPTE_Dissolve", 5, 6)
    assert seen(pictures) == [anna, dissolve, ("clip 2", "5+239", "0+250", "b", []), dissolve, gleb, last]
    assert seen(sound) == [anna, ("gap", "0+239"), gleb, last]
    assert [dict(clip.metadata["relay"]) for clip in pictures.find_clips()] == [
        {"clip": 1, "sha256": "1" * 64, "town": "Мга"},
        {"clip": 2, "sha256": "2" * 64, "town": ""},
        {"clip": 3, "sha256": "3" * 64, "town": "", "sound_stream": 2},
        {"clip": 4, "sha256": "4" * 64, "town": "Тосно"},
    ]
    assert [clip.metadata["cmx_3600"]["reel"] for clip in pictures.find_clips()] == [
        "C0000001", "C0000002", "C0000003", "C0000004",
    ]  # fmt: skip


def written(to: str, folder: Path, *, names: Sequence[str] = ("a.mp4", "b.mp4", "c.mp4", "d.mp4")) -> Path:
    files = [folder / "media" / name for name in names]
    return exchange._write(Target(to), reel(), folder, "proryv80-7", files, str.upper)


@pytest.mark.slow
def test_each_format_has_its_file_and_names_the_videos_in_its_way(tmp_path: Path) -> None:
    made = {to: written(to, tmp_path) for to in ("otio", "fcp7", "edl", "mlt", "folder")}
    assert {to: path.name for to, path in made.items()} == {
        "otio": "proryv80-7.otio",
        "fcp7": "proryv80-7.xml",
        "edl": "proryv80-7-25fps.edl",
        "mlt": "proryv80-7.mlt",
        "folder": "clips.csv",
    }
    assert {path.parent for path in made.values()} == {tmp_path}
    own = otio.adapters.read_from_file(str(made["otio"]))
    assert [clip.media_reference.target_url for clip in own.find_clips()][:4] == [
        "media/a.mp4", "media/b.mp4", "media/c.mp4", "media/d.mp4",
    ]  # fmt: skip
    assert len(own.tracks) == 2
    premiere = ElementTree.parse(made["fcp7"]).getroot()
    assert {one.text for one in premiere.iter("pathurl")} == {
        (tmp_path / "media" / f"{name}.mp4").as_uri() for name in "abcd"
    }
    assert len(list(premiere.iter("clipitem"))) == 7
    edl = made["edl"].read_text()
    assert "TITLE: Голоса" in edl
    assert " A " not in edl
    assert edl.count("C0000003") == 1


def test_mlt_has_the_shape_of_the_film_a_name_for_each_clip_and_sound_that_dissolves(tmp_path: Path) -> None:
    root = ElementTree.parse(written("mlt", tmp_path)).getroot()
    profile = root.find("profile")
    assert profile is not None
    assert profile.attrib.items() >= {
        "frame_rate_num": "25", "width": "1280", "height": "720", "progressive": "1", "colorspace": "709",
        "sample_aspect_num": "1", "sample_aspect_den": "1", "display_aspect_num": "1280", "display_aspect_den": "720",
    }.items()  # fmt: skip
    producers = {
        one.get("id"): (one.findtext("property[@name='resource']"), one.findtext("property[@name='audio_index']"))
        for one in root.findall("producer")
    }
    assert producers.items() >= {
        ("001 Анна", ("media/a.mp4", None)),
        ("002 clip 2", ("media/b.mp4", None)),
        ("003 Глеб П.", ("media/c.mp4", "2")),
        ("003 Глеб П._transition_post", ("media/c.mp4", "2")),
        ("004 clip 4", ("media/d.mp4", None)),
    }
    fades = [
        (one.get("out"), {part.get("name"): part.text for part in one})
        for one in root.findall("tractor/transition")
        if one.findtext("property[@name='mlt_service']") == "mix"
    ]
    words = {"a_track": "0", "b_track": "1", "mlt_service": "mix", "start": "0", "end": "1"}
    assert fades == [("10.0", words)] * 2


def test_tables_have_heads_in_the_reader_s_words_and_every_column(tmp_path: Path) -> None:
    text = written("folder", tmp_path).read_bytes()
    assert text.decode() == (
        "\ufeffNUMBER,FILE,CLIP,NAME,TOWN,DISTRICT,QUOTE,TEXT FROM,WHOSE WORDS,IN,OUT,SHA256\r\n"
        f"1,a.mp4,1,Анна,Мга,Кировский,Письмо,FROM THE FAMILY'S LETTERS OR DIARIES,Бабушка,1.000,8.000,{'1' * 64}\r\n"
        f"2,b.mp4,2,,,Кировский,Письмо,,,0.000,10.000,{'2' * 64}\r\n"
        f"3,c.mp4,3,Глеб П.,,Кировский,Письмо,,,0.000,3.000,{'3' * 64}\r\n"
        f"4,d.mp4,4,,Тосно,Кировский,Письмо,,,0.000,0.160,{'4' * 64}\r\n"
    )
    exchange._write_absent(reel(), tmp_path / "left-out.csv", str.upper)
    assert (tmp_path / "left-out.csv").read_bytes().decode() == (
        "\ufeffCLIP,NAME,TOWN,DISTRICT,REASON,PERSON\r\n5,Дина,Мга,Д,IT IS SHORT.,Борис\r\n"
    )


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_a_cell_begins_with_nothing_that_a_spreadsheet_runs(text: str) -> None:
    assert exchange.safe_cell(text) == f"'{text}"
    assert exchange.safe_cell(f"a{text}") == f"a{text}"
    assert exchange.safe_cell("") == ""


def test_a_file_s_name_has_sixty_letters_and_no_signs_at_its_ends() -> None:
    assert exchange.file_words("a" * 70) == "a" * 60
    assert exchange.file_words("a" * 58 + " - b") == "a" * 58
    assert exchange.file_words(" - Анна,") == "Анна"
    assert exchange.file_words("й") == "й"


def test_only_of_several_sound_tracks_one_is_named() -> None:
    several, one = entry(3), entry(1)
    assert (exchange.sound_stream(several), exchange.sound_stream(one)) == (2, None)
    several.inspection.technical = {"sounds": 2}
    assert exchange.sound_stream(several) is None
    one.inspection.technical = {"audio_index": 1}
    assert exchange.sound_stream(one) is None


@pytest.mark.slow
def test_an_export_is_a_folder_with_everything_in_it(
    relay: Relay, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay.transaction() as session:
        for number, container in ((1, "mov"), (2, "matroska")):
            look = session.get_one(Inspection, town.sha256(number))
            look.technical = (
                {"container": container, "sounds": 2, "audio_index": number}
                if number == 2
                else {"container": container}
            )
    edits.retitle(relay, "proryv80", "film", 2, who="", town="", person="Борис")
    third = town.has_clip(name="Дина", state=APPROVED)
    fourth = town.has_clip(name="Егор", state=APPROVED)
    out = tmp_path / "out"
    edits.place(relay, "proryv80", "film", fourth, person="Борис")
    edits.leave_out(relay, "proryv80", "film", fourth, reason="", person="Вера")
    queries.set_rules(relay, "proryv80", "film", {"longest": "20"})
    out.mkdir()
    names = ["001 Анна, Мга.mp4", "002-clip2.mkv"]
    assert as_json(export(relay, "proryv80", "film", out, to="folder")) == {
        "timeline": str(out / "clips.csv"),
        "media": [str(out / "media" / name) for name in names],
        "frames": 488,
        "left_out": [*exchange.LEFT_OUT],
    }
    assert sorted(path.name for path in out.rglob("*")) == sorted([*names, "clips.csv", "left-out.csv", "media"])
    assert [(row["clip"], row["reason"], row["person"]) for row in rows(out / "left-out.csv")] == [
        (str(third), "It is shorter or longer than the rules allow.", ""),
        (str(fourth), "A person has left it out.", "Вера"),
    ]
    assert (out / "media" / names[0]).samefile(relay.media.local(f"originals/{town.sha256(1)}"))
    assert PICTURES_ONLY in export(relay, "proryv80", "film", tmp_path / "edl", to="edl").left_out

    def no_room(*_words: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    def no_links(*_words: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", no_links)
    copied = export(relay, "proryv80", "film", tmp_path / "copied")
    assert [Path(file).name for file in copied.media] == ["001-clip1.mp4", "002-clip2.mkv"]
    assert [Path(file).read_bytes() for file in copied.media] == ["Анна".encode(), "Глеб".encode()]
    monkeypatch.setattr(shutil, "copyfile", no_room)
    with pytest.raises(DiskFull) as full:
        export(relay, "proryv80", "film", tmp_path / "full")
    assert (str(full.value), full.value.hint) == ("There is no room for the export.", "Choose another disk.")
    monkeypatch.setattr(shutil, "copyfile", no_links)
    with pytest.raises(Refused) as refused:
        export(relay, "proryv80", "film", tmp_path / "locked")
    assert str(refused.value) == f"The folder {tmp_path / 'locked'} can't be written."


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
    almanac = queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        almanac.style = {"width": 320, "height": 180}
        session.add(almanac)
    edits.trim(relay, "proryv80", "film", 3, first=0.4, last=2.0, person="Борис")
    made = export(relay, "proryv80", "film", tmp_path / "out", to="mlt")
    played = tmp_path / "played.mkv"
    melt = [
        shutil.which("melt"),
        made.timeline,
        "-consumer",
        f"avformat:{played}",
        "vcodec=mpeg4",
        "acodec=pcm_s16le",
    ]
    subprocess.run([str(word) for word in melt], check=True, capture_output=True, timeout=120)
    seen = camera.looks_at(played)
    assert len(seen) == made.frames
    # the third clip begins with the frame that it was trimmed to
    assert abs(int(np.median(seen[-1])) - grey(49, seed=3)) <= 4
