"""Who is found alike, what everybody uses, and files that were looked at by an older version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.intake import fingerprints, kin, views
from relay.intake.hand_in.files import add_files
from relay.models import Certainty, Clip, CommonPiece, Inspection, Kinship, RecordingPrint
from relay.recordings import cards
from tests.intake.scene import Scene, some_prints
from tests.intake.test_sound_prints import printed, speech


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    scene = Scene(relay, tmp_path)
    scene.campaign()
    return scene


def comes(scene: Scene, name: str, prints: bytes, sounds: bytes = b"") -> int:
    path = scene.film(name, prints=prints, duration=len(prints) / 64, width=640, height=640)
    with scene.relay.transaction() as session:
        look = session.exec(select(Inspection).order_by(Inspection.at.desc(), Inspection.sha256)).all()  # type: ignore[attr-defined]
        sha256 = next(row.sha256 for row in look if row.prints == prints)
        pictures = views.packed({"whole": prints})
        session.add(
            RecordingPrint(
                sha256=sha256, version=fingerprints.VERSION, pictures=pictures, sounds=sounds, at=scene.relay.now()
            )
        )
    (clip_id,) = add_files(scene.relay, "proryv80", [path], person="Анна")
    return clip_id


def rows(scene: Scene) -> dict[tuple[int, int], tuple[Certainty, float]]:
    with scene.relay.reading() as session:
        return {(row.a_id, row.b_id): (row.certainty, row.begins) for row in session.exec(select(Kinship))}


def card(scene: Scene, clip: int) -> list[int]:
    with scene.relay.reading() as session:
        return [row.clip_id for row in cards.members(session, clip)]


@pytest.mark.slow
def test_where_the_one_begins_in_the_other_is_kept_whichever_came_first(scene: Scene) -> None:
    """The longer one came second: it begins two seconds before the first."""
    tail = some_prints(1, 12)
    first = comes(scene, "tail", tail)
    second = comes(scene, "whole", some_prints(2, 4) + tail)
    assert rows(scene) == {(first, second): (Certainty.certain, -2.0)}
    assert set(card(scene, first)) == {first, second}


@pytest.mark.slow
def test_a_card_that_many_use_is_noticed_and_joins_nobody_any_more(scene: Scene) -> None:
    """Six participants show the organizers' card for three seconds; their own part is four."""
    intro, jingle = some_prints(50, 6), speech(50, 3)
    ids = [
        comes(scene, f"film {n}", intro + some_prints(n, 8), printed(np.concatenate([jingle, speech(n, 4)])))
        for n in range(60, 68)
    ]
    with scene.relay.reading() as session:
        pieces = session.exec(select(CommonPiece)).all()
    assert [(piece.start, piece.seconds, piece.person) for piece in pieces] == [(0.0, 3.0, "")]
    assert all(card(scene, one) == [] for one in ids)
    assert not [pair for pair in rows(scene) if ids[-1] in pair]


@pytest.mark.slow
def test_twin_one_recording_that_was_posted_often_is_nobodys_card(scene: Scene) -> None:
    viral, sound = some_prints(70, 14), printed(speech(70, 7))
    ids = [comes(scene, f"copy {n}", viral + some_prints(80 + n, 1), sound) for n in range(8)]
    with scene.relay.reading() as session:
        assert session.exec(select(CommonPiece)).all() == []
    assert set(card(scene, ids[0])) == set(ids)


@pytest.mark.slow
def test_a_person_names_what_everybody_uses(scene: Scene) -> None:
    intro = some_prints(90, 8)
    one, other = comes(scene, "one", intro + some_prints(91, 3)), comes(scene, "other", intro + some_prints(92, 3))
    assert (one, other) in rows(scene)
    kin.mark_common(scene.relay, one, 0, 4, person="Ольга")
    assert rows(scene) == {}
    assert (card(scene, one), card(scene, other)) == ([], [])
    with pytest.raises(Refused):
        kin.mark_common(scene.relay, one, 500, 501, person="Ольга")
    with pytest.raises(NotFound):
        kin.mark_common(scene.relay, 999, 0, 1, person="Ольга")


def test_a_file_of_an_older_version_without_a_proxy_keeps_its_frames_and_is_tried_once(scene: Scene) -> None:
    prints = some_prints(95, 8)
    path = scene.film("old", prints=prints)
    (clip,) = add_files(scene.relay, "proryv80", [path], person="Анна")
    with scene.relay.transaction() as session:
        look = session.get_one(Inspection, session.get_one(Clip, clip).sha256)
        look.proxy = f"proxies/{look.sha256}.mp4"
        session.add(look)
    assert fingerprints.outdated(scene.relay) != []
    assert kin.renew(scene.relay) == 1
    assert kin.renew(scene.relay) == 0
    with scene.relay.reading() as session:
        row = session.get_one(RecordingPrint, session.get_one(Clip, clip).sha256)
    assert views.unpacked(row.pictures) == {"whole": prints}
