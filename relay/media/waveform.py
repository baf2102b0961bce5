"""How loud a clip is along its time, as a small picture for the desk."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 240, 48
"""Pixels: a bar every few of them is what a strip of pictures has room for."""
COLOUR = (0xF2, 0xC9, 0x6B)


def place(looks: Path, sha256: str) -> Path:
    """Where the picture is kept; `looks`: the folder of what is drawn for the desk, which can be drawn again."""
    return looks / f"{sha256}-waves.png"


def png(samples: bytes) -> bytes:
    """`samples`: 16-bit mono. The loudest of each column decides, by its root, so that a low voice is seen too; the
    ground is transparent.
    """
    from PIL import Image

    sound = np.abs(np.frombuffer(samples, "<i2").astype(np.float32)) / 32768
    columns = np.array_split(sound, WIDTH)
    loud = np.sqrt([float(column.max()) if len(column) else 0.0 for column in columns])
    from_middle = np.abs(np.arange(HEIGHT) - (HEIGHT - 1) / 2)[:, None]
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[from_middle < loud * HEIGHT / 2] = (*COLOUR, 255)
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return file.getvalue()
