"""Looks for faces in bare grey frames with OpenCV's Haar cascades. A program of its own, started by faces.py only.

argv[1], JSON: {"path", "width", "height", "a_second"}. stdout, JSON: {"moments", "faces"} as in faces.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

NEIGHBOURS, STEP = 6, 1.1
LEAST = 0.07
"""Of the frame's shorter side: what is smaller is somebody in the background."""


def main() -> None:
    sys.stdout.write(json.dumps(find_faces(json.loads(sys.argv[1]))) + "\n")


def find_faces(job: dict[str, Any]) -> dict[str, object]:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    folder = Path(str(cv2.__file__)).parent / "data"
    cascades = [
        cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml")) for name in ("frontalface_alt2", "profileface")
    ]
    width, height = job["width"], job["height"]
    frames = np.fromfile(job["path"], np.uint8)
    frames = frames[: len(frames) // (width * height) * width * height].reshape(-1, height, width)
    least = max(24, round(min(width, height) * LEAST))
    moments, faces = [], []
    for number, frame in enumerate(frames):
        at = number / job["a_second"]
        moments.append(at)
        even = cv2.equalizeHist(frame)
        for x, y, wide, high in _boxes(cascades, even, least):
            box = (x / width, y / height, wide / width, high / height)
            faces.append([at, *(round(float(part), 4) for part in box)])
    return {"moments": moments, "faces": faces}


def _boxes(cascades: list[Any], frame: Any, least: int) -> list[Any]:
    """Faces seen from the front; only where there is none, from either side."""
    front, profile = cascades
    found = list(front.detectMultiScale(frame, STEP, NEIGHBOURS, minSize=(least, least)))
    if found:
        return found
    width = frame.shape[1]
    left = list(profile.detectMultiScale(frame, STEP, NEIGHBOURS, minSize=(least, least)))
    mirrored = frame[:, ::-1].copy()
    right = profile.detectMultiScale(mirrored, STEP, NEIGHBOURS, minSize=(least, least))
    return left + [(width - x - wide, y, wide, high) for x, y, wide, high in right]
