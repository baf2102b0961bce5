"""The played plan beside the rendered film: cuts, names and cards at moments all along it."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from relay.almanac.assets import cards
from relay.almanac.delivery import play
from relay.almanac.delivery.play import PlayedPlan, Sketchbook
from relay.almanac.delivery.render import render
from relay.almanac.film import playing
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState
from tests.almanac.delivery.test_render import Residents
from tests.almanac.filming import Camera, number_in, numbered
from tests.moderation.town import Town

FILM = ("proryv80", "film")
MOMENTS = 20
Luma = NDArray[np.float32]


@pytest.fixture
def residents(relay: Relay, camera: Camera) -> Residents:
    found = Residents(relay, camera)
    for number, name in enumerate(("Анна Лаврова", "Борис", "Вера Павлова")):
        path = camera.films(f"played{number}", frames=110 + 10 * number, picture=numbered(number % 2))
        found.film(name, path)
    found.plan(strip_seconds=2)
    return found


def luma(picture: Image.Image) -> Luma:
    """As a film in BT.709 of limited range has it."""
    red, green, blue = (np.asarray(band, np.float32) for band in picture.convert("RGB").split())
    return 16 + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * 219 / 255


def drawn(relay: Relay, book: Sketchbook, key: str) -> Image.Image:
    content, _ = play.picture(book.card(relay, *FILM, key), 320, 180)
    return Image.open(BytesIO(content))


def over(below: Luma, layer: Image.Image, much: float) -> Luma:
    alpha = np.asarray(layer.getchannel("A"), np.float32) / 255 * much
    return below * (1 - alpha) + luma(layer) * alpha


def weight(layer: playing.PlayedLayer, own: int) -> float:
    if not layer.first <= own < layer.last:
        return 0.0
    come = (own - layer.first) / layer.fade_in if layer.fade_in else 1.0
    go = (layer.last - own) / layer.fade_out if layer.fade_out else 1.0
    return min(1.0, come, go)


def looks(
    relay: Relay, book: Sketchbook, plan: PlayedPlan, clips: dict[str, int], moment: playing.PlayedMoment
) -> Luma:
    """One item of the played plan in one frame, as the browser puts it together."""
    item = plan.items[moment.item]
    if item.ground:
        light = min(1.0, moment.frame / item.rise if item.rise else 1.0)
        light = min(light, (item.frames - moment.frame) / item.sink if item.sink else 1.0)
        seen = 16 + (luma(drawn(relay, book, item.ground)) - 16) * light
    else:
        light = 1.0
        picture = numbered(clips[item.sha256] % 2)(item.first + moment.frame)
        seen = picture[:180].astype(np.float32)
    for layer in item.layers:
        seen = over(seen, drawn(relay, book, layer.picture), weight(layer, moment.frame) * light)
    return seen


def manifest(relay: Relay) -> tuple[Path, dict[str, Any]]:
    row = render(relay, *FILM)
    folder = relay.settings.data_dir
    return folder / row.file, json.loads((folder / row.manifest).read_text())


@pytest.mark.media
def test_the_played_plan_and_the_film_agree_at_twenty_moments(
    relay: Relay, residents: Residents, camera: Camera
) -> None:
    edits.trim(relay, *FILM, 2, first=0.4, last=3.0, person="Борис")
    edits.retitle(relay, *FILM, 3, who="Вера Щ.", town="Луга", person="Борис")
    cards.add(relay, *FILM, "chapter", words={"title": "Письма"}, before=3, person="Борис")
    book = Sketchbook()
    plan = book.plan(relay, *FILM)
    film, told = manifest(relay)
    assert (plan.frames, plan.fps) == (told["frames"], told["fps"])
    for clip, entry in zip(plan.clips, told["clips"], strict=True):
        item = plan.items[clip.item]
        assert (clip.clip, clip.name, clip.town) == (entry["clip"], entry["name"], entry["town"])
        assert (item.start, item.start + item.frames) == (entry["film"]["from"], entry["film"]["to"])
        assert (item.first, item.first + item.frames) == (entry["source"]["from"], entry["source"]["to"])
    frames = camera.looks_at(film)
    clips = {one.sha256: number for number, one in enumerate(plan.clips)}
    for moment in range(MOMENTS):
        at = (2 * moment + 1) * plan.frames // (2 * MOMENTS)
        seen = playing.at(plan.items, at)
        front = seen[-1]
        item = plan.items[front.item]
        if item.sha256 and len(seen) == 1:
            assert number_in(frames[at], clips[item.sha256] % 2) == item.first + front.frame, at
        expected = looks(relay, book, plan, clips, seen[0])
        for one in seen[1:]:
            expected = expected * (1 - one.seen) + looks(relay, book, plan, clips, one) * one.seen
        assert np.abs(expected - frames[at]).mean() < 6, (at, front)


@pytest.mark.slow
def test_a_plan_is_played_without_a_look_at_any_file(relay: Relay) -> None:
    town = Town(relay)
    clip = town.has_clip(name="Анна", town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, all_approved=True)
    book = Sketchbook()
    plan = book.plan(relay, *FILM)
    assert [(one.clip, one.name, one.town, one.turn) for one in plan.clips] == [(clip, "Анна", "Мга", 0)]
    assert plan.version == queries.show(relay, *FILM).version
    folder = relay.folder("shots") / "cards"
    assert not list(folder.glob("*")), "nothing is drawn before somebody comes to it"
    (strip,) = plan.items[plan.clips[0].item].layers
    content, media_type = play.picture(book.card(relay, *FILM, strip.picture), plan.width, plan.height)
    assert (media_type, Image.open(BytesIO(content)).size) == ("image/png", (1280, 720))
    content, media_type = play.picture(book.card(relay, *FILM, plan.items[0].ground), plan.width, plan.height)
    assert (media_type, Image.open(BytesIO(content)).size) == ("image/jpeg", (1280, 720))
    assert len(list(folder.glob("*.png"))) == 2, "they lie where the render looks for them"
    assert Sketchbook().card(relay, *FILM, strip.picture).path.exists(), "another process draws the plan up for it"
    with pytest.raises(NotFound):
        book.card(relay, *FILM, "0" * 64)


@pytest.mark.slow
def test_what_can_not_be_a_film_is_not_played(relay: Relay) -> None:
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved)
    queries.new(relay, *FILM, all_approved=True)
    with relay.transaction() as session:
        row = town.clip(1)
        row.state = ClipState.rejected
        session.add(row)
    with pytest.raises(Refused, match="not approved any more"):
        Sketchbook().plan(relay, *FILM)
    with pytest.raises(NotFound):
        play.music(relay, *FILM, "0" * 64)
