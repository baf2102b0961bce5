from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from relay.media.waveform import HEIGHT, WIDTH, png


def bars(samples: np.ndarray) -> np.ndarray:
    """How much of each column is filled, 0 to 1."""
    picture = np.asarray(Image.open(BytesIO(png(samples.astype("<i2").tobytes()))))
    assert picture.shape == (HEIGHT, WIDTH, 4)
    return (picture[..., 3] > 0).mean(axis=0)


def test_what_is_loud_is_high_and_silence_is_empty() -> None:
    found = bars(np.concatenate([np.zeros(8000), np.full(8000, -32768)]))
    assert found[: WIDTH // 2 - 1].max() == 0
    assert found[WIDTH // 2 + 1 :].min() == 1


def test_a_low_voice_is_seen() -> None:
    assert bars(np.full(8000, 32768 // 16)).min() == 0.25


def test_a_sound_of_no_length_is_silence() -> None:
    assert bars(np.zeros(0)).max() == 0
