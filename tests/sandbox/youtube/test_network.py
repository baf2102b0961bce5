from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.network import Network
from relay.sandbox.youtube.network import Youtube, YtVideo
from tests.fakes.clock import FakeClock

GOROD = "@Gorod"


@pytest.fixture
def youtube(network: Network) -> Youtube:
    network.youtube.has_channel(GOROD, "Город")
    return network.youtube


def test_a_video_is_kept_as_it_was_uploaded(youtube: Youtube, clock: FakeClock) -> None:
    assert youtube.has_channel("@School", "Школа") == "@School"
    assert youtube.channels == {"@gorod": "Город", "@school": "Школа"}
    apart, hour = (Path("v"), Path("a")), clock() - timedelta(hours=1)
    one = youtube.uploads(GOROD, "Первое")
    two = youtube.uploads(
        "@school", "Второе", description="о войне", seconds=61, short=True, at=hour, path=Path("b"), apart=apart
    )
    assert (one, two) == ("sandbox0000", "sandbox0001")
    assert youtube.video(one) == YtVideo(one, "@gorod", "Первое", clock(), "", 5, False, "open", None, None)
    assert youtube.video(two) == YtVideo(two, "@school", "Второе", hour, "о войне", 61, True, "open", Path("b"), apart)
    later = youtube.uploads(GOROD, "скоро", at=clock() + timedelta(seconds=1))
    assert (youtube.video(later), youtube.video("x")) == (None, None)
    for verb, state in ((youtube.deletes, "deleted"), (youtube.hides, "private"), (youtube.withholds, "unavailable")):
        verb(one)
        assert [getattr(youtube.video(name), "state", "") for name in (one, two)] == [state, "open"]
    clock.moves(seconds=1)
    assert getattr(youtube.video(later), "title", "") == "скоро"


def test_lists_are_of_a_channel_or_of_a_tag_newest_first(youtube: Youtube, clock: FakeClock) -> None:
    old = youtube.uploads(GOROD, "Читаю #Proryv80", at=clock() - timedelta(days=1))
    told = youtube.uploads("@school", "Читаю", description="для #proryv80")
    plain = youtube.uploads(GOROD, "Читаю #proryv800 proryv80")
    short = youtube.uploads(GOROD, "#proryv80", short=True)
    youtube.uploads(GOROD, "#proryv80", at=clock() + timedelta(seconds=1))
    for state in ("deletes", "hides", "withholds"):
        getattr(youtube, state)(youtube.uploads(GOROD, "#proryv80"))

    def listed(**which: Any) -> list[str]:
        return [video.id for video in youtube.listed(**which)]

    assert listed(handle="@GOROD") == [plain, old]
    assert listed(tag="PRORYV80") == [told, old]
    assert listed(handle=GOROD, short=True) == listed(tag="proryv80", short=True) == [short]
    assert listed(handle="@nobody") == listed(tag="proryv") == []
    assert listed(handle=GOROD, tag="proryv80") == [plain, told, old]
