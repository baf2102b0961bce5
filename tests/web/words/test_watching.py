"""What is told of a film that is being made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relay.almanac.delivery.watching.watch import WatchView
from relay.web.words import watching

HALF = WatchView(180.0, [1.0, 80.4, 180.0], "110", 80.4, "avc1.640029", settled=False, louder=0.0)


def test_how_far_it_is():
    assert watching.how_far(None) == watching.how_far(replace(HALF, made="011", until=0.0)) == watching.BEGINNING
    assert watching.how_far(HALF) == "Made up to 1:20 of 3:00."
    assert watching.how_far(replace(HALF, made="111", until=180.0)) == watching.ALL


@pytest.mark.parametrize(
    ("louder", "said"),
    [(0.0, watching.OWN_SOUND), (0.05, watching.OWN_SOUND), (0.5, "0.5 dB louder"), (-1.5, "1.5 dB quieter")],
)
def test_what_is_heard(louder, said):
    assert watching.sound(None) == ""
    assert watching.sound(HALF) == watching.FIRST_SOUND
    assert said in watching.sound(replace(HALF, settled=True, louder=louder))


@pytest.mark.slow
def test_what_is_ready():
    assert watching.ready("film", 7) == "Version 7 is ready."
    assert watching.ready("preview", None) == "The preview is ready."
