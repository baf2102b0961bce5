"""What `relay work` does with what was handed in, with the real look at the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.intake.hand_in import hand_ins
from relay.jobs import process_hand_ins, work_once
from relay.models import ClipState
from tests.intake.participants import SLUG, Participants
from tests.intake.scene import Scene

pytestmark = pytest.mark.media


@pytest.fixture
def people(relay, tmp_path: Path) -> Participants:
    scene = Scene(relay, tmp_path)
    scene.campaign(SLUG)
    hand_ins.switch(relay, SLUG, is_open=True, person="Ольга")
    return Participants(relay, scene)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of moving picture with a tone."""
    from relay.media.toolbox import Toolbox

    toolbox, folder = Toolbox(), tmp_path_factory.mktemp("footage")
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=300:duration=3"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *picture, *tone, *codecs, "film.mp4"], folder=folder)
    return (folder / "film.mp4").read_bytes()


def test_the_work_makes_a_clip_of_a_film_and_refuses_what_is_none(relay, people, footage):
    good, bad, page = (people.begins(f"home {number}") for number in range(3))
    people.sends(good, footage)
    people.sends(bad, footage[: len(footage) // 3])
    people.sends(page, b"<!doctype html><p>Hello" * 50)
    assert people.state(good) == "waiting", "nothing is looked at in the web request"
    assert work_once(relay) == 0
    clip = people.clip(good)
    assert (people.state(good), clip.state, clip.name) == ("taken in", ClipState.awaiting, "Анна Иванова")
    assert relay.media.has(f"posters/{clip.sha256}.jpg")
    for secret in (bad, page):
        assert people.state(secret) == "refused"
        assert people.hand_in(secret).reason
    assert [path.name for path in relay.folder("handed-in").iterdir()] == []
    assert len(list(relay.media.list("originals/"))) == 1


def test_one_that_breaks_does_not_stop_the_others(relay, people, footage, monkeypatch):
    first, second = people.begins("one"), people.begins("two")
    people.sends(first, footage)
    people.sends(second, footage + b"\0")
    usual = hand_ins.process_file

    def breaks_once(relay, hand_in, slug):
        if hand_in.id == people.hand_in(first).id:
            raise AttributeError("a bug")
        usual(relay, hand_in, slug)

    monkeypatch.setattr(hand_ins, "process_file", breaks_once)
    told: list[str] = []
    assert process_hand_ins(relay, told.append) == 1
    assert len(told) == 1
    assert (people.state(first), people.state(second)) == ("waiting", "taken in")
