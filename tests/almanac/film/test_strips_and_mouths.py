"""Names over people who speak, in films that were really made: faces are looked for anew in what came out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from relay.almanac.cards.people import Person
from relay.almanac.cards.places import Box, touched
from relay.almanac.film.cut import Cut, Subclip, alone
from relay.almanac.film.encoder import shoot_ahead
from relay.almanac.film.footage import Footage
from relay.almanac.film.framing import NO_FACES, Face, FacesSeen
from relay.almanac.film.mouths import looks_of
from relay.almanac.film.needs import FilmNeeds
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.formats import House
from relay.media import faces
from relay.media.files import file_sha256
from relay.media.toolbox import Toolbox

pytestmark = [pytest.mark.media, pytest.mark.slow]

LONG = Person("Константин Константинович Константинопольский", "деревня Большие Гнилуши")
SPEAKERS = {"d10.mp4": (512, 512), "s18.mp4": (1280, 720)}


def seen_in(toolbox: Toolbox, path: Path, folder: Path, width: int, height: int) -> FacesSeen:
    told = faces.find(toolbox, path, folder, width=width, height=height, seconds=5)
    return FacesSeen(tuple(told["moments"]), tuple(Face(*face) for face in told["faces"]))


def covered(made: Cut, toolbox: Toolbox, folder: Path) -> tuple[int, int]:
    """In how many looks at the finished shot the strip meets a mouth, and at how many a face was found."""
    house, layer = made.house, made.compositions[1].layer
    assert layer is not None
    shoot_ahead(made, toolbox=toolbox, cache=folder)
    needs = FilmNeeds(made, ShotCache(folder), toolbox.ffmpeg_version)
    key = next(key for shot, key in zip(made.timeline.shots, needs.keys, strict=True) if shot.kind == "lower third")
    shot = ShotCache(folder).shot(key)
    found = seen_in(toolbox, shot, folder, house.width, house.height)
    looks = looks_of(found, Footage("shot", house.width, house.height, 5), (), 0, layer.span.frames, house)
    with Image.open(made.files[layer.sha256]) as strip:
        box = Box(layer.x, layer.y, *strip.size)
    return touched([look.mouths for look in looks], box), len(looks)


@pytest.mark.parametrize("shape", [(640, 360), (360, 640), (480, 480)])
@pytest.mark.parametrize("speaker", SPEAKERS)
def test_no_name_lies_over_a_mouth(shared: Path, tmp_path: Path, speaker: str, shape: tuple[int, int]) -> None:
    clip, size = shared / "corpus" / "media" / "people" / speaker, SPEAKERS[speaker]
    if not faces.available() or not clip.exists():
        pytest.skip("no search for faces, or nobody in the shared corpus")
    toolbox, house = Toolbox(), House(width=shape[0], height=shape[1], preset="ultrafast")
    known = seen_in(toolbox, clip, tmp_path, *size)
    footage = Footage(file_sha256(clip), *size, 9, container="mov", matrix="bt709")
    subclip = Subclip(footage, clip, LONG, 0, 110, faces=known)
    touches, looks = covered(alone(subclip, house, tmp_path / "cards"), toolbox, tmp_path)
    assert (touches, looks > 0) == (0, True)


def test_twin_without_looking_for_faces_a_name_does(shared: Path, tmp_path: Path) -> None:
    clip = shared / "corpus" / "media" / "people" / "d10.mp4"
    if not faces.available() or not clip.exists():
        pytest.skip("no search for faces, or nobody in the shared corpus")
    house = House(width=480, height=480, preset="ultrafast")
    subclip = Subclip(Footage(file_sha256(clip), 512, 512, 9, container="mov", matrix="bt709"), clip, LONG, 0, 110)
    assert subclip.faces == NO_FACES
    touches, looks = covered(alone(subclip, house, tmp_path / "cards"), Toolbox(), tmp_path)
    assert touches >= looks / 2 > 0
