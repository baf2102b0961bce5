"""The whole promise, on real files: a clip in films, exports and two campaigns is taken back, and nothing of it is
left; an older backup does not bring it back. `DRILL=30 pytest tests/erasure/test_drill.py -s` takes thirty clips and
three films, and tells its figures.
"""

from __future__ import annotations

import faulthandler
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlmodel import select

from relay.almanac.delivery import render, versions
from relay.almanac.delivery.exports import shelf
from relay.almanac.delivery.exports.film import ExportWish
from relay.almanac.formats import Format, RenderRequest
from relay.almanac.plan import queries
from relay.context import Relay
from relay.erasure import certificate, taking_back, walk
from relay.errors import NotShown, Refused
from relay.intake.hand_in import files
from relay.models import Almanac, Clip, ClipState, Erasure, Inspection, Render, Tombstone, Verdict
from relay.moderation import desk
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import Restored, restore
from tests.almanac.filming import Camera
from tests.beside import relay_in
from tests.erasure.drill import LENGTH, Searcher, mosaic, waves
from tests.moderation.town import Town

pytestmark = [pytest.mark.media, pytest.mark.slow]
CLIPS = int(os.environ.get("DRILL", "4"))
FILMS = 3 if CLIPS >= 30 else 1
STYLE = {
    "width": 160, "height": 90, "preset": "ultrafast", "title_seconds": 1, "page_seconds": 1, "end_seconds": 1,
    "framing": "whole",
}  # fmt: skip


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    from relay.media.toolbox import Toolbox

    return Camera(Toolbox(), tmp_path_factory.mktemp("camera"))


class Drill:
    def __init__(self, relay: Relay, camera: Camera, folder: Path) -> None:
        self.relay, self.camera, self.folder = relay, camera, folder
        Town(relay)
        Town(relay, "spring")
        self.hers = camera.films("hers", frames=LENGTH, seed=1, picture=mosaic)
        self.searcher = Searcher(self.hers, camera.toolbox)
        others = [camera.films(f"other{n}", frames=50, seed=n, picture=waves(n)) for n in range(2, CLIPS + 1)]
        self.clip, *self.others = files.add_files(relay, "proryv80", [self.hers, *others], person="anna", name="Анна")
        (self.twin,) = files.add_files(relay, "spring", [self.hers], person="anna", name="Анна")
        for clip in (self.clip, *self.others, self.twin):
            desk.decide(relay, clip, Verdict.approve, person="anna", seen=ClipState.awaiting)
        for number in range(FILMS):
            self.film(f"film{number}")
        self.film("spring", slug="spring")
        render.preview(relay, "proryv80", "film0")
        shelf.prepare(relay, "proryv80", "film0", ExportWish("mlt", packed=True, originals=True), person="boris")
        film = relay.folder("almanacs") / "proryv80_film0-v1.mp4"
        shutil.copyfile(film, film.with_name("proryv80_film0-v1-signed.mp4"))
        render.render(relay, "proryv80", "film0", request=RenderRequest(format=Format(shape="9:16")))

    def film(self, name: str, slug: str = "proryv80") -> Render:
        almanac = queries.new(self.relay, slug, name, all_approved=True)
        with self.relay.transaction() as session:
            row = session.get_one(Almanac, almanac.id)
            row.style = STYLE
            session.add(row)
        return render.render(self.relay, slug, name)

    def left(self, relay: Relay | None = None) -> list[str]:
        return self.searcher.finds((relay or self.relay).settings.data_dir)


@pytest.fixture
def drill(relay: Relay, camera: Camera, tmp_path: Path) -> Drill:
    return Drill(relay, camera, tmp_path)


def restored(relay: Relay, archive: Path, folder: Path) -> tuple[Relay, Restored]:
    folder.mkdir()
    elsewhere = relay_in(relay, folder)
    return elsewhere, restore(elsewhere, archive)


