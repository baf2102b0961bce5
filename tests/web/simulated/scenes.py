"""Clips as they are, and what a person makes of one: the assumptions of scripts/looks, which says where they are from.

A person's opinion about a clip is the same whenever they are asked, so that other ways to look at the same clips can be
compared with what came of the desk's.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.models import Verdict
from scripts.looks import FALSE_SIGNS, HARD, HASTY, ORGANIZER, risk

if TYPE_CHECKING:
    from tests.web.simulated.people import Nature

FIT = 0.75
RECALL = 0.9


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip. `sign`: something about it shows that it is hard, rightly or not. `seconds` is its length."""

    number: int
    fit: bool
    hard: bool
    sign: bool
    seconds: float

    @property
    def truth(self) -> Verdict:
        return Verdict.approve if self.fit else Verdict.reject


@dataclass(frozen=True, slots=True)
class Opinion:
    """`seconds`: what the look took."""

    verdict: Verdict
    seconds: float


def scenes(count: int, seed: int) -> dict[int, Scene]:
    dice = random.Random(f"{seed} scenes")
    made = {}
    for number in range(1, count + 1):
        fit, hard = dice.random() < FIT, dice.random() < HARD
        sign = dice.random() < (RECALL if hard else FALSE_SIGNS)
        made[number] = Scene(number, fit, hard, sign, round(dice.uniform(25, 55), 1))
    return made


def ability(seed: int, nature: Nature, scene: Scene) -> Opinion:
    dice = random.Random(f"{seed} {nature.login} {scene.number}")
    hasty = dice.random() < HASTY
    share = ORGANIZER if nature.organizes else 1.0
    errs = dice.random() < share * risk(nature.errors, hard=scene.hard, hasty=hasty)
    seconds = 0.3 * scene.seconds if hasty else scene.seconds + dice.uniform(0.5, 1.5) * nature.pace
    return Opinion(Verdict.approve if scene.fit != errs else Verdict.reject, seconds)


def two_each(
    seed: int, all_scenes: Mapping[int, Scene], moderators: Sequence[Nature], organizer: Nature | None
) -> tuple[float, float]:
    """Share of right verdicts and looks a clip where two moderators look at each clip, and a third person (the
    organizer, or one more moderator) where they differ.
    """
    dice = random.Random(f"{seed} two each")
    right = looks = 0
    for scene in all_scenes.values():
        people = dice.sample(list(moderators), 3)
        verdicts = [ability(seed, each, scene).verdict for each in people[:2]]
        if verdicts[0] is not verdicts[1]:
            verdicts.append(ability(seed, organizer or people[2], scene).verdict)
        looks += len(verdicts)
        right += verdicts[-1] is scene.truth
    return right / len(all_scenes), looks / len(all_scenes)
