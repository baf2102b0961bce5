"""A film is watched in a real Chromium while it is made: what is made plays, the rest is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from relay.almanac.delivery import versions
from relay.media.toolbox import Toolbox
from relay.moderation.withdrawal import withdraw
from relay.web.background.render_jobs import RenderJobs
from relay.web.serve import Desk
from tests.almanac.filming import Camera
from tests.web import test_films_in_browser as films
from tests.web import test_for_everyone as everyone
from tests.web import test_in_browser as browser
from tests.web.making import Gate, has_film

pytestmark = [*browser.pytestmark, pytest.mark.media]
visit, axe = films.visit, everyone.axe
PAGE = films.PAGE
SIZE = {"width": 1366, "height": 768}
SIZES = {"laptop": SIZE, "phone": {"width": 390, "height": 844}}
PLAYER = "document.getElementById('watch-player')"
HELD = f"({PLAYER}.buffered.length ? {PLAYER}.buffered.end({PLAYER}.buffered.length - 1) : 0)"
VEIL = "!document.getElementById('watch-veil').hidden"


@pytest.fixture
def camera(tmp_path) -> Camera:
    return Camera(Toolbox(), tmp_path)


@pytest.fixture
def clips(relay, camera) -> list[int]:
    relay.settings.render_workers = 1
    return has_film(relay, camera, clips=4, frames=100)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opens()


@pytest.fixture
def app(desk) -> Any:
    return desk._server._app


@pytest.fixture
def desk(relay, clips, gate) -> Iterator[Desk]:
    running = Desk(relay, "127.0.0.1", 0)
    running._server._app.state.render_jobs = gate.jobs()
    running.start()
    yield running
    gate.opens()
    running._server._app.state.render_jobs.wait()
    running.stop()


def until(page: Any, expression: str, **options: Any) -> None:
    page.wait_for_function(f"() => {expression}", **options)


def told(page: Any, text: str) -> None:
    page.locator("#watch", has_text=text).wait_for()


def begins(page: Any, gate: Gate) -> None:
    """The film is begun on the page where it is edited, and watched up to its first part."""
    page.goto(f"{PAGE}/plan")
    page.get_by_role("button", name="Make the film").click()
    page.get_by_role("link", name="Watch it while it is made").click()
    page.wait_for_url("**/watch")
    gate.waits_for(lambda job: job.watch is not None and job.watch.stream.made()[0])
    until(page, f"{PLAYER}.currentTime > 0.2")


def test_what_is_made_plays_while_the_rest_is_made(relay, gate, visit):
    with visit("boris", viewport=SIZE) as page:
        begins(page, gate)
        stream = gate.job.watch.stream
        assert gate.job.running
        early = page.evaluate(HELD)
        assert 0 < early < stream.seconds - 2
        assert page.evaluate(f"{PLAYER}.duration") == pytest.approx(stream.seconds, abs=0.04)
        told(page, "Made up to 0:00 of 0:16.")
        gate.waits_for(lambda job: all(stream.made()[:2]))
        until(page, f"{HELD} > {early} + 2")
        gate.opens()
        page.evaluate(f"{PLAYER}.playbackRate = 4")
        until(page, f"{PLAYER}.ended")
        at, length = page.evaluate(f"[{PLAYER}.currentTime, {PLAYER}.duration]")
        assert at == length == pytest.approx(stream.seconds, abs=0.02)
        assert page.evaluate(f"{PLAYER}.getVideoPlaybackQuality().corruptedVideoFrames") == 0
        told(page, "Version 1 is ready.")
        assert page.locator("#watch-page").get_attribute("href") == f"{PAGE}?version=1"


def test_the_finished_film_goes_on_at_the_same_moment(relay, gate, visit):
    with visit("boris", viewport=SIZE) as page:
        begins(page, gate)
        gate.opens()
        told(page, "Version 1 is ready.")
        until(page, f"{HELD} > 8")
        page.evaluate(f"() => {{ {PLAYER}.pause(); {PLAYER}.currentTime = 7.5; }}")
        page.get_by_role("button", name="Go on in the finished film").click()
        until(page, f"{PLAYER}.src.endsWith('/film/1') && {PLAYER}.readyState >= 2 && !{PLAYER}.seeking")
        assert page.evaluate(f"{PLAYER}.currentTime") == pytest.approx(7.5, abs=0.01)
        assert page.evaluate(f"{PLAYER}.paused")
        assert page.locator("#watch-finished").is_hidden()
        page.evaluate(f"{PLAYER}.play()")
        until(page, f"{PLAYER}.currentTime > 8")
        page.wait_for_timeout(1200)  # the page is told again, and leaves the player alone
        assert page.evaluate(f"{PLAYER}.src.endsWith('/film/1')")


def test_a_moment_that_is_not_made_is_waited_for(relay, gate, visit):
    """Also one far ahead, and back again to what is there."""
    with visit("boris", viewport=SIZE) as page:
        begins(page, gate)
        until(page, VEIL)
        assert "still being made" in page.locator("#watch-veil").inner_text()
        page.evaluate(f"{PLAYER}.currentTime = 9")
        until(page, VEIL)
        page.evaluate(f"{PLAYER}.currentTime = 0.2")
        until(page, f"!({VEIL})")
        page.evaluate(f"{PLAYER}.currentTime = 9")
        until(page, VEIL)
        gate.opens()
        until(page, f"!({VEIL}) && {PLAYER}.currentTime > 9.3")


def test_two_people_watch_and_one_comes_later(relay, gate, visit):
    with visit("boris", viewport=SIZE) as page, visit("vera", viewport=SIZE) as other:
        begins(page, gate)
        gate.waits_for(lambda job: all(job.watch.stream.made()[:2]))
        other.goto(PAGE)
        other.get_by_role("link", name="Watch it while it is made").click()
        until(other, f"{PLAYER}.currentTime > 0.5 && {HELD} > 2")
        gate.opens()
        for each in (page, other):
            until(each, f"{HELD} > 15")


def test_whoever_takes_their_video_back_closes_it_at_once(relay, gate, clips, visit):
    with visit("boris", viewport=SIZE) as page:
        begins(page, gate)
        withdraw(relay, clips[2], reason="asked in a message", person="Ольга")
        until(page, f"!{PLAYER}.getAttribute('src') && {PLAYER}.readyState === 0")
        assert "taken their video back" in page.locator("#watch-veil").inner_text()
        gate.opens()
        page.wait_for_timeout(1500)
        assert page.locator("#watch-done").is_hidden()


def test_twin_without_a_look_at_withdrawals_it_plays_on(relay, gate, clips, visit, monkeypatch):
    monkeypatch.setattr(versions, "withdrawn_from", lambda _session, _clips: [])
    with visit("boris", viewport=SIZE) as page:
        begins(page, gate)
        withdraw(relay, clips[2], reason="asked in a message", person="Ольга")
        page.wait_for_timeout(1500)
        assert page.evaluate(f"{PLAYER}.getAttribute('src')")


def test_a_desk_that_was_started_again_is_told_of_and_the_next_render_is_gone_on_with(relay, gate, app, visit):
    with visit("boris", viewport=SIZE) as page:
        begins(page, gate)
        gate.waits_for(lambda job: all(job.watch.stream.made()[:2]))
        until(page, f"{HELD} > 4")
        before = app.state.render_jobs
        app.state.render_jobs = RenderJobs()
        told(page, "The desk was started again meanwhile")
        again = Gate()
        app.state.render_jobs = again.jobs()
        at = page.evaluate(f"{PLAYER}.currentTime")
        with visit("vera") as editor:
            editor.goto(f"{PAGE}/plan")
            editor.get_by_role("button", name="Make the film").click()
        again.opens()
        told(page, "Version 1 is ready.")
        until(page, f"{HELD} > 15")
        assert page.locator("#watch-trouble").is_hidden()
        assert page.evaluate(f"{PLAYER}.currentTime") >= at - 0.1
        gate.opens()
        before.wait()


def test_without_a_script_the_page_says_how_far_it_is(relay, gate, visit):
    with visit("boris", viewport=SIZE, java_script_enabled=False) as page:
        page.goto(f"{PAGE}/plan")
        page.get_by_role("button", name="Make the film").click()
        gate.waits_for(lambda job: job.watch is not None and job.watch.stream.made()[0])
        page.get_by_role("link", name="Watch it while it is made").click()
        assert page.locator("#watch-said").inner_text() == "Made up to 0:00 of 0:16."
        assert page.locator("#watch-player").is_hidden()
        gate.opens()
        for _ in range(60):
            page.goto(f"{PAGE}/watch")
            if page.get_by_text("Version 1 is ready.").count():
                break
            page.wait_for_timeout(500)
        page.get_by_role("link", name="To the finished film").click()
        page.wait_for_url("**/film?version=1")


def test_the_page_is_for_everyone_while_it_plays_and_when_it_is_done(relay, gate, app, visit, axe):
    with visit("boris", viewport=SIZE, reduced_motion="reduce") as page:
        page.goto(f"{PAGE}/watch")
        found = [f"idle: {fault}" for fault in everyone.faults(page, axe)]
        begins(page, gate)
        for moment in ("half", "done"):
            for language in ("ru", "fr", "en"):
                for size in ("laptop", "phone"):
                    page.set_viewport_size(SIZES[size])
                    page.goto(f"{PAGE}/watch?lang={language}")
                    until(page, f"{PLAYER}.readyState >= 2")
                    page.wait_for_timeout(300)
                    found += [f"{moment} {language} {size}: {fault}" for fault in everyone.faults(page, axe)]
            gate.opens()
            app.state.render_jobs.wait()
    assert found == []


def test_a_browser_that_knows_no_media_source_plays_the_list(relay, gate, visit):
    """As an iPhone does."""
    with visit("boris", viewport=SIZE) as page:
        page.add_init_script("delete window.MediaSource; delete window.ManagedMediaSource;")
        page.goto(PAGE)
        if not page.evaluate("document.createElement('video').canPlayType('application/vnd.apple.mpegurl')"):
            pytest.skip("this Chromium plays no HLS by itself")
        begins(page, gate)
        gate.opens()
        assert page.evaluate(f"{PLAYER}.src").endswith(".m3u8")
        told(page, "Version 1 is ready.")
        until(page, f"{PLAYER}.ended && {PLAYER}.currentTime > 16")
