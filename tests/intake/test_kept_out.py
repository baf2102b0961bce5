"""What was taken back is let in at no entrance; each test's twin lifts the tombstones, and it comes in."""

from __future__ import annotations

import numpy as np
import pytest
from sqlmodel import select

from relay.errors import Refused
from relay.intake import clips, fetch, kept_out, views
from relay.intake.hand_in import files
from relay.media.files import file_sha256
from relay.models import Alert, Erasure, Inspection, RecordingPrint, VideoState
from relay.moderation.withdrawal import withdraw
from relay.tombstones import stones
from relay.tombstones.entrance import key_of
from relay.tombstones.stones import KEPT_OUT, Name, Recording
from tests.intake.participants import SLUG
from tests.intake.scene import Scene

pytestmark = pytest.mark.slow
GUARDED = pytest.mark.parametrize("guarded", [True, False])
URL = "https://vk.com/video7_1"


def buried(relay, *names: Name, guarded: bool) -> None:
    with relay.transaction() as session:
        stones.put(session, key_of(relay), names, erasure="E-1", at=relay.now())
        if not guarded:
            stones.lift(session, "E-1", person="olga", at=relay.now())


@GUARDED
def test_its_video_is_not_even_asked_for(relay, scene: Scene, *, guarded: bool) -> None:
    video = scene.video()
    scene.post(scene.campaign(), video)
    relay.fetcher.has(URL, scene.film())
    buried(relay, Name.of_video("vk", "7", "1"), guarded=guarded)
    done = fetch.fetch_video(relay, video)
    assert (done.state is VideoState.refused, relay.fetcher.asked == []) == (guarded, guarded)
    assert len(scene.clips()) == (0 if guarded else 1)
    assert not guarded or done.reason == KEPT_OUT


@GUARDED
def test_its_bytes_at_another_address_leave_no_byte_here(relay, scene: Scene, *, guarded: bool) -> None:
    video, film = scene.video(), scene.film()
    scene.post(scene.campaign(), video)
    relay.fetcher.has(URL, film)
    buried(relay, Name.of_bytes(file_sha256(film)), guarded=guarded)
    assert (fetch.fetch_video(relay, video).state is VideoState.refused) == guarded
    assert relay.media.has(f"originals/{file_sha256(film)}") != guarded
    assert not guarded or not list((relay.settings.data_dir / "work").iterdir())


@GUARDED
def test_its_file_is_refused_from_a_stick_and_the_organizers_are_told(relay, scene: Scene, *, guarded: bool) -> None:
    scene.campaign()
    film = scene.film()
    sha256 = file_sha256(film)
    buried(relay, Name.of_bytes(sha256), guarded=guarded)
    if not guarded:
        assert len(files.add_files(relay, SLUG, [film], person="olga")) == 1
        return
    with pytest.raises(Refused, match="taken this video back"):
        files.add_files(relay, SLUG, [film], person="olga")
    assert not relay.media.has(f"originals/{sha256}")
    with relay.reading() as session:
        assert [alert.key for alert in session.exec(select(Alert))] == ["kept-out-E-1"]


@GUARDED
def test_its_file_is_refused_on_the_hand_in_page(relay, people, *, guarded: bool) -> None:
    film = people.scene.film("her film")
    buried(relay, Name.of_bytes(file_sha256(film)), guarded=guarded)
    secret = people.hands_in(film)
    people.worker_comes()
    told = people.state(secret), people.hand_in(secret).reason
    assert told == (("refused", KEPT_OUT) if guarded else ("taken in", ""))
    assert len(people.scene.clips()) == (0 if guarded else 1)


@GUARDED
def test_a_second_campaign_does_not_get_what_was_withdrawn_in_the_first(relay, scene: Scene, *, guarded: bool) -> None:
    first, second = scene.campaign(), scene.campaign("spring")
    video = scene.video()
    scene.post(first, video)
    relay.fetcher.has(URL, scene.film())
    fetch.fetch_video(relay, video)
    (clip,) = scene.clips()
    withdraw(relay, clip.id, reason="by telephone", person="olga")
    if not guarded:
        with relay.transaction() as session:
            number = session.exec(select(Erasure.number)).one()
            stones.lift(session, number, person="olga", at=relay.now())
    scene.post(second, video)
    assert len(clips.adopt(relay)) == (0 if guarded else 1)


def prints(seed: int) -> Recording:
    frames = np.random.default_rng(seed).integers(0, 255, (24, 64, 64), np.uint8)
    made = views.of(frames.tobytes(), 320, 180)
    return Recording(views.packed(made), b"", border=False)


@pytest.mark.parametrize(("seed", "known"), [(1, True), (2, False)])
def test_a_recording_that_was_coded_anew_is_known_by_its_looks(relay, scene: Scene, *, seed: int, known: bool) -> None:
    scene.campaign()
    film, hers = scene.film(), prints(1)
    sha256 = file_sha256(film)
    with relay.transaction() as session:
        stones.put(session, key_of(relay), [], [prints(seed)], erasure="E-1", at=relay.now())
        look = {"pictures": hers.pictures, "sounds": hers.sounds, "border": hers.border}
        session.add(RecordingPrint(sha256=sha256, version=1, at=relay.now(), **look))
    assert (kept_out.recognised(relay, sha256) is not None) == known
    if not known:
        return
    with pytest.raises(Refused, match="taken this video back"):
        files.add_files(relay, SLUG, [film], person="olga")
    with relay.reading() as session:
        assert session.get(Inspection, sha256) is None
        assert session.get(RecordingPrint, sha256) is None
    assert not relay.media.has(f"originals/{sha256}")
