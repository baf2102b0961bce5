"""Exports of a whole small film, opened again: each format's file is looked through for what the film holds."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from sqlmodel import select

from relay.almanac.delivery import render
from relay.almanac.delivery.exports import film
from relay.almanac.delivery.exports.carried import FILM_LACKS, FilmPart, Target
from relay.almanac.delivery.exports.film import ExportedFilm, ExportWish
from relay.context import Relay
from relay.errors import DiskFull, Interrupted, Refused
from relay.models import Clip, ClipState, Consent, Event, EventKind
from relay.moderation import withdrawal
from tests.almanac.delivery.exports.filmed import FILM, Studio, whole
from tests.almanac.filming import Camera
from tests.moderation.town import OPENS

pytestmark = pytest.mark.media
MELT = shutil.which("melt")


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one test encoded the next one need not: shots are known by what they show."""
    return tmp_path_factory.mktemp("shots")


@pytest.fixture
def studio(relay: Relay, camera: Camera, shots: Path) -> Iterator[Studio]:
    shutil.copytree(shots, relay.folder("shots"), dirs_exist_ok=True)
    yield whole(relay, camera)
    shutil.copytree(relay.folder("shots"), shots, dirs_exist_ok=True)


def exported(relay: Relay, folder: Path, to: str = "mlt", *, originals: bool = True) -> ExportedFilm:
    wish = ExportWish(to, originals=originals)
    return film.export(relay, *FILM, folder, wish, person="boris")


def alike(camera: Camera, one: Path, other: Path) -> tuple[float, list[float]]:
    """SSIM of two films by ffmpeg: of all frames together, and of each."""
    told = camera.folder / "ssim.txt"
    graph = "[0:v]settb=1/25,setpts=N[a];[1:v]settb=1/25,setpts=N[b];[a][b]ssim=stats_file=ssim.txt"
    words = ["-nostats", "-i", str(one), "-i", str(other), "-lavfi", graph, "-f", "null", "-"]
    done = camera.toolbox.run([camera.toolbox.ffmpeg, *words], folder=camera.folder, reads=[one, other])
    each = [float(found) for found in re.findall(r"All:([\d.]+)", told.read_text())]
    return float(re.findall(r"All:([\d.]+)", done.stderr)[-1]), each


def played(camera: Camera, timeline: str) -> Path:
    target = camera.folder / "played.mkv"
    consumer = f"avformat:{target}"
    words = [str(MELT), timeline, "-consumer", consumer, "vcodec=ffv1", "acodec=pcm_s16le", "pix_fmt=yuv420p"]
    camera.toolbox.run([*words, "real_time=-1"], folder=camera.folder, reads=[Path(timeline).parent])
    return target


@pytest.mark.skipif(MELT is None, reason="melt is not here: apt-get install melt")
def test_melt_plays_the_export_as_the_film_looks_and_sounds(
    relay: Relay, camera: Camera, studio: Studio, tmp_path: Path
) -> None:
    """Title, names, a dissolve, a dip, an upright clip, burned captions, music, a card of each kind."""
    row = render.render(relay, *FILM)
    ours = relay.settings.data_dir / row.file
    made = exported(relay, tmp_path / "out")
    theirs = played(camera, made.timeline)
    together, each = alike(camera, theirs, ours)
    assert len(each) == made.frames == row.frames
    assert together >= 0.98
    assert min(each) >= 0.95
    wanted, heard = camera.loudness(ours).integrated, camera.loudness(theirs).integrated
    assert wanted is not None
    assert heard == pytest.approx(wanted, abs=0.5)


@pytest.mark.skipif(MELT is None, reason="melt is not here: apt-get install melt")
def test_twin_without_its_overlays_the_export_looks_otherwise(
    relay: Relay, camera: Camera, studio: Studio, tmp_path: Path
) -> None:
    row = render.render(relay, *FILM)
    made = exported(relay, tmp_path / "out", originals=False)
    root = ElementTree.parse(made.timeline)
    tractor = root.find("tractor[@id='film']")
    assert tractor is not None
    for transition in list(tractor.findall("transition")):
        if transition.findtext("property[@name='mlt_service']") == "composite":
            tractor.remove(transition)
    for track in list(tractor.findall("track")):
        if str(track.get("producer")).startswith("overlays"):
            track.set("producer", "background")
            track.set("hide", "both")
    bare = tmp_path / "out" / "bare.mlt"
    root.write(bare)
    _together, each = alike(camera, played(camera, str(bare)), relay.settings.data_dir / row.file)
    assert min(each) < 0.95


