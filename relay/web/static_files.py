"""Our own style sheets, scripts and pictures: a browser keeps each for good, under an address that changes with it."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).with_name("static")
FOR_GOOD = "public, max-age=31536000, immutable"


def address(name: str) -> str:
    """Where a page finds the file as it is now: `/static/desk.css?v=3f0c…`."""
    return f"/static/{name}?v={_version(FOLDER / name)}"


class Static(StaticFiles):
    """Under an address that names another version, or none, a browser asks each time whether its copy is still good."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        response.headers["Cache-Control"] = FOR_GOOD if asked == _version(Path(full_path)) else "no-cache"
        return response


def _version(file: Path) -> str:
    return _digest(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=100)
def _digest(file: Path, changed: int) -> str:  # noqa: ARG001 - read again when the file was changed
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
