"""What a fetched video becomes: clips, and the families of those that show one recording."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from relay.context import Relay
from relay.intake import clips
from relay.intake.handins import add_files
from tests.intake.scene import Scene, some_prints


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    scene = Scene(relay, tmp_path)
    scene.campaign()
    return scene


def comes(scene: Scene, name: str, prints: bytes) -> int:
    (clip_id,) = add_files(scene.relay, "proryv80", [scene.film(name, prints=prints)], person="Анна")
    return clip_id


def numbers(scene: Scene) -> dict[int, int | None]:
    return {clip.id or 0: clip.family for clip in scene.clips()}


BEGIN, END, OTHER_BEGIN, OTHER_END = (some_prints(seed) for seed in (11, 12, 13, 14))


@pytest.mark.slow
def test_two_families_that_a_clip_connects_become_one_with_all_their_members(scene: Scene) -> None:
    """The last one is like one member of each family only, and brings the others along."""
    comes(scene, "a", BEGIN)
    comes(scene, "b", BEGIN + END)
    comes(scene, "c", OTHER_BEGIN)
    comes(scene, "d", OTHER_BEGIN + OTHER_END)
    comes(scene, "stranger", some_prints(99))
    assert numbers(scene) == {1: 1, 2: 1, 3: 3, 4: 3, 5: None}

    comes(scene, "e", END + OTHER_END)
    assert numbers(scene) == {1: 1, 2: 1, 3: 1, 4: 1, 5: None, 6: 1}


ORDERS = [order for order in permutations("abcde") if order[0] in "ae"][::7]


@pytest.mark.slow
@pytest.mark.parametrize("order", [*ORDERS[:2], *(pytest.param(order, marks=pytest.mark.slow) for order in ORDERS[2:])])
def test_in_whatever_order_they_come_the_end_is_the_same(scene: Scene, order: tuple[str, ...]) -> None:
    pieces = {"a": BEGIN, "b": BEGIN + END, "c": OTHER_BEGIN, "d": OTHER_BEGIN + OTHER_END, "e": END + OTHER_END}
    for name in order:
        comes(scene, name, pieces[name])
    assert set(numbers(scene).values()) == {1}


def test_a_clip_is_used_as_long_as_it_stands_on_the_bytes(scene: Scene) -> None:
    comes(scene, "a", BEGIN)
    (clip,) = scene.clips()
    assert clips.uses(scene.relay, clip.sha256)
    assert not clips.uses(scene.relay, "0" * 64)
