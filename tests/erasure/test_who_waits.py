"""Whose video waits, or is still on its way, has as much a right to be erased as whose clip is in a film."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.erasure import people as persons
from relay.intake.hand_in import hand_ins, uploads
from relay.models import Clip, Doubt, HandIn, HandInState
from relay.moderation.withdrawal import withdraw
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore
from tests.beside import relay_in
from tests.intake.participants import Participants, whose_page_is_open

CONTENT = "her own video"


@pytest.fixture
def people(relay: Relay, tmp_path: Path) -> Participants:
    return whose_page_is_open(relay, tmp_path)


def left(relay: Relay) -> list[str]:
    files = (path for path in relay.settings.data_dir.rglob("*") if path.is_file())
    return [path.name for path in files if CONTENT.encode() in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize("by", ["number", "contact"])
def test_erased_nothing_waits_any_more(relay: Relay, people: Participants, by: str) -> None:
    secret = people.hands_in(people.scene.film(CONTENT), contact="anna@example.org")
    who = people.hand_in(secret).number if by == "number" else "anna@example.org"
    assert left(relay)
    persons.erase(relay, who, reason="a letter", person="olga")
    assert (people.state(secret), left(relay)) == ("withdrawn", [])
    people.worker_comes()
    assert people.scene.clips() == []


def test_erased_no_upload_goes_on(relay: Relay, people: Participants) -> None:
    secret = people.begins(contact="anna@example.org")
    number = people.hand_in(secret).id or 0
    upload = uploads.create(relay, number, name="a.mp4", kind="video/mp4", length=1000)
    part = uploads.OpenUpload(relay, number, upload, 0)
    part.write(CONTENT.encode())
    part.close()
    persons.erase(relay, "anna@example.org", reason="a letter", person="olga")
    assert (people.state(secret), left(relay)) == ("withdrawn", [])


def test_whose_video_waits_takes_it_along(relay: Relay, people: Participants, tmp_path: Path) -> None:
    number = people.hand_in(people.hands_in(people.scene.film(CONTENT))).number
    persons.export(relay, number, tmp_path / "hers")
    assert (tmp_path / "hers" / f"hand-in-{number}").read_text() == CONTENT


@pytest.mark.slow
@pytest.mark.parametrize("form", ["b.tar", "b"])
@pytest.mark.parametrize("known", [True, False])
def test_an_older_backup_takes_in_nothing_that_was_taken_back(
    relay: Relay, people: Participants, tmp_path: Path, form: str, known: bool
) -> None:
    """Twin: without its tombstone it is taken in."""
    secret = people.hands_in(people.scene.film(CONTENT))
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(relay, folder / form, folder=form == "b")
    if known:
        people.takes_back(secret)
    there = relay_in(relay, tmp_path / "elsewhere")
    restore(there, folder / form)
    restored = Participants(there, people.scene)
    assert bool(left(there)) is not known
    restored.worker_comes()
    with there.reading() as session:
        clips = session.exec(select(Clip)).all()
        (hand_in,) = session.exec(select(HandIn)).all()
    assert (hand_in.state is HandInState.withdrawn, bool(clips)) == (known, not known)
    there.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("lost", [True, False])
def test_what_waits_in_a_backup_whose_tombstones_are_lost_waits_for_a_person(
    relay: Relay, people: Participants, tmp_path: Path, lost: bool
) -> None:
    people.hands_in(people.scene.film(CONTENT))
    (tmp_path / "backups").mkdir()
    backup(relay, tmp_path / "backups" / "b.tar")
    if lost:
        (tmp_path / "backups" / "tombstones.jsonl").unlink()
    there = relay_in(relay, tmp_path / "elsewhere")
    restore(there, tmp_path / "backups" / "b.tar")
    Participants(there, people.scene).worker_comes()
    with there.reading() as session:
        (clip,) = session.exec(select(Clip)).all()
    assert clip.doubt is (Doubt.restored if lost else Doubt.none)
    there.store.close()


@pytest.mark.slow
def test_who_was_refused_stays_refused(relay: Relay, people: Participants) -> None:
    secret = people.begins(way="link", url="https://vk.com/wall-1_1")
    people.worker_comes()
    number = people.hand_in(secret).id or 0
    assert hand_ins.call_off(relay, number, words="", withdraw=withdraw).state is HandInState.refused
