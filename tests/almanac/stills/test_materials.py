from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from relay.almanac.assets import emblems, pictures
from relay.almanac.stills import materials
from relay.context import Relay
from tests.almanac.assets.film import has_film

pytestmark = pytest.mark.slow


def test_a_large_scan_becomes_small(relay: Relay, tmp_path: Path):
    has_film(relay)
    path = tmp_path / "scan.jpg"
    Image.new("RGB", (3000, 2000), (90, 80, 70)).save(path)
    row = pictures.add(relay, "proryv80", path, source="x", person="b")
    with Image.open(materials.of_picture(relay, "proryv80", row.id or 0)) as small:
        assert max(small.size) == 540
        assert small.size[0] / small.size[1] == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(("colour", "light"), [((10, 10, 12), True), ((250, 250, 250), False)])
def test_an_emblem_lies_on_paper_on_which_it_is_seen(relay: Relay, tmp_path: Path, colour, light: bool):
    has_film(relay)
    pixels = np.zeros((200, 200, 4), np.uint8)
    pixels[:, :100] = (*colour, 255)
    pixels[0, 199] = (*colour, 255)
    path = tmp_path / "sign.png"
    Image.fromarray(pixels).save(path)
    row = emblems.add(relay, "proryv80", path, person="b")
    with Image.open(materials.of_emblem(relay, "proryv80", row.id or 0)) as small:
        drawn = np.asarray(small.convert("RGB")).astype(int)
    assert drawn.shape == (200, 200, 3)
    assert (drawn[150, 190].mean() > 200) is np.bool_(light)
    assert np.abs(drawn[100, 40] - colour).max() < 12, "the sign itself lies on it"
