"""Small packages like those that carry the model, and what is to come of them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from relay.media.hearing.model import Pin

CONTENT: Mapping[str, bytes] = {
    "model.bin": bytes(range(256)) * 40,
    "config.json": b'{"a": 1}',
    "tokenizer.json": b'{"b": 2}',
    "vocabulary.txt": "слово\n".encode(),
}
PINS = {name: Pin(hashlib.sha256(content).hexdigest(), len(content)) for name, content in CONTENT.items()}
NAMES = ("weights-of-a-test-part1", "weights-of-a-test-part2")
PACKAGES = tuple(f"{name}==1.0.0" for name in NAMES)


def parts() -> list[dict[str, bytes]]:
    whole = CONTENT["model.bin"]
    rest = {name: content for name, content in CONTENT.items() if name != "model.bin"}
    return [{"model.bin.part1": whole[:5000], **rest}, {"model.bin.part2": whole[5000:]}]


def wheel(folder: Path, name: str, data: Mapping[str, bytes]) -> Path:
    module = name.replace("-", "_")
    info = f"{module}-1.0.0.dist-info"
    path = folder / f"{module}-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for inside, content in data.items():
            file.writestr(f"{module}/data/{inside}", content)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return path


def wheels(folder: Path, changed: Mapping[str, bytes] | None = None) -> Path:
    """Both packages in a new folder; `changed`: files of them with other bytes."""
    folder.mkdir()
    for name, data in zip(NAMES, parts(), strict=True):
        wheel(folder, name, {inside: (changed or {}).get(inside, content) for inside, content in data.items()})
    return folder


def files(folder: Path, changed: Mapping[str, bytes] | None = None) -> Path:
    """The model's files as they are, in a new folder."""
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes((changed or {}).get(name, content))
    return folder
