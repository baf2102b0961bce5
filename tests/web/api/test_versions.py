"""What lies beside a finished version, and what is taken along, by programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.delivery.exports import film, shelf
from relay.almanac.delivery.exports.film import ExportedFilm
from relay.web.background.export_jobs import ExportJobs
from tests.almanac.assets.film import has_film
from tests.almanac.cinema import has_version
from tests.web.api.conftest import fails

pytestmark = pytest.mark.slow

FILM = "/campaigns/proryv80/almanacs/film"


@pytest.fixture
def version(relay, app, monkeypatch):
    """A film with Russian captions; whoever exports it packs words."""
    clips = has_film(relay)
    has_version(relay, told={"captions": {"ru": 1}})
    (relay.folder("almanacs") / "proryv80_film-v1.ru.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nМга\n")

    def written(_relay, _slug, _name, folder, wish, **_more):
        folder.mkdir()
        Path(folder, "film.mlt").write_text(f"{wish.to} {wish.originals}" * 100)
        return ExportedFilm(str(folder / "film.mlt"), [], 50, ["chapters"], clips, f"Голоса {wish.to}")

    monkeypatch.setattr(film, "export", written)
    app.state.export_jobs = ExportJobs()
    return app


def test_captions_are_files_and_no_way_to_others(version, program):
    pavel = program("pavel")
    answer = pavel.get(f"{FILM}/renders/1/captions/ru.srt")
    assert (answer.headers["content-type"], "Мга" in answer.text) == ("application/x-subrip", True)
    fails(pavel.get(f"{FILM}/renders/1/captions/fr.srt"), 404, "not-found")
    fails(pavel.get(f"{FILM}/renders/1/captions/ru.vtt"), 404, "not-found")
    for odd in ("ru.json", "..%2F..%2Frelay.srt", "RU.srt", "ru%00.srt"):
        assert pavel.get(f"{FILM}/renders/1/captions/{odd}").status_code in (400, 404)


def test_an_export_is_made_waited_for_and_taken_along(version, relay, program):
    boris = program("boris")
    fails(boris.get(f"{FILM}/exporting"), 404, "not-found")
    assert boris.does("POST", f"{FILM}/exports", 202, to="otio", originals=False)["error"] == ""
    version.state.export_jobs.wait()
    told = boris.reads(f"{FILM}/exporting")
    assert (told["running"], told["error"]) == (False, "")
    (ready,) = boris.reads(f"{FILM}/exports")
    assert (ready["number"], ready["to"], ready["left_out"], ready["person"]) == (
        told["number"], "otio", ["chapters"], "Борис",
    )  # fmt: skip
    packed = boris.get(f"{FILM}/exports/{ready['number']}.zip", headers={"range": "bytes=0-1"})
    assert (packed.status_code, packed.content) == (206, b"PK")
    boris.does("DELETE", f"{FILM}/exports/{ready['number']}", 204)
    assert shelf.listing(relay, "proryv80", "film") == []
    fails(boris.get(f"{FILM}/exports/{ready['number']}.zip"), 404, "not-found")


def test_whose_exports_they_are_not(version, program):
    for who in ("anna", "pavel"):
        fails(program(who).get(f"{FILM}/exports"), 403, "forbidden")


def test_a_film_that_is_no_film_is_not_signed_and_that_is_no_bug(version, program):
    boris = program("boris")
    fails(boris.get(f"{FILM}/renders/1/signed.mp4"), 404, "not-found")
    answer = boris.post(f"{FILM}/renders/1/sign")
    assert answer.status_code in (400, 503), answer.text
    fails(boris.get(f"{FILM}/renders/1/signed.mp4"), 404, "not-found")


def test_a_remark_is_answered(version, program):
    boris = program("boris")
    (remark,) = boris.does("POST", f"{FILM}/remarks", 201, version=1, text="тише", seconds=1, until=2)
    (told,) = boris.does("POST", f"{FILM}/remarks/{remark['id']}/replies", 201, text="сделано")
    assert (told["until"], [one["text"] for one in told["replies"]]) == (2, ["сделано"])
