"""Two recordings or one: what is certain, what a person has to look at, and what is neither."""

from __future__ import annotations

import numpy as np
import pytest

from relay.intake import views
from relay.intake.likeness import Fingerprint, Likeness, compare
from relay.models import Certainty
from tests.intake.test_families import Frames
from tests.intake.test_sound_prints import Sound, printed, speech

pytestmark = pytest.mark.slow


def moving(seed: int, count: int = 20) -> Frames:
    """A picture that changes from frame to frame, as a camera in somebody's hand does."""
    dice = np.random.default_rng(seed)
    frames = []
    for _ in range(count):
        picture = np.full((64, 64), 128.0)
        for _ in range(30):
            left, top = dice.integers(-16, 64, 2)
            picture[max(0, top) : top + dice.integers(4, 40), max(0, left) : left + dice.integers(4, 40)] = (
                dice.integers(0, 256)
            )
        frames.append(picture)
    return np.stack(frames)


def still(seed: int, count: int = 20) -> Frames:
    """A camera on a tripod: somebody sits and reads."""
    return np.repeat(moving(seed, 1), count, axis=0)


def known(frames: Frames, sound: Sound | None = None, size: tuple[int, int] = (640, 640)) -> Fingerprint:
    words = printed(sound) if sound is not None else b""
    return Fingerprint.of(views.of(frames.astype(np.uint8).tobytes(), *size), words)


def certainty(a: Fingerprint, b: Fingerprint) -> Certainty | None:
    found, turned = compare(a, b), compare(b, a)
    assert (found and found.certainty) == (turned and turned.certainty)
    return found.certainty if found is not None else None


def test_seen_and_heard_alike_is_certain() -> None:
    found = compare(known(moving(1), speech(1, 10)), known(moving(1), speech(1, 10)))
    assert found == Likeness(Certainty.certain, 0.0, 1.0, 1.0)


def test_the_same_picture_with_another_text_is_never_certain() -> None:
    """One person, one chair, one camera, two readings."""
    one, other = known(still(2), speech(2, 10)), known(still(2), speech(3, 10))
    assert certainty(one, other) is Certainty.possible


def test_twin_the_same_chair_and_the_same_text_is_certain() -> None:
    assert certainty(known(still(2), speech(2, 10)), known(still(2), speech(2, 10))) is Certainty.certain


def test_without_sound_a_still_picture_is_possible_and_a_moving_one_certain() -> None:
    assert certainty(known(still(4)), known(still(4))) is Certainty.possible
    assert certainty(known(moving(4)), known(moving(4))) is Certainty.certain


def test_a_card_and_a_jingle_in_front_make_no_two_recordings_one() -> None:
    card, jingle = still(5, 6), speech(5, 3)
    one, other = (
        known(np.concatenate([card, moving(seed, 16)]), np.concatenate([jingle, speech(seed, 8)])) for seed in (6, 7)
    )
    assert certainty(one, other) in (None, Certainty.possible)


def test_two_readings_before_one_wall_behind_one_jingle_are_not_certain() -> None:
    """All is seen alike, and half of it heard alike: the first half."""
    jingle = speech(5, 6)
    one, other = (known(still(5, 22), np.concatenate([jingle, speech(seed, 5)])) for seed in (6, 7))
    assert certainty(one, other) is Certainty.possible


def test_where_the_copy_begins_is_told() -> None:
    whole, sound = moving(8, 24), speech(8, 12)
    found = compare(known(whole, sound), known(whole[8:], sound[4 * 8000 :]))
    assert found is not None
    assert (found.certainty, found.offset) == (Certainty.certain, pytest.approx(4, abs=0.1))


@pytest.mark.parametrize(
    ("change", "size"),
    [
        pytest.param(lambda f: f[:, :, ::-1], (640, 640), id="mirrored"),
        pytest.param(lambda f: np.rot90(f, axes=(1, 2)), (640, 640), id="turned"),
        pytest.param(lambda f: f * 0.7 + 20, (640, 640), id="darker"),
    ],
)
def test_a_changed_copy_is_found(change: object, size: tuple[int, int]) -> None:
    original = moving(9)
    assert certainty(known(original), known(change(original), size=size)) is not None  # type: ignore[operator]


def test_a_picture_in_a_frame_is_found() -> None:
    original = moving(10)
    framed = np.zeros_like(original)
    framed[:, 16:48] = original.reshape(20, 32, 2, 64).mean(axis=2)
    assert certainty(known(original, size=(640, 320)), known(framed)) is not None


def test_twin_strangers_are_neither() -> None:
    prints = [known(moving(seed), speech(seed, 8)) for seed in range(20, 26)]
    assert [certainty(a, b) for n, a in enumerate(prints) for b in prints[:n]] == [None] * 15


def test_what_everybody_uses_does_not_count() -> None:
    card = known(still(11, 10), speech(11, 5))
    one, other = known(still(11, 10), speech(11, 5)), known(still(11, 10), speech(11, 5))
    assert certainty(one, other) is Certainty.certain
    bare = [known_.without(card.views["whole"], card.sounds) for known_ in (one, other)]
    assert certainty(*bare) is None


def test_nothing_to_see_and_nothing_to_hear_proves_nothing() -> None:
    dark = known(np.zeros((20, 64, 64)), np.zeros(8000 * 5))
    assert certainty(dark, dark) is None
    assert certainty(Fingerprint.of({}), Fingerprint.of({})) is None
