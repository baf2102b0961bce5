"""The page from which a film is taken along, with a packer who packs words."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from urllib.parse import unquote

import pytest

from relay.almanac.delivery.exports import film, shelf
from relay.almanac.delivery.exports.film import ExportedFilm
from relay.almanac.plan import queries
from relay.errors import Refused
from relay.models import ClipState
from relay.moderation import withdrawal
from relay.web.background.export_jobs import ExportJobs

pytestmark = pytest.mark.slow
FILM = ("proryv80", "film")
PAGE = "/almanacs/proryv80/film/exports"


@pytest.fixture
def clips(relay, town, monkeypatch):
    found = [town.has_clip(name=name, state=ClipState.approved, duration=10) for name in ("Анна", "Глеб")]
    queries.new(relay, *FILM, title="Голоса", all_approved=True)

    def written(_relay, _slug, _name, folder, wish, **_more):
        folder.mkdir()
        (folder / "film.mlt").write_text(f"{wish.to} {wish.originals}" * 100)
        return ExportedFilm(str(folder / "film.mlt"), [], 50, ["chapters"], found, f"Голоса 1080p {wish.to}")

    monkeypatch.setattr(film, "export", written)
    return found


@pytest.fixture
def makes(app, relay):
    """Asks for an export and waits until it is ready."""

    def made(person, **fields):
        answer = person.sends(PAGE, **fields)
        app.state.export_jobs.wait()
        return answer

    return made


def download(person):
    return re.search(rf'href="({PAGE}/\d+\.zip)"', person.sees(PAGE))[1]


def test_an_editor_makes_an_export_and_takes_it_along(clips, boris, makes):
    assert "A new export" in boris.sees(PAGE)
    assert makes(boris, to="otio", originals="true").headers["location"] == f"{PAGE}#making"
    page = boris.sees(PAGE)
    assert "The export is ready." in page
    assert "1 thing is not in it" in page
    answer = boris.get(download(boris))
    assert answer.headers["content-type"] == "application/zip"
    assert "Голоса 1080p otio" in unquote(answer.headers["content-disposition"])
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        assert packed.read("Голоса 1080p otio/film.mlt").startswith(b"otio True")


def test_a_download_that_broke_off_goes_on(clips, boris, makes):
    makes(boris, to="mlt")
    whole = boris.get(download(boris)).content
    rest = boris.get(download(boris), headers={"range": "bytes=100-"})
    assert (rest.status_code, rest.content) == (206, whole[100:])


def test_only_those_who_make_films_take_them_along(clips, boris, anna, makes):
    makes(boris, to="mlt")
    for path in (PAGE, download(boris)):
        assert anna.get(path).status_code == 403
    assert anna.sends(PAGE, to="mlt").status_code == 403
    assert PAGE not in anna.sees("/almanacs/proryv80/film")
    assert PAGE in boris.sees("/almanacs/proryv80/film")


def test_an_export_with_a_withdrawn_clip_is_not_handed_out(relay, clips, boris, makes):
    makes(boris, to="mlt")
    place = download(boris)
    withdrawal.withdraw(relay, clips[0], reason="просьба", person="anna")
    assert boris.get(place).status_code == 400
    assert PAGE + "/" not in boris.sees(PAGE).replace(f"{PAGE}/stop", "")


def test_what_went_wrong_is_said_once(relay, clips, boris, makes, monkeypatch):
    def fails(*_words, **_more):
        raise Refused("Clip {clip} may not be given out with the film any more.", hint="Make it again.", clip=7)

    monkeypatch.setattr(film, "export", fails)
    makes(boris, to="mlt")
    assert boris.sees(PAGE).count("Make it again.") == 1


def test_one_is_removed_by_hand(relay, clips, boris, makes):
    makes(boris, to="mlt")
    (one,) = shelf.listing(relay, *FILM)
    assert boris.sends(f"{PAGE}/{one.number}/remove").status_code == 303
    assert shelf.listing(relay, *FILM) == []
    assert boris.sends(f"{PAGE}/{one.number}/remove").status_code == 404


def test_while_one_is_made_it_can_be_stopped_and_no_other_begins(app, relay, clips, boris):
    import threading

    may_go_on, begun = threading.Event(), threading.Event()

    def packs(_relay, job, _translate):
        begun.set()
        may_go_on.wait(10)
        job.report(50, 100, "sound")
        return 1

    app.state.export_jobs = ExportJobs(packs)
    boris.sends(PAGE, to="mlt")
    begun.wait(10)
    assert boris.get("/almanacs/proryv80/film/exporting").json()["running"] is True
    assert "is being made just now" in boris.sends(PAGE, to="edl").text
    boris.sends(f"{PAGE}/stop")
    may_go_on.set()
    app.state.export_jobs.wait()
    assert "The export was stopped." in boris.sees(PAGE)
    assert boris.get("/almanacs/proryv80/film/exporting").json()["running"] is False


def test_a_film_without_clips_offers_nothing(relay, town, boris):
    queries.new(relay, *FILM)
    assert "There are no clips in this film yet." in boris.sees(PAGE)
