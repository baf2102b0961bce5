"""A film is watched while it is made: who may, what they get, and that it ends when somebody takes their video back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from relay.almanac.delivery import versions
from relay.almanac.delivery.watching import watch
from relay.almanac.plan import queries
from relay.errors import ToolFailed
from relay.media.toolbox import Toolbox
from relay.models import Role
from relay.moderation.people import accounts, roles
from relay.moderation.withdrawal import films_to_remake, withdraw
from relay.web.background.render_jobs import RenderJobs
from tests.almanac.filming import Camera
from tests.moderation.town import Town
from tests.web.conftest import Browser
from tests.web.making import Gate, film_of, has_film

FILM = "/almanacs/proryv80/film"
STATE = f"{FILM}/watch/state"
with_film = pytest.mark.media


@pytest.fixture
def clips(relay, tmp_path) -> list[int]:
    relay.settings.render_workers = 1
    return has_film(relay, Camera(Toolbox(), tmp_path))


@pytest.fixture
def gate(app) -> Iterator[Gate]:
    made = Gate()
    app.state.render_jobs = made.jobs()
    yield made
    made.opens()
    app.state.render_jobs.wait()


@pytest.fixture
def half(gate, clips, boris) -> str:
    """The address of the parts of a film that is made up to its first part and no further."""
    boris.sends(f"{FILM}/make/film")
    gate.waits_for(lambda job: job.watch is not None and job.watch.stream.made()[0])
    return f"{FILM}/watch/{boris.get(STATE).json()['mark']}"


def done(gate: Gate, app) -> None:
    gate.opens()
    app.state.render_jobs.wait()


@pytest.mark.slow
def test_what_is_not_being_made_says_so_and_where_to_begin(relay, town, boris, anna):
    queries.new(relay, "proryv80", "film")
    page = boris.sees(f"{FILM}/watch")
    assert "This film is not being made just now." in page
    assert "Begin with" in page
    assert "Begin with" not in anna.sees(f"{FILM}/watch")
    assert boris.get(STATE).json()["mark"] == ""
    assert boris.get(f"{FILM}/watch/{'0' * 32}/head.mp4").status_code == 404
    assert boris.get("/almanacs/proryv80/none/watch").status_code == 404
    assert boris.get("/almanacs/proryv80/none/watch/state").status_code == 404


@pytest.mark.slow
@with_film
def test_half_a_film_is_there_part_by_part(app, relay, gate, half, boris):
    state = boris.get(STATE).json()
    assert (state["kind"], state["running"], state["closed"], state["file"], state["page"]) == (
        *("film", True, False, "", ""),
    )
    assert state["found"]["made"].startswith("1")
    assert "0" in state["found"]["made"]
    assert state["found"]["codecs"].startswith("avc1.")
    assert state["said"].startswith("Made up to 0:00 of 0:")
    assert "mixed at first" in state["sound"] or "finished film" in state["sound"]
    head, part = boris.get(f"{half}/head.mp4"), boris.get(f"{half}/0.m4s")
    assert (head.status_code, part.status_code) == (200, 200)
    assert head.content[4:8] == b"ftyp"
    assert part.content[4:8] == b"moof"
    assert part.headers["cache-control"] == "private, no-store"
    assert boris.get(f"{half}/0.m4s", headers={"if-none-match": part.headers["etag"]}).status_code == 304
    some = boris.get(f"{half}/0.m4s", headers={"range": "bytes=4-7"})
    assert (some.status_code, some.content) == (206, b"moof")
    last = len(state["found"]["made"]) - 1
    assert boris.get(f"{half}/{last}.m4s").status_code == 404
    listed = boris.get(f"{half}/film.m3u8")
    assert listed.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert "0.m4s" in listed.text
    assert "ENDLIST" not in listed.text
    done(gate, app)
    state = boris.get(STATE).json()
    assert set(state["found"]["made"]) == {"1"}
    assert (state["running"], state["file"], state["page"]) == (False, f"{FILM}/1", f"{FILM}?version=1")
    assert state["said"] == "Version 1 is ready."
    assert "ENDLIST" in boris.get(f"{half}/film.m3u8").text
    assert boris.get(state["file"]).content == film_of(relay)


@pytest.mark.slow
@with_film
def test_without_a_script_the_page_tells_how_far_it_is_and_leads_to_the_film(app, gate, half, boris):
    page = boris.sees(f"{FILM}/watch")
    assert "Made up to" in page
    assert re.search(r'<progress[^>]* value="\d+"', page)
    assert "Look again" in page
    assert f'href="{FILM}/watch"' in boris.sees(f"{FILM}/plan")
    assert f'href="{FILM}/watch"' in boris.sees(FILM)
    done(gate, app)
    page = boris.sees(f"{FILM}/watch")
    assert "Version 1 is ready." in page
    assert f'href="{FILM}?version=1"' in page
    assert "Look again" not in page
    assert f'href="{FILM}/watch"' not in boris.sees(FILM)


@pytest.mark.slow
@with_film
def test_a_preview_is_watched_in_the_same_way(app, relay, gate, clips, boris):
    boris.sends(f"{FILM}/make/preview")
    gate.waits_for(lambda job: job.watch is not None and job.watch.stream.made()[0])
    address = f"{FILM}/watch/{boris.get(STATE).json()['mark']}"
    assert boris.get(f"{address}/0.m4s").status_code == 200
    done(gate, app)
    state = boris.get(STATE).json()
    assert state["said"] == "The preview is ready."
    assert state["page"] == f"{FILM}#preview"
    assert boris.get(state["file"]).status_code == 200


@pytest.mark.slow
@with_film
def test_only_who_may_see_the_film_may_watch_it(relay, half, visit, app):
    """A viewer may, somebody of another campaign and a stranger may not."""
    addresses = [f"{FILM}/watch", STATE, *(f"{half}/{file}" for file in ("head.mp4", "0.m4s", "film.m3u8"))]
    assert {visit("pavel").get(address).status_code for address in addresses} == {200}
    assert all(visit("vera").get(address).status_code in (303, 401) for address in addresses)
    accounts.create(relay, "elsewhere", "Елена", None, password="password of elsewhere")
    Town(relay, "spring")
    roles.set_role_in(relay, "elsewhere", "spring", Role.organizer)
    elena = Browser(app)
    elena.sends("/sign-in", login="elsewhere", password="password of elsewhere")
    assert {elena.get(address).status_code for address in addresses} == {403}


@pytest.mark.slow
@with_film
def test_whoever_takes_their_video_back_closes_what_is_watched(relay, half, clips, boris):
    assert boris.get(f"{half}/0.m4s").status_code == 200
    withdraw(relay, clips[1], reason="asked in a message", person="Ольга")
    for file in ("head.mp4", "0.m4s", "film.m3u8"):
        assert boris.get(f"{half}/{file}").status_code == 404
    state = boris.get(STATE).json()
    assert (state["closed"], state["mark"], state["found"], state["file"]) == (True, "", None, "")
    assert "taken their video back" in state["trouble"]
    assert "taken their video back" in boris.sees(f"{FILM}/watch")


@pytest.mark.slow
@with_film
def test_a_film_in_which_somebody_took_their_video_back_meanwhile_is_not_published(
    app, relay, gate, half, clips, boris
):
    """It stays with the shots, and the next one is made without them."""
    withdraw(relay, clips[1], reason="asked in a message", person="Ольга")
    done(gate, app)
    assert gate.job.error is not None
    assert gate.job.error.line == (
        "Somebody took their video back while the film was made. Make it again: it is left out by itself."
    )
    assert queries.show(relay, "proryv80", "film").renders == []
    assert list(relay.folder("almanacs").glob("*.mp4")) == []
    boris.sends(f"{FILM}/make/film")
    app.state.render_jobs.wait()
    assert [row.version for row in queries.show(relay, "proryv80", "film").renders] == [1]
    assert films_to_remake(relay) == []


@pytest.mark.slow
@with_film
def test_one_that_is_taken_back_in_the_very_last_moment_is_told_of(app, relay, gate, half, clips, monkeypatch):
    """Between the last look and the row of the version."""
    monkeypatch.setattr(
        versions,
        "check_all_stay",
        lambda relay, _almanac, clips: withdraw(relay, clips[1], reason="asked in a message", person="Ольга"),
    )
    done(gate, app)
    assert [(film.version, film.clips) for film in films_to_remake(relay)] == [(1, [clips[1]])]


@pytest.mark.slow
@with_film
def test_twin_without_a_look_at_withdrawals_it_goes_on(relay, half, clips, boris, monkeypatch):
    withdraw(relay, clips[1], reason="asked in a message", person="Ольга")
    monkeypatch.setattr(versions, "withdrawn_from", lambda _session, _clips: [])
    assert boris.get(f"{half}/0.m4s").status_code == 200


@pytest.mark.slow
@with_film
def test_after_a_restart_the_old_address_is_gone_and_the_next_render_begins_with_what_was_made(
    app, relay, gate, half, boris
):
    first = boris.get(f"{half}/0.m4s").content
    before, app.state.render_jobs = app.state.render_jobs, RenderJobs()  # as a desk that was started again
    assert boris.get(f"{half}/0.m4s").status_code == 404
    assert boris.get(STATE).json()["kind"] == ""
    again = Gate()
    app.state.render_jobs = again.jobs()
    boris.sends(f"{FILM}/make/film")
    try:
        again.waits_for(lambda job: job.watch is not None)
        assert again.done == 0
        mark = boris.get(STATE).json()["mark"]
        assert not half.endswith(mark)
        assert boris.get(f"{FILM}/watch/{mark}/0.m4s").content == first
        assert boris.get(f"{half}/0.m4s").status_code == 404
    finally:
        for waiting, jobs in ((again, app.state.render_jobs), (gate, before)):
            waiting.opens()
            jobs.wait()


@pytest.mark.slow
def test_a_film_that_can_not_be_made_says_why_and_offers_nothing(app, relay, town, boris):
    def fails(_relay, _job):
        raise ToolFailed("ffmpeg ended with an error.")

    queries.new(relay, "proryv80", "film")
    app.state.render_jobs = RenderJobs({"film": fails})
    boris.sends(f"{FILM}/make/film")
    app.state.render_jobs.wait()
    state = boris.get(STATE).json()
    assert (state["running"], state["trouble"], state["file"], state["page"], state["found"]) == (
        *(False, "ffmpeg ended with an error.", "", "", None),
    )


@pytest.mark.slow
def test_only_this_page_plays_what_a_script_puts_together(relay, town, boris):
    queries.new(relay, "proryv80", "film")
    assert "media-src 'self' blob:;" in boris.get(f"{FILM}/watch").headers["content-security-policy"]
    assert "blob:" not in boris.get(FILM).headers["content-security-policy"]
    assert "x-media" not in boris.get(f"{FILM}/watch").headers


def test_nobody_asks_for_a_film_that_nobody_watches():
    assert watch.offered([1, 2], None) is None
