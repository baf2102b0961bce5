"""Makes the clips of `relay demo`: a dozen residents who tell what their families remember.

Everything is drawn and spoken here, and the same every time: no picture, no recording and no real person is used.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from relay.demo import camera, portraits, scenes, voices
from relay.demo.camera import Sprite, Take
from relay.demo.cast import CAST, ECHOES, Echo, Resident
from relay.media.toolbox import Toolbox
from relay.ports import Progress

if TYPE_CHECKING:
    from PIL import Image

    from relay.demo.voices import Samples

    Portraits = dict[tuple[int, bool], Image.Image]

CAPTIONS = "captions.json"
AT_A_TIME = 2
STANDS = {
    "kitchen": 0.56,
    "classroom": 0.54,
    "embankment": 0.45,
    "birches": 0.48,
    "library": 0.5,
    "street": 0.52,
    "study": 0.42,
}
"""Where in a wide picture the person is, as a part of its width."""


def make_clips(
    toolbox: Toolbox,
    folder: Path,
    *,
    on_progress: Progress | None = None,
    residents: Sequence[Resident] = CAST,
    echoes: Sequence[Echo] = ECHOES,
    speak: bool = True,
) -> list[Path]:
    """Writes the clips and `captions.json` into `folder`; returns the clips' paths.

    captions.json: {file name: {"name", "town", "district", "age", "title", "text", "as": "video" | "clip"}}. The text
    carries no hashtag; who posts it adds the campaign's own. One file is broken and one is another's copy, on purpose.
    Without `speak` everybody hums, as they do where no speech package is installed.
    Raises ToolMissing, ToolFailed, Interrupted or DiskFull.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as made:
        workshop = Path(made)
        words = voices.voices(toolbox, residents, workshop, aloud=speak)
        known = _encoders(toolbox)
        with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="resident") as pool:
            # The longest work first, so that no thread waits for the other at the end.
            order = sorted(residents, key=_effort, reverse=True)
            shots = [pool.submit(_shoot, toolbox, one, words[one.file], workshop, known) for one in order]
            for done, shot in enumerate(as_completed(shots), 1):
                shot.result()
                if on_progress:
                    on_progress(done / len(shots))
        for one in order:
            (workshop / one.file / one.file).replace(folder / one.file)
    for echo in echoes:
        _repeat(echo, folder)
    everybody: list[Resident | Echo] = [*residents, *echoes]
    _write_captions(folder / CAPTIONS, everybody)
    return [folder / one.file for one in everybody]


def caption(one: Resident | Echo) -> dict[str, str | int]:
    """What captions.json says about a file."""
    return {
        "name": one.name,
        "town": one.town,
        "district": one.district,
        "age": one.age,
        "title": one.title,
        "text": one.text,
        "as": one.post if isinstance(one, Resident) else "video",
    }


