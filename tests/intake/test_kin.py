"""Who is found alike, what everybody uses, and files that were looked at by an older version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.intake import fingerprints, kin, likeness, views
from relay.intake.hand_in.files import add_files
from relay.models import (
    Certainty,
    Clip,
    CommonPiece,
    Event,
    EventKind,
    EventSubject,
    Inspection,
    Kinship,
    RecordingPrint,
    Said,
)
from relay.recordings import cards
from tests.intake.lookup.test_chunks import changed, some
from tests.intake.lookup.test_seeds import print_of
from tests.intake.scene import Scene, some_prints
from tests.intake.test_sound_prints import printed, speech
from tests.moderation.town import Town


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


def test_frames_that_follow_each_other_for_a_second_are_a_run() -> None:
    assert kin._runs([1, 2, 3, 5, 8, 9]) == [[1, 2, 3], [8, 9]]
    assert kin._runs([]) == kin._runs([4, 6, 8]) == []


def shared(mine: np.ndarray, *others: np.ndarray, owners: Sequence[int] = range(1, 10)) -> list[kin.Piece]:
    prints = {f"other {at}": print_of(one) for at, one in enumerate(others)}
    return kin._common_frames(print_of(mine), prints, dict(zip(prints, owners, strict=False)))


def test_frames_that_more_than_four_others_have_are_a_card_which_the_one_has_that_has_most_of_it() -> None:
    card = some(1, 6)
    mine = np.concatenate([some(2, 4), card, some(3, 4)])
    part = [np.concatenate([card[:4], some(10 + at, 8)]) for at in range(4)]
    whole = np.concatenate([some(20, 2), card, some(21, 2)])
    assert shared(mine, *part, whole) == [("other 0", 0.0, 2.0)], "its first four frames"
    assert shared(mine, part[0], *[whole] * 5) == [("other 1", 1.0, 4.0)]
    assert shared(mine, *part) == [], "four are not too many"
    assert shared(mine, *part, whole, owners=[1, 2, 3, 4, 4]) == [], "two on one card count once"
    assert shared(likeness.NOTHING, *part, whole) == []
    assert shared(mine, *part, likeness.NOTHING, whole) == [("other 0", 0.0, 2.0)]


def test_a_frame_coded_again_is_the_same_frame_and_one_beside_it_is_not() -> None:
    card = some(1, 4)
    mine = np.concatenate([card, some(3, 4)])
    again = [np.concatenate([some(40 + at, 2), changed(card, at, 31)]) for at in range(5)]
    assert shared(mine, *again) == [("other 0", 1.0, 3.0)]
    assert shared(mine, *(one ^ np.uint64(0xFFFFFFFF) for one in again)) == []


def test_what_was_compared_is_written_down_once_for_each_pair_and_what_a_person_said_stays(relay: Relay) -> None:
    town = Town(relay)
    first, second, third = (town.has_clip() for _ in range(3))

    def like(offset: float, certainty: Certainty = Certainty.possible) -> likeness.Likeness:
        return likeness.Likeness(certainty=certainty, seen=0.5, heard=2.0, offset=offset)

    def linked(clip: int, **others: likeness.Likeness) -> None:
        with relay.transaction() as session:
            found = {int(name[1:]): one for name, one in others.items()}
            kin.link(session, session.get_one(Clip, clip), found, relay.now())

    def written() -> dict[tuple[int, int], tuple[Certainty, float, float, float]]:
        with relay.reading() as session:
            return {
                (row.a_id, row.b_id): (row.certainty, row.begins, row.seen, row.heard)
                for row in session.exec(select(Kinship))
            }

    linked(second, **{f"c{first}": like(3.0)})
    linked(second, **{f"c{third}": like(4.0)})
    assert written() == {
        (first, second): (Certainty.possible, -3.0, 0.5, 2.0), (second, third): (Certainty.possible, 4.0, 0.5, 2.0),
    }  # fmt: skip
    with relay.reading() as session:
        assert {row.family for row in session.exec(select(Clip))} == {first}
    linked(first, **{f"c{second}": like(5.0, Certainty.certain)})
    assert written()[first, second] == (Certainty.certain, 5.0, 0.5, 2.0)
    assert written()[second, third] == (Certainty.possible, 4.0, 0.5, 2.0)
    with relay.transaction() as session:
        session.exec(select(Kinship).where(Kinship.a_id == first)).one().said = Said.other
    linked(first, **{f"c{second}": like(9.0)})
    assert written()[first, second] == (Certainty.certain, 5.0, 0.5, 2.0), "a person has said what they are"


def test_a_piece_that_a_person_named_stands_in_the_record_of_its_clip(relay: Relay) -> None:
    town = Town(relay)
    clip = town.has_clip()
    with relay.transaction() as session:
        kin.add_piece(session, clip, town.campaign_id, (1.5, 4.0), (b"p", b"s"), "Ольга", relay.now())
    with relay.reading() as session:
        piece = session.exec(select(CommonPiece)).one()
        event = session.exec(select(Event).where(Event.subject == EventSubject.clip)).one()
    assert (piece.campaign_id, piece.clip_id, piece.start, piece.seconds) == (town.campaign_id, clip, 1.5, 2.5)
    assert (piece.pictures, piece.sounds, piece.person, piece.at) == (b"p", b"s", "Ольга", relay.now())
    assert (event.what, event.subject_id, event.person) == (EventKind.common_piece, clip, "Ольга")
