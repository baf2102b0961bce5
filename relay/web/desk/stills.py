"""Answers with a still that may be taken anew at any time."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response

ALWAYS_ASK = {"Cache-Control": "private, no-cache"}


def still(request: Request, path: Path) -> Response:
    """A browser keeps it, and asks each time whether it has the newest."""
    answer = FileResponse(path, media_type="image/jpeg", headers=ALWAYS_ASK, stat_result=path.stat())
    if request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(status_code=304, headers={**ALWAYS_ASK, "ETag": answer.headers["etag"]})
    return answer