def _write_captions(path: Path, everybody: Sequence[Resident | Echo]) -> None:
    captions = {one.file: caption(one) for one in everybody}
    path.write_text(json.dumps(captions, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _repeat(echo: Echo, folder: Path) -> None:
    original = (folder / echo.of).read_bytes()
    (folder / echo.file).write_bytes(original[: math.ceil(len(original) * echo.keeps)])


def _effort(one: Resident) -> int:
    return one.shape.width * one.shape.height * one.shape.rate


def _encoders(toolbox: Toolbox) -> frozenset[str]:
    listing = toolbox.run([toolbox.ffmpeg, "-hide_banner", "-encoders"], folder=Path("/")).stdout
    return frozenset(words[1] for line in listing.splitlines() if len(words := line.split()) > 1)


def _shoot(toolbox: Toolbox, one: Resident, words: Samples, workshop: Path, encoders: frozenset[str]) -> None:
    """Draws, records and encodes one resident's clip, in a folder of its own."""
    folder = workshop / one.file
    folder.mkdir()
    frames = voices.frames_for(words, one.shape.rate)
    _record(toolbox, one, words, frames / one.shape.rate, folder / "sound.wav")
    take, faces = _staged(one, frames, folder)
    feed = (faces[look] for look in expressions(one, words, frames))
    toolbox.run(camera.argv(toolbox.ffmpeg, take, encoders), folder=folder, feed=feed)
    if one.shape.turned:
        toolbox.run(camera.turned(toolbox.ffmpeg, take.target, one.file), folder=folder)


def _record(toolbox: Toolbox, one: Resident, words: Samples, seconds: float, wav: Path) -> None:
    if one.shape.silent:
        return
    heard = voices.placed(words, seconds, one.file)
    voices.write_wav(wav, heard)
    voices.write_wav(wav, voices.levelled(heard, voices.loudness(toolbox, wav), one.shape.loudness))


def expressions(one: Resident, words: Samples, frames: int) -> Iterator[tuple[int, bool]]:
    """For each frame how wide the mouth is, and whether the eyes are shut."""
    rate, dice = one.shape.rate, random.Random(one.file)  # noqa: S311 - when somebody blinks
    before = round(voices.LEAD * rate)
    mouths = [0] * before + voices.mouths(words, max(0, frames - before), rate)
    blink, shut = round(dice.uniform(0.6, 1.6) * rate), max(1, round(0.13 * rate))
    for frame in range(frames):
        if frame >= blink + shut:
            blink = frame + round(dice.uniform(1.6, 3.2) * rate)
        yield mouths[frame], blink <= frame < blink + shut


def _staged(one: Resident, frames: int, folder: Path) -> tuple[Take, dict[tuple[int, bool], bytes]]:
    """Draws all layers into `folder`; the head's pictures are returned as bytes to be fed."""
    width, height = one.shape.shown
    x, y, scale = standing(one)
    place = scenes.scene(one.place, width, height, one.file, flipped=one.flipped)
    fore = _foreground(place, portraits.body(one.look, scale), x, y, scale)
    faces, head = _cut_out(portraits.heads(one.look, scale), x, y, scale)
    dice = random.Random(one.town)  # noqa: S311 - how a hand sways
    wide = round(width * 1.06 / 2) * 2
    near = scenes.air(place.air, wide, height, one.file, near=True) if place.open_air else None
    take = Take(
        shape=one.shape,
        frames=frames,
        back=_layer(place.back.convert("RGBA"), folder / "back"),
        air=_layer(scenes.air(place.air, wide, height, one.file), folder / "air"),
        fore=_trimmed(fore, folder / "fore"),
        head=head,
        near=_layer(near, folder / "near") if near else None,
        speed=0.11 if place.air == "snow" else 0.02,
        sway=0.0 if not one.by_hand else 0.006 if height > width else 0.0025,
        phase=dice.uniform(0, 2 * math.pi),
        sound="sound.wav",
        target="sideways.mp4" if one.shape.turned else one.file,
    )
    return take, {expression: picture.tobytes() for expression, picture in faces.items()}


def _cut_out(faces: Portraits, x: float, y: float, scale: float) -> tuple[Portraits, Sprite]:
    """The heads without the empty sheet around them (turning costs by the pixel), and where they go."""
    ox, oy = portraits.HEAD_ORIGIN
    left, top, right, bottom = next(iter(faces.values())).getbbox() or (0, 0, 2, 2)
    room = round(0.04 * (bottom - top))
    box = (left - room, top - room, right + room, bottom + room)
    cut = {expression: picture.crop(box) for expression, picture in faces.items()}
    layer = Sprite("", box[2] - box[0], box[3] - box[1], round(x - ox * scale) + box[0], round(y - oy * scale) + box[1])
    return cut, layer


def standing(one: Resident) -> tuple[float, float, float]:
    """Where the point between the eyes is, in pixels, and how many pixels a unit of the portrait has."""
    width, height = one.shape.shown
    unit, upright = min(width, height) / scenes.SHORTER, height >= width
    size = (1.2 if height > width else 1.08 if upright else 1.0) * (0.92 if one.look.age == "child" else 1.0)
    across = 0.5 if upright else STANDS[one.place]
    x = width * (1 - across if one.flipped else across)
    y = height * (0.44 if height > width else 0.38 if one.look.held else 0.42)
    if one.look.age == "child":
        y += height * 0.03
    return x, y, unit * size


def _foreground(place: scenes.Scene, person: Image.Image, x: float, y: float, scale: float) -> Image.Image:
    """The room before the window, and the person in it, on one sheet."""
    from PIL import Image

    sheet = place.front or Image.new("RGBA", place.back.size)
    ox, oy = portraits.BODY_ORIGIN
    left, top = round(x - ox * scale), round(y - oy * scale)
    inside = person.crop((max(0, -left), max(0, -top), sheet.width - left, sheet.height - top))
    sheet.alpha_composite(inside, dest=(max(0, left), max(0, top)))
    return sheet


def _trimmed(sheet: Image.Image, file: Path) -> Sprite:
    """A layer without the empty part of its sheet. It begins at even pixels, as the colours of the film do."""
    left, top, right, bottom = sheet.getbbox() or (0, 0, 2, 2)
    left, top = left // 2 * 2, top // 2 * 2
    return replace(_layer(sheet.crop((left, top, right, bottom)), file), x=left, y=top)


def _layer(picture: Image.Image, file: Path) -> Sprite:
    file.write_bytes(picture.tobytes())
    return Sprite(file.name, picture.width, picture.height)
