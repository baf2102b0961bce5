from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from relay.context import Relay
from relay.models import Almanac, ClipState, Doubt, Render
from relay.upkeep.backups.contents import HELD_BACK
from relay.upkeep.damages import films
from relay.upkeep.damages.check import Check
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


class Cinema:
    """`cinema.film("a", clips=[1])`: a version of a film, with its manifest."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.town = relay, Town(relay)
        with relay.transaction() as session:
            almanac = Almanac(campaign_id=self.town.campaign_id, name="film", title="x", created_at=relay.now())
            session.add(almanac)
            session.flush()
            self.almanac, self.version = almanac.id or 0, 0

    def film(self, name: str, *, clips: list[int] | None = None, closed: bool = False, **told: object) -> Path:
        relay, content = self.relay, f"the film {name}".encode()
        self.version += 1
        path, sha256 = relay.folder("almanacs") / f"{name}.mp4", hashlib.sha256(content).hexdigest()
        path.write_bytes(content)
        words = {"sha256": sha256, "bytes": len(content), "clips": [{"clip": clip} for clip in clips or []]} | told
        path.with_suffix(".json").write_text(json.dumps(words))
        with relay.transaction() as session:
            row = Render(
                almanac_id=self.almanac, version=self.version, file=f"almanacs/{name}.mp4",
                manifest=f"almanacs/{name}.json", sha256=sha256, frames=1, fps=25, shots_encoded=0, shots_reused=0,
                seconds=1, at=relay.now(), closed_at=relay.now() if closed else None,
            )  # fmt: skip
            session.add(row)
        return path

    def told(self, of: Callable[..., object], *, deep: bool = False) -> list[tuple[str, str, bool]]:
        found = list(of(self.relay, False, deep))  # type: ignore[call-overload]
        assert all(isinstance(each, Check) and not each.fixed for each in found)
        return [(each.what, each.text, each.wrong) for each in found]


@pytest.fixture
def cinema(relay: Relay) -> Cinema:
    return Cinema(relay)


def test_films_that_are_gone_short_or_empty_are_named_in_their_order(cinema: Cinema) -> None:
    cinema.film("whole")
    assert cinema.told(films.films, deep=True) == [("films", "in place: 1", False)]
    cinema.film("gone").unlink()
    cinema.film("closed", closed=True).unlink()
    cinema.film("short").write_bytes(b"the film shor")
    cinema.film("empty", bytes=0).write_bytes(b"")
    cinema.film("flipped").write_bytes(b"The film flipped")
    held = cinema.film("held")
    aside = cinema.relay.folder(HELD_BACK, "almanacs") / held.name
    held.rename(aside)
    missing = "missing or changed, render again: almanacs/gone.mp4, almanacs/short.mp4, almanacs/empty.mp4"
    assert cinema.told(films.films) == [("films", missing, True)]
    assert cinema.told(films.films, deep=True) == [("films", f"{missing}, almanacs/flipped.mp4", True)]


def test_a_film_whose_size_nobody_noted_is_whole_as_it_lies(cinema: Cinema) -> None:
    cinema.film("old", bytes=None)
    assert cinema.told(films.films) == [("films", "in place: 1", False)]


@pytest.mark.parametrize("told", ["", "[]", "{}", '{"sha256": "0", "clips": []}', '{"clips": {}}', '{"bytes": 10}'])
def test_a_manifest_that_tells_nothing_of_its_film_is_named(cinema: Cinema, told: str) -> None:
    cinema.film("a").with_suffix(".json").write_text(told)
    cinema.film("b")
    in_place, untold = cinema.told(films.films)
    assert in_place == ("films", "in place: 2", False)
    assert untold[1:] == (
        "what is in them can't be told, take it from a backup or render again: almanacs/a.json", True,
    )  # fmt: skip


def test_films_that_show_somebody_who_was_taken_back_are_named_with_the_clips(cinema: Cinema) -> None:
    stays = cinema.town.has_clip(state=ClipState.approved)
    gone = [cinema.town.has_clip(state=ClipState.withdrawn) for _ in range(2)]
    cinema.film("without", clips=[stays])
    cinema.film("closed", clips=gone, closed=True)
    cinema.film("unreadable").with_suffix(".json").write_text('{"clips": 1}')
    assert cinema.told(films.shown_after_all) == [("withdrawn clips", "in no film", False)]
    cinema.film("both", clips=[gone[1], stays, gone[0]])
    cinema.film("one", clips=[gone[1]])
    told = f"almanacs/both.mp4 ({gone[0]}, {gone[1]}); almanacs/one.mp4 ({gone[1]})"
    wrong = f"shown in films that are there still, make those anew without them: {told}"
    assert cinema.told(films.shown_after_all) == [("withdrawn clips", wrong, True)]


def test_what_a_restore_held_back_waits_and_is_counted(cinema: Cinema) -> None:
    clip = cinema.town.has_clip()
    cinema.town.has_clip()
    assert cinema.told(films.held_back) == []
    with cinema.relay.transaction() as session:
        found = cinema.town.clip(clip)
        found.doubt = Doubt.restored
        session.add(found)
    ((what, text, wrong),) = cinema.told(films.held_back)
    assert (what, wrong) == ("restored", True)
    assert text.startswith("clips (1) and films (0) wait for somebody")
    with cinema.relay.transaction() as session:
        found.doubt = Doubt.none
        session.add(found)
    (cinema.relay.folder(HELD_BACK, "almanacs") / "a.mp4").touch()
    (cinema.relay.folder(HELD_BACK, "almanacs") / "a.json").touch()
    ((_, text, _),) = cinema.told(films.held_back)
    assert text.startswith("clips (0) and films (1) wait")