def test_taken_back_it_is_gone_from_everywhere_and_no_backup_brings_it_back(drill: Drill, tmp_path: Path) -> None:
    if CLIPS >= 30:
        faulthandler.cancel_dump_traceback_later()  # it takes longer than what hangs
    relay, told = drill.relay, []
    before = drill.left()
    told.append(f"before: {len(before)} files tell of it")
    assert {line.rpartition(": ")[2] for line in before} >= {"hash", "bytes", "frame"}, "the searcher sees all three"
    assert any(line.startswith("shots/") for line in before)
    backups = tmp_path / "backups"
    backups.mkdir()
    backup(relay, backups / "old.tar")

    making = threading.Thread(target=_another_film, args=(relay, drill), daemon=True)
    making.start()
    began = time.monotonic()
    assert sorted(taking_back.withdraw(relay, drill.clip, reason="по телефону", person="olga")) == sorted(
        [drill.clip, drill.twin]
    )
    while walk.due(relay) and time.monotonic() - began < 60:
        taking_back.tend(relay)
        time.sleep(0.2)
    took = time.monotonic() - began
    told.append(f"erased beside a running render in {took:.1f} s")
    assert walk.due(relay) == []
    assert took < 60
    making.join(120)
    assert not making.is_alive()
    assert drill.left() == []

    shown = certificate.of_clip(relay, drill.clip)
    told.append(f"removed {shown.files} files, {shown.bytes >> 10} KB; versions closed: {len(shown.films)}")
    with relay.reading() as session, pytest.raises(NotShown):
        versions.version(relay, session, "proryv80", "film0", 1)
    made = taking_back.make_films(relay)
    assert made == FILMS + 1, "each film, and the one that is upright"
    for name in (f"film{number}" for number in range(FILMS)):
        with relay.reading() as session:
            film = versions.film(relay, versions.version(relay, session, "proryv80", name).row)
        assert len(drill.camera.looks_at(film)) > 50, "it plays"
    assert drill.left() == []

    _knocks_again(drill)
    assert drill.left() == []
    _comes_out_of_the_backup(drill, backups / "old.tar", tmp_path / "elsewhere")
    sys.stdout.write("\n".join(["", f"{CLIPS} clips, {FILMS} films", *told, ""]))


def _another_film(relay: Relay, drill: Drill) -> None:
    """Without her: made while she is erased."""
    almanac = queries.new(relay, "proryv80", "beside", all_approved=False)
    from relay.almanac.plan import edits

    for clip in drill.others:
        edits.place(relay, "proryv80", "beside", clip, person="boris")
    with relay.transaction() as session:
        row = session.get_one(Almanac, almanac.id)
        row.style = {**STYLE, "width": 320, "height": 180}
        session.add(row)
    render.render(relay, "proryv80", "beside")


def _knocks_again(drill: Drill) -> None:
    """The same file, and the same recording coded anew, in any campaign."""
    coded = ("-c:v", "libx264", "-crf", "30", "-g", "9")
    anew = drill.camera.films("anew", frames=LENGTH, sound=0, picture=mosaic, encode=coded)
    for path, slug in ((drill.hers, "spring"), (anew, "proryv80")):
        with pytest.raises(Refused, match="taken this video back"):
            files.add_files(drill.relay, slug, [path], person="anna")


def _comes_out_of_the_backup(drill: Drill, archive: Path, folder: Path) -> None:
    elsewhere, done = restored(drill.relay, archive, folder)
    try:
        assert done.held.kept_out == sorted([drill.clip, drill.twin])
        assert {line.rpartition(": ")[2] for line in drill.left(elsewhere)} <= {"hash"}, "no byte and no frame of her"
        walk.try_to(elsewhere, walk.due(elsewhere))
        assert drill.left(elsewhere) == []
        with elsewhere.reading() as session:
            assert {session.get_one(Clip, clip).state for clip in (drill.clip, drill.twin)} == {ClipState.withdrawn}
            assert all(row.done_at for row in session.exec(select(Erasure)))
            assert session.exec(select(Tombstone)).first() is not None
            assert len(session.exec(select(Inspection)).all()) == CLIPS
    finally:
        elsewhere.store.close()
