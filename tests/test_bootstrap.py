from __future__ import annotations

from pathlib import Path

from relay.bootstrap import ByAddress
from relay.ports import Fetched, Progress


class Fetches:
    def __init__(self) -> None:
        self.urls: list[str] = []

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        self.urls.append(url)
        return Fetched(folder / "film", 1)


def test_the_beginning_of_an_address_names_its_fetcher(tmp_path: Path) -> None:
    special, usual = Fetches(), Fetches()
    fetcher = ByAddress({"folder:": special}, usual)
    for url in ("folder:/a.mp4", "https://vk.com/video1_2", "https://folder:80/a.mp4"):
        fetcher.fetch(url, tmp_path)
    assert special.urls == ["folder:/a.mp4"]
    assert usual.urls == ["https://vk.com/video1_2", "https://folder:80/a.mp4"]
