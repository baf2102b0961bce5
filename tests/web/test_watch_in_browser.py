"""A film is watched in a real Chromium while it is made: what is made plays, the rest is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from relay.media.toolbox import Toolbox
from relay.models import ClipState
from relay.web.render_jobs import RenderJobs
from relay.web.serve import Desk
from tests.almanac.filming import Camera
from tests.web import test_films_in_browser as films
from tests.web import test_in_browser as browser
from tests.web.making import Gate, film_of, has_film

pytestmark = [*browser.pytestmark, pytest.mark.media]
visit = films.visit
PAGE = films.PAGE
PLAYER = "document.getElementById('watch-player')"
BUFFERED = f"() => {{ const b = {PLAYER}.buffered; return b.length ? b.end(b.length - 1) : 0; }}"


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


def begun(page: Any) -> None:
    page.goto(f"{PAGE}/plan")
    page.get_by_role("button", name="Make the film").click()
    page.get_by_role("link", name="Watch it while it is made").click()
    page.wait_for_url("**/watch")


def test_what_is_made_plays_while_the_rest_is_made(relay, gate, visit):
    with visit("boris", viewport={"width": 1366, "height": 768}) as page:
        begun(page)
        until(page, "document.getElementById('watch-said').textContent.includes('being prepared')")
        gate.lets(8)
        until(page, f"{PLAYER}.buffered.length > 0 && {PLAYER}.readyState >= 2")
        assert gate.job.running
        early = page.evaluate(BUFFERED)
        length = page.evaluate(f"{PLAYER}.duration")
        assert 0 < early < length - 2
        until(page, f"{PLAYER}.currentTime > 0.2")
        page.screenshot(path="/tmp/watch/early.png")
        gate.opens()
        until(page, f"({BUFFERED})() > {early} + 2")
        page.evaluate(f"{PLAYER}.playbackRate = 4")
        until(page, f"{PLAYER}.ended", timeout=60_000)
        print(early, length, page.evaluate(f"[{PLAYER}.currentTime, {PLAYER}.duration]"))
        page.screenshot(path="/tmp/watch/end.png")