# --- what each file holds ------------------------------------------------------------------------------------------


def carried(made: ExportedFilm, to: Target) -> set[FilmPart]:
    """What is found in the file that a program opens, by looking."""
    path = Path(made.timeline)
    if to is Target.mlt:
        return _in_mlt(path)
    if to is Target.folder:
        return _in_table(path)
    how = {Target.fcp7: {"adapter_name": "fcp_xml"}, Target.edl: {"adapter_name": "cmx_3600", "rate": 25}}.get(to, {})
    found = otio.adapters.read_from_file(str(path), **how)  # type: ignore[arg-type]
    return _in_timeline(found)


def _parts(files: set[str], marks: set[str]) -> set[FilmPart]:
    kinds = {
        FilmPart.ends: r"pictures/.*(title|credits|ending)",
        FilmPart.cards: r"pictures/.*(chapter|quote|picture)\.",
        FilmPart.framing: r"pictures/.*Борис, Мга\.mp4",
        FilmPart.names: r"overlays/.* name ",
        FilmPart.burned: r"overlays/.* caption ",
        FilmPart.dips: r"overlays/.* dip ",
        FilmPart.loudness: r"sound/.*Анна",
        FilmPart.music: r"sound/music",
    }
    found = {part for part, wanted in kinds.items() if any(re.search(wanted, file) for file in files)}
    if {FilmPart.loudness, FilmPart.music} <= found:
        found.add(FilmPart.sound)
    found |= {FilmPart.chapters} if {"Глава", "Голоса Прорыва"} & marks else set()
    return found | ({FilmPart.captions} if {"Слово к слову", "Word by word"} <= marks else set())


def _in_timeline(timeline: otio.schema.Timeline) -> set[FilmPart]:
    from urllib.parse import unquote

    files = {unquote(clip.media_reference.target_url) for clip in timeline.find_clips()}
    pictures = timeline.video_tracks()[0]
    dissolves = any(isinstance(item, otio.schema.Transition) for item in pictures)
    marks = {marker.name for marker in timeline.tracks.markers}
    return _parts(files, marks) | ({FilmPart.dissolves} if dissolves else set())


def _in_mlt(path: Path) -> set[FilmPart]:
    root = ElementTree.parse(path).getroot()
    files = {one.text or "" for one in root.iter("property") if one.get("name") == "resource"}
    marks = {one.text or "" for one in root.iter("property") if one.get("name") == "text"}
    lumas = [one for one in root.iter("property") if one.text == "luma"]
    return _parts(files, marks) | ({FilmPart.dissolves} if lumas else set())


def _in_table(path: Path) -> set[FilmPart]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    files = {cell for row in rows for cell in row}
    beside = {str(one.relative_to(path.parent)) for one in path.parent.rglob("*.*")}
    said = {text for one in (path.parent / "captions").glob("*.srt") for text in one.read_text("utf-8").splitlines()}
    return _parts((files | beside) - {one for one in beside if " dip " in one}, said)


def sayings(made: ExportedFilm, to: Target) -> set[FilmPart]:
    return {part for part, line in FILM_LACKS[to].items() if line in made.left_out}


@pytest.mark.parametrize("to", list(Target))
def test_what_a_film_holds_is_in_the_file_or_said_to_be_lacking(
    relay: Relay, studio: Studio, tmp_path: Path, to: Target
) -> None:
    made = exported(relay, tmp_path / "out", to)
    everything = set(FilmPart) - {FilmPart.stream, FilmPart.places, FilmPart.limiter}
    there, said = carried(made, to), sayings(made, to)
    assert everything - there <= said
    assert said - {FilmPart.limiter} <= everything - there | {FilmPart.dissolves, FilmPart.dips}
    files = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {str(Path(one).relative_to(tmp_path / "out")) for one in made.media} <= files
    assert Path(made.timeline).name.startswith("Голоса Прорыва - film")
    assert (tmp_path / "out" / "about.txt").read_text("utf-8-sig").startswith("Голоса Прорыва")


