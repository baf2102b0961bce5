from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from relay.almanac.delivery import remarks, sign_off
from relay.almanac.delivery.reviewing.drawing import Stroke, Tool
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound
from relay.media.toolbox import Toolbox
from relay.models import ClipState
from relay.moderation.withdrawal import withdraw
from tests.almanac.cinema import has_version
from tests.moderation.town import Town

pytestmark = pytest.mark.media

FILM = ("proryv80", "film")
DOT = (Stroke(Tool.pen, ((0.5, 0.5),)),)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of red, then one of blue."""
    toolbox, folder = Toolbox(), tmp_path_factory.mktemp("footage")
    colours = ["-f", "lavfi", "-i", "color=red:size=640x360:rate=25:duration=1"]
    colours += ["-f", "lavfi", "-i", "color=blue:size=640x360:rate=25:duration=1"]
    joined = ["-filter_complex", "concat=n=2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "film.mp4"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *colours, *joined], folder=folder)
    return (folder / "film.mp4").read_bytes()


@pytest.fixture
def town(relay: Relay, footage: bytes) -> Town:
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay, content=footage, each=25)
    return town


def colour(path: Path) -> tuple[int, ...]:
    with Image.open(path) as image:
        assert image.size == (480, 270)
        return tuple(round(value / 64) for value in image.convert("RGB").getpixel((240, 135)))  # type: ignore[union-attr]


def test_the_still_is_the_frame_that_was_drawn_over(relay: Relay, town: Town) -> None:
    red, blue = (remarks.add(relay, *FILM, 1, "x", seconds=at, strokes=DOT, person="Борис") for at in (0.96, 1.0))
    assert colour(remarks.still(relay, *FILM, red)) == (4, 0, 0)
    assert colour(remarks.still(relay, *FILM, blue)) == (0, 0, 4)
    assert remarks.still(relay, *FILM, red) == remarks.still(relay, *FILM, red), "cut out once"
    assert len(list((relay.settings.data_dir / "almanacs" / "stills").iterdir())) == 2


def test_there_is_none_without_a_drawing_or_of_another_link(relay: Relay, town: Town) -> None:
    plain = remarks.add(relay, *FILM, 1, "x", seconds=1.0, person="Борис")
    drawn = remarks.add(relay, *FILM, 1, "x", seconds=1.0, strokes=DOT, person="Борис")
    asked = sign_off.ask(relay, *FILM, to="Глава", person="Борис")
    sign_off.remark(relay, asked.secret, "x", seconds=1.0, strokes=DOT)
    assert colour(sign_off.still(relay, asked.secret, drawn + 1)) == (0, 0, 4)
    for look in (
        lambda: remarks.still(relay, *FILM, plain),
        lambda: remarks.still(relay, *FILM, 99),
        lambda: sign_off.still(relay, asked.secret, drawn),
        lambda: sign_off.still(relay, "forged", drawn + 1),
    ):
        with pytest.raises(NotFound):
            look()


def test_whoever_took_their_video_back_is_on_no_still(relay: Relay, town: Town) -> None:
    anna, gleb = (remarks.add(relay, *FILM, 1, "x", seconds=at, strokes=DOT, person="Борис") for at in (0.5, 1.5))
    remarks.still(relay, *FILM, anna)
    withdraw(relay, 1, reason="asked", person="Ольга")
    with pytest.raises(NotFound):
        remarks.still(relay, *FILM, anna)
    assert colour(remarks.still(relay, *FILM, gleb)) == (0, 0, 4)
