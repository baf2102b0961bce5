"""Films with all that they can have besides clips, made by real ffmpeg and read back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pysubs2
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlmodel import select

from relay.almanac import formats
from relay.almanac.assets import cards, music, pictures, styles
from relay.almanac.assets.styles import Change
from relay.almanac.captions import store as captions
from relay.almanac.cards.people import Person
from relay.almanac.cards.themes import Transition, theme
from relay.almanac.delivery import render
from relay.almanac.film import ffmpeg
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Script, Subclip, Words, draw_up
from relay.almanac.film.encoder import make_film
from relay.almanac.film.ffmpeg import Composition, Hold, ShotPart, Still, View
from relay.almanac.film.footage import Footage
from relay.almanac.film.timeline import ItemKind, Span
from relay.almanac.formats import House
from relay.context import Relay
from relay.errors import Refused
from relay.media import faces
from relay.media.toolbox import Toolbox
from relay.models import Render
from tests.almanac.delivery.test_render import Residents
from tests.almanac.filming import SMALL, Camera, smaller

pytestmark = pytest.mark.media

SRT = "1\n00:00:00,200 --> 00:00:01,600\nЛёд трещал.\n\n2\n00:00:02,000 --> 00:00:04,000\nМы ехали молча.\n"


@pytest.fixture
def residents(relay: Relay, camera: Camera) -> Residents:
    return Residents(relay, camera)


def told(camera: Camera, *words: str) -> str:
    """What ffmpeg writes to stdout."""
    argv = [camera.toolbox.ffmpeg, "-v", "error", *words]
    files = [Path(word) for word in words if word.startswith("/")]
    return camera.toolbox.run(argv, folder=camera.folder, reads=files).stdout


def styled(relay: Relay, **words: Any) -> None:
    styles.change(relay, "proryv80", "film", Change(**words), person="boris")


def sound(camera: Camera, name: str, graph: str, seconds: float = 20) -> Path:
    path = camera.folder / name
    told(camera, "-f", "lavfi", "-i", f"{graph}:duration={seconds}", "-y", str(path))
    return path


def test_chapters_captions_and_poster_are_in_and_beside_the_film(
    relay: Relay, residents: Residents, camera: Camera, reading: list[Path], tmp_path: Path
) -> None:
    first, second = residents.film("Анна", reading[0]), residents.film("Борис", reading[1])
    residents.plan()
    file = tmp_path / "b.srt"
    file.write_text(SRT)
    captions.from_file(relay, second, file, language="ru", person="anna")
    file.write_text(SRT.replace("Лёд трещал", "The ice cracked").replace("Мы ехали молча", "We drove on"))
    captions.from_file(relay, second, file, language="en", person="anna")
    words = {"title": "Дорога = жизни; #1"}
    cards.add(relay, "proryv80", "film", "chapter", words=words, before=second, person="boris")
    styled(relay, theme="paper", captions=("ru", "en"))
    row = render.render(relay, "proryv80", "film")
    film = relay.settings.data_dir / row.file
    manifest = json.loads((relay.settings.data_dir / row.manifest).read_text())
    start = manifest["clips"][1]["film"]["from_seconds"]

    found = told(camera, "-i", str(film), "-f", "ffmetadata", "-")
    assert re.findall(r"title=(.*)", found)[1:] == [
        "Прорыв. Голоса памяти",
        r"Дорога \= жизни\; \#1",
        "В фильме участвовали",
    ]
    assert [chapter["title"] for chapter in manifest["chapters"]][1] == "Дорога = жизни; #1"
    chapter = manifest["chapters"][1]["from_seconds"]
    assert manifest["clips"][0]["film"]["to_seconds"] - 1 <= chapter < start

    for number, (language, text) in enumerate((("ru", "Лёд трещал."), ("en", "The ice cracked."))):
        read = pysubs2.SSAFile.from_string(told(camera, "-i", str(film), "-map", f"0:s:{number}", "-f", "srt", "-"))
        beside = pysubs2.load(str(film.with_suffix(f".{language}.vtt")))
        for cues in (read, beside, pysubs2.load(str(film.with_suffix(f".{language}.srt")))):
            assert cues[0].plaintext == text
            assert cues[0].end / 1000 == pytest.approx(start + 1.6, abs=0.05)
            assert cues[1].start / 1000 == pytest.approx(start + 2.0, abs=0.05)
            assert cues[1].end / 1000 == pytest.approx(start + 4.0, abs=0.05)
    said = camera.toolbox.run([camera.toolbox.ffmpeg, "-i", str(film)], folder=camera.folder, reads=[film], check=False)
    assert re.findall(r"Stream #0:\d\[\w+\]\((\w+)\): Subtitle", said.stderr) == ["rus", "eng"]
    with Image.open(relay.settings.data_dir / row.poster) as poster:
        assert poster.size == (320, 180)
    assert manifest["clips"][0]["clip"] == first


def test_one_film_can_have_another_format(
    relay: Relay, residents: Residents, camera: Camera, reading: list[Path]
) -> None:
    residents.film("Анна", reading[0])
    residents.film("Борис", reading[1])
    residents.plan()
    wide = render.render(relay, "proryv80", "film")
    upright = render.render(relay, "proryv80", "film", request=formats.request(formats.read("9:16", "360", 30, -23.0)))
    assert (upright.version, upright.format, upright.fps) == (2, "9:16 360p 30 fps -23 LUFS", 30)
    assert upright.file == "almanacs/proryv80_film-9x16-360p-30fps-23lufs-v2.mp4"
    assert upright.loudness == pytest.approx(-23, abs=0.5)
    assert upright.frames / 30 == pytest.approx(wide.frames / 25, abs=0.2)
    seen = camera.looks_at(relay.settings.data_dir / upright.file, size=(90, 160))
    assert len(seen) == upright.frames
    with relay.reading() as session:
        assert session.exec(select(Render.format).order_by(Render.version)).all() == ["", upright.format]  # type: ignore[arg-type]


def test_a_preview_has_the_shape_of_the_film(
    relay: Relay, residents: Residents, camera: Camera, reading: list[Path]
) -> None:
    residents.film("Анна", reading[0])
    residents.plan(width=360, height=640)
    path = render.preview(relay, "proryv80", "film")
    said = camera.toolbox.run([camera.toolbox.ffmpeg, "-i", str(path)], folder=camera.folder, reads=[path], check=False)
    assert "360x640" in said.stderr


def test_a_dip_goes_through_its_colour_and_a_cut_through_nothing(
    camera: Camera, reading: list[Path], tmp_path: Path
) -> None:
    look = theme("paper")
    takes = [
        camera.take(reading[0], ""),
        Subclip(camera.footage(reading[1]), reading[1], camera.take(reading[1]).person, into=Transition.dip),
        Subclip(camera.footage(reading[2]), reading[2], camera.take(reading[2]).person, into=Transition.cut),
    ]
    cut = draw_up(takes, Words(), SMALL, tmp_path / "cards", credits=False, script=Script(theme=look))
    film = make_film(cut, toolbox=camera.toolbox, cache=tmp_path / "shots", target=tmp_path / "film.mp4")
    assert cut.timeline.fades == (16, 0)  # a third of the shorter clip, and nothing
    seen = camera.looks_at(film.path).mean(axis=(1, 2))
    middle = cut.timeline.starts[1] + 8
    paper = 0.2126 * look.dip[0] + 0.7152 * look.dip[1] + 0.0722 * look.dip[2]
    assert seen[middle] == pytest.approx(16 + paper * 219 / 255, abs=4)
    before, after = seen[cut.timeline.starts[2] - 1], seen[cut.timeline.starts[2]]
    assert abs(before - after) > 3


def test_burned_captions_are_there_while_they_are_said(camera: Camera, reading: list[Path], tmp_path: Path) -> None:
    take = Subclip(
        camera.footage(reading[1]), reading[1], Person(""),
        captions={"ru": [Cue(2.0, 3.0, "Мы ехали")]},
    )  # fmt: skip
    script = Script(burn="ru", tracks=("ru",))
    cut = draw_up([take], Words(), SMALL, tmp_path / "cards", credits=False, script=script)
    film = make_film(cut, toolbox=camera.toolbox, cache=tmp_path / "shots", target=tmp_path / "film.mp4")
    letters = camera.looks_at(film.path).astype(float).std(axis=(1, 2))  # a frame of the clip is one grey
    assert letters[50:75].min() > 5
    assert max(letters[:50].max(), letters[75:].max()) < 2
    assert cut.cues["ru"] == (Cue(2.0, 3.0, "Мы ехали"),)


def test_music_gives_way_to_voices_and_the_film_keeps_its_loudness(
    relay: Relay, residents: Residents, camera: Camera
) -> None:
    """A voice of 440 Hz, music of 3 kHz: how loud the music is where, is told by its frequency."""
    path = camera.films("speaker", frames=250, seed=1, loud=-20)
    residents.film("Анна", path)
    residents.plan(title_seconds=6, end_seconds=6, page_seconds=3)
    tune = sound(camera, "tune.flac", "sine=frequency=3000")
    row = music.add(relay, "proryv80", tune, title="Время", author="Г. Свиридов", cleared="Договор № 12", person="anna")
    styled(relay, music=str(row.id))
    made = render.render(relay, "proryv80", "film")
    film = relay.settings.data_dir / made.file
    assert made.loudness == pytest.approx(-16, abs=0.5)
    found = camera.loudness(film)
    assert found.integrated == pytest.approx(-16, abs=0.5)
    assert found.peak is not None
    assert found.peak <= -1
    heard, manifest = camera.hears(film), json.loads((relay.settings.data_dir / made.manifest).read_text())
    start, end = (manifest["clips"][0]["film"][key] for key in ("from_seconds", "to_seconds"))
    opened, ducked = tone(heard, 3.0), tone(heard, (start + end) / 2)
    assert opened - ducked == pytest.approx(15, abs=2)
    assert tone(heard, start + 0.6) - ducked < 2, "down as soon as the voice is there"
    assert opened - tone(heard, len(heard) / 48000 - 0.3) > 10, "faded out at the end"
    assert manifest["music"]["cleared"] == "Договор № 12"


def tone(heard: NDArray[np.float32], at: float, frequency: float = 3000.0) -> float:
    """dB of a frequency around a moment, over a fifth of a second."""
    part = heard[int((at - 0.1) * 48000) : int((at + 0.1) * 48000), 0]
    turning = np.exp(-2j * np.pi * frequency * np.arange(len(part)) / 48000) * np.hanning(len(part))
    return float(20 * np.log10(abs((part * turning).mean()) + 1e-9))


def test_music_without_its_words_is_refused(relay: Relay, residents: Residents, camera: Camera, tmp_path: Path) -> None:
    tune = sound(camera, "tune.mp3", "sine=frequency=500")
    with pytest.raises(Refused, match="only with the licence"):
        music.add(relay, "proryv80", tune, title="Время", person="anna")
    lying = tmp_path / "lying.mp3"
    lying.write_bytes(b"ID3" + "Это письмо, а не песня.\n".encode() * 9)
    for path in (lying, sound(camera, "short.wav", "sine=frequency=500", 1)):
        with pytest.raises(Refused, match=rf"^{path.name} is"):
            music.add(relay, "proryv80", path, title="x", cleared="y", person="anna")
    assert music.listing(relay, "proryv80") == []
    kept = music.add(relay, "proryv80", tune, title="Время", cleared="CC BY 4.0", person="anna")
    assert kept.seconds == pytest.approx(20, abs=0.1)
    assert relay.media.has(f"music/{kept.sha256}")
    with pytest.raises(Refused, match="already: number 1"):
        music.add(relay, "proryv80", tune, title="Время", cleared="CC BY 4.0", person="anna")
    assert list(relay.folder("incoming").iterdir()) == []


def test_an_archive_picture_stands_in_the_film_with_its_source(
    relay: Relay, residents: Residents, camera: Camera, reading: list[Path], tmp_path: Path
) -> None:
    clip = residents.film("Анна", reading[0])
    residents.plan()
    Image.new("RGB", (320, 180), (250, 250, 250)).save(tmp_path / "a.jpg")
    with pytest.raises(Refused, match="says where it is from"):
        pictures.add(relay, "proryv80", tmp_path / "a.jpg", source=" ", person="anna")
    row = pictures.add(relay, "proryv80", tmp_path / "a.jpg", source="ЦГАКФФД", title="Полуторка", person="anna")
    cards.add(relay, "proryv80", "film", "picture", words={}, before=clip, picture=row.id, seconds=3, person="boris")
    made = render.render(relay, "proryv80", "film")
    seen = camera.looks_at(relay.settings.data_dir / made.file).astype(float)
    inside = seen[25 + 20]
    assert inside[10:60].mean() > 225, "the picture fills the frame"
    assert inside[-6:].mean() < 140, "darkness under the words"
    relay.media.delete(f"pictures/{row.sha256}")
    with pytest.raises(Refused, match=f"file of picture {row.id} is missing"):
        render.render(relay, "proryv80", "film")


# --- motion -------------------------------------------------------------------------------------------------------


def shown(
    toolbox: Toolbox, look: Composition, parts: list[ShotPart], house: House, source: Path, folder: Path
) -> NDArray[np.uint8]:
    """Luma of the frames of all parts, made in one take."""
    pictures = {look.source.sha256: str(source)}
    argv = ffmpeg.take_argv(toolbox.ffmpeg, look, parts, house, source=str(source), pictures=pictures)
    toolbox.run(argv, folder=folder, reads=[source])
    size = house.width * house.height
    return np.concatenate(
        [np.fromfile(folder / part.file, np.uint8).reshape(-1, size * 3 // 2)[:, :size] for part in parts]
    ).reshape(-1, house.height, house.width)


def star(path: Path, size: tuple[int, int], x: float, y: float) -> Path:
    """A soft white spot on black."""
    across, down = np.arange(size[0]) - x, np.arange(size[1]) - y
    light = 230 * np.exp(-(across[None, :] ** 2 + down[:, None] ** 2) / (2 * 6.0**2))
    Image.fromarray(np.repeat(light[..., None], 3, axis=2).astype(np.uint8)).save(path)
    return path


def middle(frame: NDArray[np.uint8]) -> tuple[float, float]:
    light = np.clip(frame.astype(float) - 20, 0, None)
    whole = light.sum()
    return float((light.sum(axis=0) * np.arange(light.shape[1])).sum() / whole), float(
        (light.sum(axis=1) * np.arange(light.shape[0])).sum() / whole
    )


def test_the_camera_moves_over_a_picture_without_shaking(toolbox: Toolbox, tmp_path: Path) -> None:
    """Nine seconds for thirty pixels: by whole pixels it would stand for seven frames and then jump."""
    house, frames = House(width=640, height=360), 225
    source = star(tmp_path / "star.png", (640, 360), 140, 270)
    look = Composition(Still("star"), frames, motion=(View(0.5, 0.5, 1.0), View(0.515, 0.48, 1.1)))
    seen = shown(toolbox, look, [ShotPart(Span(0, frames), raw=True)], house, source, tmp_path)
    places = np.array([middle(frame) for frame in seen])
    steps = np.diff(places, axis=0)
    assert abs(places[-1] - places[0]).max() > 20
    share = np.linspace(0, 1, frames)[:, None]
    zoom, aim = 1 + 0.1 * share, np.array([0.5, 0.5]) + share * [0.015, -0.02]
    wanted = (np.array([140, 270]) - aim * [640, 360]) * zoom + [320, 180]
    assert abs(places - wanted).max() < 0.6
    assert abs(steps - steps.mean(axis=0)).max() < 0.06, "every frame moves as far as the one before"


def test_a_move_in_pieces_is_the_same_move(toolbox: Toolbox, tmp_path: Path) -> None:
    house = House(width=320, height=180)
    source = star(tmp_path / "star.png", (320, 180), 250, 45)
    look = Composition(Still("star"), 60, motion=(View(0.5, 0.5, 1.0), View(0.51, 0.49, 1.1)))
    whole = shown(toolbox, look, [ShotPart(Span(0, 60), raw=True)], house, source, tmp_path)
    for first, last in ((0, 25), (25, 60), (48, 60)):
        part = shown(toolbox, look, [ShotPart(Span(first, last), raw=True)], house, source, tmp_path)
        assert np.array_equal(part, whole[first:last])


def test_the_frame_holds_follows_and_holds(camera: Camera, tmp_path: Path) -> None:
    """A wide clip whose columns can be told apart by their grey, cut to an upright frame."""
    house = House(width=90, height=160)

    def picture(_number: int) -> NDArray[np.uint8]:
        luma = np.tile(np.linspace(40, 220, 320).astype(np.uint8), (180, 1))
        return np.concatenate([luma.ravel(), np.full(320 * 90, 128, np.uint8)])

    path = camera.films("wide", frames=100, picture=picture, sound=0)
    source = camera.footage(path)
    look = Composition(source, 100, framing=(Hold(0, 0.25), Hold(60, 0.75, 30)))
    seen = shown(camera.toolbox, look, [ShotPart(Span(0, 100), raw=True)], house, path, tmp_path)
    at = seen[:, 80, 45].astype(float)
    assert at[:30].std() < 0.5
    assert at[0] == pytest.approx(40 + 180 * 0.25, abs=4)
    assert at[60:].std() < 0.5
    assert at[99] == pytest.approx(40 + 180 * 0.75, abs=4)
    assert (np.diff(at[30:61]) >= -1).all()
    piece = shown(camera.toolbox, look, [ShotPart(Span(40, 50), raw=True)], house, path, tmp_path)
    assert np.array_equal(piece, seen[40:50])


def test_faces_are_found_where_there_are_some(toolbox: Toolbox, shared: Path, tmp_path: Path) -> None:
    if not faces.available():
        pytest.skip("the extra faces is not installed")
    woman, door = shared / "corpus" / "media" / "people" / "d3.mp4", shared / "corpus" / "film" / "05_real_480p.mp4"
    if not woman.exists():
        pytest.skip("no people in the shared corpus")
    found = faces.find(toolbox, woman, tmp_path, width=512, height=512, seconds=6)
    seen = {at for at, *_ in found["faces"]}
    assert len(seen) >= 0.8 * len(found["moments"]) > 8
    assert all(0.3 < x + width / 2 < 0.7 for _, x, _, width, _ in found["faces"])
    assert faces.find(toolbox, door, tmp_path, width=640, height=480, seconds=4)["faces"] == []


def test_without_the_extra_the_whole_picture_is_shown(
    relay: Relay, residents: Residents, reading: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    residents.film("Анна", reading[0])
    residents.plan(width=180, height=320)
    monkeypatch.setattr(faces, "available", lambda: False)
    cut = render.drawn(relay, "proryv80", "film")
    assert all(look.framing == () for look in cut.compositions)
    assert [item.kind for item in cut.timeline.items].count(ItemKind.clip) == 1
    assert isinstance(cut.compositions[cut.clips[0]].source, Footage)
    assert smaller(SMALL) == SMALL
