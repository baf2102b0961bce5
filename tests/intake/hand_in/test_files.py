"""Files that an organizer hands in, from a stick or a mail."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.intake import clips, fetch
from relay.intake.hand_in import files
from relay.models import CampaignState, Event, EventKind, VideoState
from tests.intake.scene import Scene

pytestmark = pytest.mark.slow


def test_files_that_are_handed_in_walk_the_same_way(relay: Relay, scene: Scene) -> None:
    campaign = scene.campaign()
    film = scene.film("from a stick")

    (clip_id,) = files.add_files(relay, "proryv80", [film], person="Анна", name="Вера Котова", town="Отрадное")

    (clip,) = scene.clips()
    assert (clip.id, clip.campaign_id, clip.name, clip.town) == (clip_id, campaign, "Вера Котова", "Отрадное")
    video = scene.state(clip.video_id)
    assert (video.network, video.state, video.sha256) == ("hand-in", VideoState.fetched, clip.sha256)
    assert film.read_bytes() == b"from a stick"
    assert fetch.waiting(relay) == []
    assert clips.adopt(relay) == []
    with relay.reading() as session:
        assert session.exec(select(Event).where(Event.what == EventKind.handed_in)).one().person == "Анна"


def test_the_same_file_handed_in_again_is_the_same_clip(relay: Relay, scene: Scene) -> None:
    scene.campaign()
    film = scene.film()

    first = files.add_files(relay, "proryv80", [film], person="Анна", name="Вера")
    again = files.add_files(relay, "proryv80", [film], person="Анна", name="Somebody else")

    assert first == again
    assert [clip.name for clip in scene.clips()] == ["Вера"]


def test_another_file_is_another_clip_with_the_name_that_comes_with_it_or_its_own(relay: Relay, scene: Scene) -> None:
    scene.campaign()
    files.add_files(relay, "proryv80", [scene.film("first")], person="Анна", name="Вера", town="Мга")
    files.add_files(relay, "proryv80", [scene.film("second")], person="Анна", name="Олег", town="Тосно")
    assert [(clip.name, clip.town) for clip in scene.clips()] == [("Вера", "Мга"), ("Олег", "Тосно")]


def test_a_file_that_is_no_video_is_refused_and_the_others_come_in(relay: Relay, scene: Scene, tmp_path: Path) -> None:
    scene.campaign()
    letter = tmp_path / "letter.txt"
    letter.write_text("Дорогая редакция! " * 50)

    with pytest.raises(Refused) as caught:
        files.add_files(relay, "proryv80", [letter, tmp_path / "none.mp4", scene.film()], person="Анна")

    assert "letter.txt: This is a text, not a video." in str(caught.value)
    assert "none.mp4: There is no such file." in str(caught.value)
    assert "1 of 3" in str(caught.value)
    assert len(scene.clips()) == 1
    assert len(list(relay.media.list("originals/"))) == 1


def test_files_need_a_campaign_that_is_open(relay: Relay, scene: Scene) -> None:
    scene.campaign("old", CampaignState.archived)

    with pytest.raises(NotFound, match="no campaign"):
        files.add_files(relay, "unknown", [], person="Анна")
    with pytest.raises(Refused, match="archived"):
        files.add_files(relay, "old", [], person="Анна")
