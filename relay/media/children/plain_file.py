"""A video file that lies on the web by itself, for yt-dlp. Its address ends in `#file`; feeds, attached
documents and links in posts give such ones.

yt-dlp's own `generic` reader would follow whatever a page says; this one takes the bytes of one address and nothing
else, through the same guard and limits.
"""

from __future__ import annotations

from hashlib import sha256

from yt_dlp.extractor.common import InfoExtractor


class PlainFileIE(InfoExtractor):  # type: ignore[misc]  # yt-dlp has no types
    IE_NAME = "plain:file"
    _VALID_URL = r"(?P<file>https?://[^#\s]+)#file$"

    def _real_extract(self, url: str) -> dict[str, object]:
        address = self._match_valid_url(url).group("file")
        return {"id": sha256(address.encode()).hexdigest()[:32], "title": "", "url": address, "ext": "mp4"}