def test_opentimelineio_opens_the_film_and_writes_it_again_unchanged(
    relay: Relay, studio: Studio, tmp_path: Path
) -> None:
    made = exported(relay, tmp_path / "out", "otio")
    first = otio.adapters.read_from_file(made.timeline)
    otio.adapters.write_to_file(first, str(tmp_path / "again.otio"))
    assert otio.adapters.read_from_file(str(tmp_path / "again.otio")).is_equivalent_to(first)
    assert {track.duration().to_frames() for track in first.tracks} == {made.frames}
    cards = [clip for clip in first.video_tracks()[0].find_clips() if "generator" in clip.media_references()]
    texts = [clip.media_references()["generator"].parameters["text"] for clip in cards]
    assert [clip.name for clip in cards] == ["title", "chapter", "quote", "picture", "credits", "ending"]
    assert texts[1:3] == ["Глава", "Мы помним всё\nА. Б."]
    names = [clip.media_references()["generator"].parameters for clip in first.video_tracks()[1].find_clips()]
    assert dict(names[0]) == {"text": "Анна Петрова\nМга", "name": "Анна Петрова", "town": "Мга"}
    clip = next(clip for clip in first.find_clips() if clip.name == "Борис")
    assert (tmp_path / "out" / clip.metadata["relay"]["original"]).is_file()


def test_a_card_after_the_last_clip_and_every_language_of_captions_come_along(
    relay: Relay, studio: Studio, tmp_path: Path
) -> None:
    exported(relay, tmp_path / "out", "folder", originals=False)
    captions = sorted(path.name for path in (tmp_path / "out" / "captions").iterdir())
    assert captions == ["en.srt", "en.vtt", "ru.srt", "ru.vtt"]
    assert not (tmp_path / "out" / "originals").exists()


# --- rights, room, an end ------------------------------------------------------------------------------------------


def refuses(relay: Relay, folder: Path) -> str:
    with pytest.raises(Refused) as refused:
        exported(relay, folder)
    assert not folder.exists()
    return str(refused.value)


def test_who_exports_what_is_recorded(relay: Relay, studio: Studio, tmp_path: Path) -> None:
    made = exported(relay, tmp_path / "out", "edl", originals=False)
    with relay.reading() as session:
        row = session.exec(select(Event).where(Event.what == EventKind.exported)).one()
    assert (row.what, row.person) == ("exported", "boris")
    assert row.details == {"to": "edl", "clips": 4, "frames": made.frames, "originals": False}


def test_a_refused_clip_never_goes_out(relay: Relay, studio: Studio, tmp_path: Path) -> None:
    with relay.transaction() as session:
        session.add(Consent(clip_id=2, scope="archive", person="anna", at=OPENS))
    assert "may not be shown in a film" in refuses(relay, tmp_path / "out")
    with relay.transaction() as session:
        clip = session.get_one(Clip, 1)
        clip.state = ClipState.rejected
        session.add(clip)
    assert "is not approved any more" in refuses(relay, tmp_path / "out")


@pytest.mark.parametrize("guarded", [True, False])
def test_a_clip_taken_back_while_the_export_is_made_stops_it(
    relay: Relay, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    """The twin doesn't look again, and the withdrawn video lies in the folder."""
    if not guarded:
        monkeypatch.setattr(film, "check_allowed", lambda *_words: None)
    done: list[int] = []

    def told(_done: int, _total: int, what: str) -> None:
        if what == "sound" and not done:
            done.append(1)
            withdrawal.withdraw(relay, 1, reason="просьба", person="anna")

    wish = ExportWish("mlt")
    if guarded:
        with pytest.raises(Refused, match="may not leave"):
            film.export(relay, *FILM, tmp_path / "out", wish, person="boris", on_progress=told)
        assert not (tmp_path / "out").exists()
    else:
        film.export(relay, *FILM, tmp_path / "out", wish, person="boris", on_progress=told)
        assert (tmp_path / "out" / "originals").is_dir()


def test_a_stopped_export_leaves_nothing(relay: Relay, studio: Studio, tmp_path: Path) -> None:
    def told(done: int, _total: int, _what: str) -> None:
        if done:
            raise Interrupted("Enough.")

    with pytest.raises(Interrupted):
        film.export(relay, *FILM, tmp_path / "out", ExportWish("mlt"), person="boris", on_progress=told)
    assert not (tmp_path / "out").exists()


def test_a_disk_without_room_is_told_before_anything_is_made(
    relay: Relay, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))
    with pytest.raises(DiskFull, match=r"takes about 0\.0 GB, and 0\.0 GB are free"):
        exported(relay, tmp_path / "out")
    assert not (tmp_path / "out").exists()
