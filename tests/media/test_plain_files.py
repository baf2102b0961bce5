"""Plain files by the real child: it connects nowhere that it may not, and a child that was killed costs nothing."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from relay.config import Settings
from relay.errors import Interrupted, NotYet, Refused
from relay.media.fetcher import PLAIN_FILE, YtDlpFetcher
from relay.media.toolbox import Toolbox
from tests.media.children.site import Site

pytestmark = [pytest.mark.media, pytest.mark.slow]
FILM = random.Random(3).randbytes(300_000)


def fetcher(toolbox: Toolbox, *allowed: Site) -> YtDlpFetcher:
    pairs = ",".join(f"127.0.0.1:{site.port}" for site in allowed)
    settings = Settings(_env_file=None, allow_private=pairs, min_free_gb=0)  # type: ignore[call-arg]
    return YtDlpFetcher(settings, toolbox, (PLAIN_FILE,))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_a_redirect_into_the_house_is_not_followed(tmp_path: Path, guarded: bool) -> None:
    """In the twin the operator has named the inner address too."""
    with Site(FILM) as outside, Site(FILM) as inside:
        onward = {"Location": inside.url.removesuffix("#file"), "Content-Length": "0"}
        outside.answers.append((302, onward, b""))
        going = fetcher(Toolbox(), *([outside] if guarded else [outside, inside]))
        if guarded:
            with pytest.raises(Refused, match="must not be reached"):
                going.fetch(outside.url, tmp_path)
            assert inside.asked == []
        else:
            assert going.fetch(outside.url, tmp_path).path.read_bytes() == FILM


def test_a_child_that_is_killed_on_its_way_costs_nothing_that_came(tmp_path: Path) -> None:
    with Site(FILM, cuts=[100_000]) as site:
        toolbox = Toolbox()
        site.before = lambda number: time.sleep(60) if number == 2 else None
        stopping = threading.Thread(target=lambda: stop_when(tmp_path / "video.part", 100_000, toolbox))
        stopping.start()
        with pytest.raises((Interrupted, NotYet)):
            fetcher(toolbox, site).fetch(site.url, tmp_path)
        stopping.join()
    with Site(FILM) as again:
        (tmp_path / "video.known").write_text(
            (tmp_path / "video.known").read_text().replace(str(site.port), str(again.port))
        )
        fetched = fetcher(Toolbox(), again).fetch(again.url, tmp_path)
        assert fetched.path.read_bytes() == FILM
        assert (again.asked[0]["range"], again.sent) == ("bytes=100000-", 200_000)


def stop_when(part: Path, size: int, toolbox: Toolbox) -> None:
    ends = time.monotonic() + 30
    while not (part.is_file() and part.stat().st_size >= size) and time.monotonic() < ends:
        time.sleep(0.02)
    toolbox.close()
