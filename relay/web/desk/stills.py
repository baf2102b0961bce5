"""Answers with a still."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response

from relay.web.headers import NOT_KEPT


def still(request: Request, path: Path) -> Response:
    """No browser keeps it: the still may be taken anew, and whoever is on it may take their video back."""
    answer = FileResponse(path, media_type="image/jpeg", headers=NOT_KEPT, stat_result=path.stat())
    if request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(status_code=304, headers={**NOT_KEPT, "ETag": answer.headers["etag"]})
    return answer
