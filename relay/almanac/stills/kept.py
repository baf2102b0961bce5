"""Stills on disk: drawn when they are first asked for, at most two at a time, and kept.

A still is named by everything that shapes it, so it never goes stale; the oldest ones go.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.renderer import CardImage
from relay.almanac.formats import House
from relay.context import Relay
from relay.errors import Overloaded
from relay.media.files import part_of

SIDES = (270, 360, 540)
"""Pixels of the shorter side that a still may have."""
AT_ONCE, PATIENCE = 2, 25.0
"""Stills that are drawn at a time, and the seconds that one waits for its turn."""
MOST_KEPT, SWEPT = 800, 200
"""Stills that are kept, and how many go at once when there are more."""
QUALITY = 90
_DRAWING = threading.BoundedSemaphore(AT_ONCE)


def still(relay: Relay, words: object, pixels: Callable[[], Pixels]) -> Path:
    """The still of this name, drawn where it is not there yet. Raises Overloaded where too many are wanted at once."""
    key = hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    path = relay.folder("stills") / f"{key}.jpg"
    if path.exists():
        os.utime(path)
        return path
    if not _DRAWING.acquire(timeout=PATIENCE):
        raise Overloaded("Many pictures are being drawn just now.", hint="Load the page again in a moment.")
    try:
        if not path.exists():
            _save(path, pixels())
    finally:
        _DRAWING.release()
    return path


def composed(layers: Sequence[CardImage | Pixels], house: House) -> Pixels:
    from PIL import Image

    canvas = Image.new("RGBA", (house.width, house.height))
    for layer in layers:
        if isinstance(layer, CardImage):
            with Image.open(layer.path) as drawn:
                canvas.alpha_composite(drawn.convert("RGBA"), (layer.x, layer.y))
        else:
            canvas.paste(Image.fromarray(layer))
    return array(canvas.convert("RGB"))


def sheets(ground: CardImage | Pixels, pages: Sequence[CardImage | Pixels], house: House) -> Pixels:
    """Pages on the same ground, one below another."""
    import numpy as np

    return np.concatenate([composed([ground, page], house) for page in pages])


def array(image: Any) -> Pixels:
    """Of a picture of Pillow's."""
    import numpy as np

    return np.asarray(image, np.uint8)


def _save(path: Path, pixels: Pixels) -> None:
    from PIL import Image

    part = part_of(path)
    Image.fromarray(pixels).save(part, format="JPEG", quality=QUALITY, subsampling=0)
    part.replace(path)
    kept = list(path.parent.glob("*.jpg"))
    if len(kept) > MOST_KEPT:
        for old in sorted(kept, key=_used)[:SWEPT]:
            old.unlink(missing_ok=True)


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another one swept it away
        return 0.0
