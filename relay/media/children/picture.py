"""Decodes one foreign picture with Pillow. A program of its own, started by relay/media/pictures.py only.

argv[1], JSON: {"path": file, "format": Pillow's name, "most": pixels, "longest": side, "target": file to write,
 "alpha": whether what is transparent is to stay so}. The format "SVG" is painted by resvg, which reads no other file.
stdout, JSON: {"width", "height", "inner_width", "inner_height"}, or {"error": what was wrong}. `target` gets
bare RGB, or RGBA.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any


def main() -> None:
    from PIL import Image, UnidentifiedImageError

    job = json.loads(sys.argv[1])
    Image.MAX_IMAGE_PIXELS = job["most"]
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    faults = (
        OSError, ValueError, SyntaxError, OverflowError, MemoryError, ArithmeticError, IndexError, KeyError, TypeError,
        EOFError, UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning,
    )  # fmt: skip
    try:
        told = decode(job)
    except faults as error:
        told = {"error": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps(told) + "\n")


def decode(job: dict[str, Any]) -> dict[str, object]:
    """Upright, in sRGB, on white where it is transparent."""
    from PIL import Image, ImageOps

    with _opened(job) as image:
        width, height = image.size
        if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):
            width, height = height, width
        image.draft("RGB", (job["longest"], job["longest"]))
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((job["longest"], job["longest"]), Image.Resampling.LANCZOS, reducing_gap=3.0)
        plain = upright.convert("RGBA") if job.get("alpha") else _plain(upright)
    Path(job["target"]).write_bytes(plain.tobytes())
    return {"width": width, "height": height, "inner_width": plain.width, "inner_height": plain.height}


def _opened(job: dict[str, Any]) -> Any:
    from PIL import Image

    if job["format"] != "SVG":
        return Image.open(job["path"], formats=[job["format"]])
    import io

    drawing = Path(job["path"]).read_text("utf-8")
    return Image.open(io.BytesIO(_painted(drawing, job["longest"])), formats=["PNG"])


def _painted(drawing: str, longest: int) -> bytes:
    """Twice: the first time, small, tells which side is the longer one."""
    import io

    import resvg_py
    from PIL import Image

    with Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=drawing, width=64, skip_system_fonts=True))) as small:
        lying = small.width >= small.height
    width, height = (longest, None) if lying else (None, longest)
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, skip_system_fonts=True, width=width, height=height))


def _plain(image: Any) -> Any:
    from PIL import Image

    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, (255, 255, 255, 255))
        white.alpha_composite(over)
        return white.convert("RGB")
    return _in_srgb(image).convert("RGB")


def _in_srgb(image: Any) -> Any:
    """By the profile that came with it, where there is a usable one."""
    import io

    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
