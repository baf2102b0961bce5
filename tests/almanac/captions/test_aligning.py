from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from relay.almanac.captions import aligning
from relay.almanac.captions.aligning import HOP, RATE, Samples, Spoken, align, is_read, pace, speech_bounds
from relay.media.text_to_speech import SpokenLine, can_speak, speak
from relay.media.toolbox import Toolbox

SENTENCES = (
    "Мы жили в маленькой комнате на Васильевском острове.",
    "Хлеб делили на три части.",
    "Мама всегда отдавала мне свой кусок, и я помню этот запах до сих пор.",
)
OTHERS = ("В январе пришла весть о прорыве.", "Люди выходили на улицу и обнимали незнакомых.", "Никто не скрывал слёз.")
GREETING = "Здравствуйте, меня зовут Анна Петрова."
Speaker = Callable[..., list[Samples]]


@pytest.fixture
def spoken(toolbox: Toolbox, tmp_path: Path) -> Speaker:
    """`spoken(sentences, voice="ru+f3", rate=120)`: each sentence by itself, without silence around it."""
    if not can_speak():
        pytest.skip("there is no speech package (extra: captions)")

    def speaks(sentences: Sequence[str], voice: str = "ru", rate: int = 150, pitch: int = 50) -> list[Samples]:
        lines = [SpokenLine(text, voice, f"{number}.wav", rate, pitch) for number, text in enumerate(sentences)]
        return [bare(path) for path in speak(toolbox, lines, tmp_path)]

    return speaks


def bare(path: Path) -> Samples:
    with wave.open(str(path), "rb") as file:
        samples, rate = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, file.getframerate()
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[loud[0] : loud[-1] + 1]
    at = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


@dataclass
class Clip:
    sound: Samples
    truth: list[tuple[float, float]]


def recorded(parts: Sequence[Samples], *, noise: float, before: Samples | None = None, seed: int = 1) -> Clip:
    """Read with pauses of a different length, in a room with noise so many dB below the voice."""
    dice, sound, truth = np.random.default_rng(seed), [np.zeros(RATE, np.float32)], []
    if before is not None:
        sound += [before, np.zeros(RATE // 2, np.float32)]
    for part in parts:
        begin = sum(map(len, sound)) / RATE
        truth.append((begin, begin + len(part) / RATE))
        sound += [part, np.zeros(int(dice.uniform(0.25, 0.9) * RATE), np.float32)]
    whole = np.concatenate(sound)
    level = np.sqrt((whole[np.abs(whole) > 0.01] ** 2).mean()) * 10 ** (-noise / 20)
    return Clip((whole + level * dice.standard_normal(len(whole))).astype(np.float32), truth)


@pytest.mark.media
@pytest.mark.parametrize("noise", [60, 15])
@pytest.mark.parametrize("greets", [False, True])
def test_sentences_are_found_in_another_voice(spoken: Speaker, noise: float, greets: bool) -> None:
    """Slower, higher, with pauses, in noise, and after a greeting that the text knows nothing of.

    Not by espeak-ng's f3: she breathes differently each time, and now and then is in doubt.
    """
    resident = {"voice": "ru+f5", "rate": 120, "pitch": 70}
    before = spoken([GREETING], **resident)[0] if greets else None
    clip = recorded(spoken(SENTENCES, **resident), noise=noise, before=before)
    text = spoken(SENTENCES, rate=125)
    found = align(clip.sound, text)
    errors = [
        abs(time - true)
        for each, (start, end) in zip(found, clip.truth, strict=True)
        for time, true in ((each.start, start), (each.end, end))
    ]
    assert max(errors) < 0.25
    assert is_read(clip.sound, text, found)


@pytest.mark.media
def test_another_text_is_told_from_the_one_that_is_read(spoken: Speaker) -> None:
    clip = recorded(spoken(OTHERS, voice="ru+f3", rate=120), noise=30)
    text = spoken(SENTENCES, rate=125)
    found = align(clip.sound, text)
    assert not found or not is_read(clip.sound, text, found)


@pytest.mark.media
def test_who_reads_slowly_is_told(spoken: Speaker) -> None:
    slow, quick = (recorded(spoken(SENTENCES, voice="ru+m2", rate=rate), noise=60) for rate in (90, 200))
    text = spoken(SENTENCES)
    assert pace(slow.sound, text) > 1.3
    assert pace(quick.sound, text) < 0.95


def buzz(seconds: float) -> Samples:
    return (0.2 * np.sign(np.sin(2 * np.pi * 140 * np.arange(int(seconds * RATE)) / RATE))).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


@pytest.mark.slow
def test_a_voice_is_told_from_the_silence_around_it() -> None:
    bounds = speech_bounds(np.concatenate([silence(1), buzz(2), silence(0.5)]))
    assert bounds == (pytest.approx(1, abs=HOP), pytest.approx(3, abs=HOP))
    assert speech_bounds(silence(3)) is None
    assert speech_bounds(silence(0)) is None


@pytest.mark.parametrize(
    ("heard", "sentences"),
    [
        (silence(3), [buzz(1)]),
        (silence(0), [buzz(1)]),
        (buzz(1), [silence(1)]),
        (buzz(1), []),
        (buzz(0.5), [buzz(2)]),  # there is not time enough for it
        (buzz(0.01), [buzz(0.01)]),
    ],
)
def test_where_nothing_can_be_found_nothing_is_told(heard: Samples, sentences: list[Samples]) -> None:
    assert align(heard, sentences) == []
    assert pace(heard, sentences) > 0


def test_short_sentences_have_a_time_too() -> None:
    found = align(np.concatenate([silence(1), buzz(0.2), silence(1)]), [buzz(0.2)])
    assert [(each.start, each.end) for each in found] == [(pytest.approx(1, abs=0.1), pytest.approx(1.2, abs=0.1))]


# --- whether it is this text ---------------------------------------------------------------------------------------

SOUNDS = 24
Text = Sequence[Sequence[int]]


def voice(text: Text, seed: int, seconds: float = 0.14) -> list[Samples]:
    """Sentences of sounds, each with a spectrum of its own, as another breath says them each time."""
    spectra = np.random.default_rng(5).uniform(0, 1, (SOUNDS, 24)) ** 3
    dice, size = np.random.default_rng(seed), int(seconds * RATE)
    bins = np.linspace(0, 24, size // 2 + 1, endpoint=False).astype(int)

    def sound(number: int) -> Samples:
        noise = np.fft.rfft(dice.standard_normal(size)) * (spectra[number][bins] + 0.02)
        return (0.05 * np.fft.irfft(noise, size)).astype(np.float32)

    return [np.concatenate([sound(number) for number in sentence]) for sentence in text]


def words(seed: int, sentences: int = 3, sounds: int = 22) -> list[list[int]]:
    return np.random.default_rng(seed).integers(0, SOUNDS, (sentences, sounds)).tolist()


def believed(said: Text, expected: Text, *, said_in: float = 0.16) -> bool:
    clip = recorded(voice(said, 7, said_in), noise=30)
    text = voice(expected, 8)
    found = align(clip.sound, text)
    return bool(found) and is_read(clip.sound, text, found)


@pytest.mark.slow
def test_the_text_that_is_read_is_believed() -> None:
    assert all(believed(words(seed), words(seed)) for seed in (1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_no_other_text_is_believed(seed: int) -> None:
    text, other = words(seed), words(seed + 50)
    assert not believed(other, text)
    assert not believed(text[::-1], text), "in another order"
    assert not believed([text[0], other[1], text[2]], text), "one sentence is another"
    assert not believed([text[0], text[2]], text), "one sentence is missing"
    assert not believed([sentence[::-1] for sentence in text[::-1]], text), "backwards"


@pytest.mark.slow
def test_without_comparing_with_strangers_a_text_in_another_order_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the tests above."""
    for name in ("NEARER", "EACH_NEARER", "SHARE"):
        monkeypatch.setattr(aligning, name, -10.0)
    text = words(1)
    assert believed([text[0], words(51)[1], text[2]], text)


@pytest.mark.media
def test_a_text_that_is_read_in_part_or_mixed_up_is_not_taken_for_it(spoken: Speaker) -> None:
    parts, others, text = (
        spoken(SENTENCES, voice="ru+f3", rate=120),
        spoken(OTHERS, voice="ru+f3", rate=120),
        spoken(SENTENCES, rate=125),
    )
    mixed_up = {
        "another order": parts[::-1],
        "half of it": [*parts[:1], *others[1:]],
        "without the longest": parts[:2],
        "backwards": [part[::-1] for part in parts[::-1]],
    }
    for name, said in mixed_up.items():
        clip = recorded(said, noise=30)
        found = align(clip.sound, text)
        assert not found or not is_read(clip.sound, text, found), name


# --- the parts of it -----------------------------------------------------------------------------------------------


def told(*times: tuple[float, float]) -> list[Spoken]:
    return [Spoken(begin, end, 0.5) for begin, end in times]


def test_the_sentences_of_a_clip_are_found_to_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    clip, text = recorded(voice(words(1, 2, 8), 7, 0.15), noise=30), voice(words(1, 2, 8), 8, 0.12)
    assert clip.truth == [(1.0, 2.2), (pytest.approx(2.782625), pytest.approx(3.982625))]
    found = align(clip.sound, text)
    assert [(each.start, each.end) for each in found] == [(1.0, 2.2), (pytest.approx(2.78), 4.0)]
    assert [each.unlike for each in found] == pytest.approx([0.174497, 0.223847], abs=1e-4)
    assert is_read(clip.sound, text, found)
    assert pace(clip.sound, text) == pytest.approx(141 / 96)
    monkeypatch.setattr(aligning, "MOST_CELLS", 4000)
    in_every_second_moment = align(clip.sound, text)
    assert [(each.start, each.end) for each in in_every_second_moment] == [(1.0, 2.2), (pytest.approx(2.78), 4.0)]
    assert [each.unlike for each in in_every_second_moment] == pytest.approx([0.201282, 0.301773], abs=1e-4)


@pytest.mark.slow
def test_half_of_a_text_s_time_is_enough_and_less_is_not() -> None:
    said, text = voice(words(3, 1, 10), 5, 0.1)[0], voice(words(3, 1, 10), 6, 0.2)
    assert len(align(said, text)) == 1
    assert align(said[:-400], text) == []
    assert align(said, [text[0], silence(1)]) == []


@pytest.mark.parametrize(
    ("text", "moments", "step"), [(1, 1, 1), (20000, 2000, 1), (20000, 2001, 2), (20000, 8000, 2), (20000, 8001, 3)]
)
def test_a_longer_table_is_read_in_every_second_or_third_moment(text: int, moments: int, step: int) -> None:
    assert aligning._step(np.zeros((text, 1), np.float32), np.zeros((moments, 1), np.float32)) == step


@pytest.mark.parametrize(
    ("times", "follow"),
    [
        ([(0, 1), (1, 2)], True),
        ([(0, 1), (1.5, 2)], True),
        ([(0, 1), (0.9, 2)], False),
        ([(0, 0), (1, 2)], False),
        ([(0, 1), (1, 1)], False),
        ([(0, 1), (2, 1.5)], False),
    ],
)
def test_sentences_last_and_follow_each_other(times: list[tuple[float, float]], *, follow: bool) -> None:
    assert aligning._follow_each_other(told(*times)) is follow


def test_a_border_is_a_long_pause_near_it_and_the_ends_are_the_nearest_ones() -> None:
    pauses = [(0, 0.3), (0.5, 0.9), (1.2, 1.5), (2.1, 2.2), (2.4, 2.6), (3.4, 3.6), (3.75, 3.95), (5.1, 6)]
    assert aligning._at_pauses(told((1, 2), (2.5, 3.5), (4, 5)), pauses) == told((0.9, 2.4), (2.6, 3.75), (3.95, 5.1))
    two = told((1, 2), (3, 4))
    assert aligning._at_pauses(two, []) == two
    assert aligning._at_pauses(two, [(3.3, 3.4)]) == told((1, 3.3), (3.4, 3.3)), "as far from the border as can be"
    assert aligning._at_pauses(two, [(3.31, 3.4)]) == told((1, 2), (3, 3.31))
    assert aligning._at_pauses(two, [(1.6, 1.7)]) == told((1.7, 1.6), (1.7, 4))
    assert aligning._at_pauses(two, [(1.6, 1.69)]) == told((1.69, 2), (3, 4))
    assert aligning._at_pauses(told((1, 2)), [(0.2, 0.3), (1.9, 2.1)]) == told((0.3, 1.9))


def test_the_moment_next_to_another_is_less_than_its_reach_away() -> None:
    assert aligning._nearest([0.8, -0.8], 0.0) == 0.0
    assert aligning._nearest([0.79, 5.0], 0.0) == 0.79
    assert aligning._nearest([1.3, 0.5, 0.9], 1.0) == 0.9
    assert aligning._nearest([], 1.0) == 1.0


def test_a_pause_fits_by_its_length_up_to_a_point_and_by_how_near_it_is() -> None:
    assert aligning._fits((1, 1.5), 1.2) == pytest.approx(0.5)
    assert aligning._fits((1, 3), 2) == pytest.approx(0.6)
    assert aligning._fits((1, 1.5), 0.5) == pytest.approx(0.3)
    assert aligning._fits((1, 1.5), 2) == pytest.approx(0.3)


def test_a_pause_lasts_a_while_but_at_the_ends() -> None:
    def pauses(text: str) -> list[tuple[float, float]]:
        found = aligning._pauses(np.array([sign == "#" for sign in text]))
        return [(round(begin / HOP), round(end / HOP)) for begin, end in found]

    assert pauses("..##......#.....#.") == [(0, 2), (4, 10), (17, 18)]
    assert pauses(".##.......#.#") == [(0, 1), (3, 10)]
    assert pauses("###") == []
    assert pauses("...") == [(0, 3)]


def test_short_sentences_are_weighed_with_their_neighbours() -> None:
    def parts(*lengths: int) -> list[float]:
        return aligning._of_parts([Spoken(0, 1, 10.0**at) for at in range(len(lengths))], lengths)

    assert parts(75, 75) == [1, 10]
    assert parts(74, 1) == [pytest.approx((74 + 10) / 75)]
    assert parts(74, 1, 75) == [pytest.approx((74 + 10) / 75), 100]
    assert parts(40, 40, 40, 40) == [pytest.approx(5.5), pytest.approx(550)]
    assert parts(75, 74) == [pytest.approx((75 + 740) / 149)]
    assert parts(10) == [1]


@pytest.mark.slow
def test_a_text_is_read_that_is_near_and_nearer_than_strangers_in_whole_and_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard, text = recorded(voice(words(1, 2, 8), 7, 0.15), noise=30).sound, voice(words(1, 1, 16), 8, 0.12)
    moments = aligning._voiced(text[0])[0]
    assert len(moments) * HOP == pytest.approx(1.92)
    strangers = aligning._strangers(heard, moments)
    assert strangers == pytest.approx([0.7077, 0.7242, 0.6063, 0.7055], abs=1e-4)
    usual = sum(strangers) / 4

    def read(*unlike: float) -> bool:
        return is_read(heard, text * len(unlike), [Spoken(0, 1, each) for each in unlike])

    lead = 0.05 * (6 / 1.92) ** 0.5
    assert read(usual - lead - 1e-4)
    assert not read(usual - lead + 1e-4)
    monkeypatch.setattr(aligning, "STRANGERS", 1)
    (usual_of_two,) = aligning._strangers(heard, np.concatenate([moments, moments]))
    assert usual_of_two == pytest.approx(0.755486, abs=1e-4)
    lead, of_each = 0.05 * 1.25, 0.025 * 1.25
    assert read(usual_of_two - of_each - 1e-4, usual_of_two - 2 * lead + of_each - 1e-4)
    assert not read(usual_of_two - of_each + 1e-4, usual_of_two - 2 * lead + of_each - 1e-3)
    assert read(usual_of_two - 0.0601, usual_of_two - 0.5399), "a fifth of the whole's lead"
    assert not read(usual_of_two - 0.0599, usual_of_two - 0.5401)
    monkeypatch.setattr(aligning, "LONG", 1.0)
    assert read(strangers[0] - 0.0501)
    assert not read(strangers[0] - 0.0499)
    strange = buzz(1)
    assert is_read(strange, text, [Spoken(0, 1, 0.7199)]), "of what is like nothing"
    assert not is_read(strange, text, [Spoken(0, 1, 0.7201)])


@pytest.mark.slow
def test_who_takes_longer_than_the_machine_is_slow() -> None:
    assert pace(np.concatenate([silence(1), buzz(2), silence(1)]), [buzz(1), buzz(0.5)]) == pytest.approx(110 / 75)
    assert pace(silence(1), [buzz(1)]) == 1.0
    assert pace(buzz(1), [silence(1)]) == 1.0
    assert pace(buzz(1), []) == 1.0


def test_levels_are_those_of_whole_moments() -> None:
    levels = aligning.levels(np.concatenate([buzz(0.04), silence(0.02), buzz(0.019)]))
    assert levels == pytest.approx([-13.98, -13.98, -100], abs=0.02)
    assert aligning.levels(silence(0.019)).tolist() == []


@pytest.mark.parametrize(
    ("quiet", "loud", "from_here"),
    [(-80, -20, -45), (-40, -20, -32), (-60, -20, -40), (-90, -40, -55), (-50, -50, -55)],
)
def test_what_is_loud_goes_by_what_is_usual_in_the_clip(quiet: float, loud: float, from_here: float) -> None:
    def is_loud(level: float) -> bool:
        return bool(aligning._is_loud(np.array([quiet] * 30 + [loud] * 60 + [level], np.float32))[-1])

    assert is_loud(from_here + 0.1)
    assert not is_loud(from_here)


def test_what_is_near_a_loud_moment_is_speech_too() -> None:
    cepstra, places = aligning._voiced(np.concatenate([silence(0.4), buzz(0.2), silence(0.4)]))
    assert places.tolist() == list(range(15, 35))
    assert cepstra.shape == (20, 24)
    assert aligning._voiced(np.concatenate([silence(0.06), buzz(0.2), silence(0.04)]))[1].tolist() == list(range(15))


def test_the_cepstra_are_those_that_the_distances_were_measured_with() -> None:
    """FAR, NEARER and the others hold for these and no others."""
    cepstra = aligning._cepstra(voice(words(1, 1, 3), 8, 0.12)[0])
    assert cepstra.shape == (18, 24)
    assert cepstra[3] == pytest.approx(CEPSTRA_OF_A_SOUND, abs=0.02)
    assert aligning._cepstra(silence(0.01)).shape == (0, 24)
    bands = aligning._mel_bands()
    assert bands.shape == (26, 257)
    assert [int(band.argmax()) for band in bands[::5]] == [5, 20, 41, 74, 124, 199]
    assert [int((band > 0).sum()) for band in bands[::5]] == [4, 7, 10, 16, 25, 37]
    assert bands.sum(axis=1)[::5] == pytest.approx([2.27, 3.5, 5.28, 8.03, 12.1, 18.33], abs=0.01)
    assert bands.min() == 0
    assert (aligning._mel(1000), float(aligning._hertz(np.array(1000.0)))) == (
        pytest.approx(999.9855),
        pytest.approx(1000.0218),
    )


CEPSTRA_OF_A_SOUND = [
    -57.41,
    -1.44,
    -15.37,
    -12.06,
    2.57,
    14.74,
    -2.26,
    -0.07,
    7.83,
    -2.73,
    -2.69,
    3.43,
    1.11,
    -2.62,
    -3.28,
    -17.39,
    -3.84,
    3.95,
    3.44,
    9.19,
    5.34,
    1.94,
    -5.71,
    -6.34,
]


def test_a_moment_is_compared_without_what_all_of_them_have() -> None:
    normal = aligning._normal(np.array([[1, 2], [3, 6], [5, 1]], np.float32))
    assert normal.ravel() == pytest.approx([-0.93541, -0.35355, 0, 1, 0.79772, -0.60302], abs=1e-4)
    assert not aligning._normal(np.ones((3, 2), np.float32)).any()


@pytest.mark.parametrize(
    ("text", "heard", "way", "unlike"),
    [
        ("abcd", "dabcda", [1, 2, 3, 4], [0, 0, 0, 0]),
        ("abcd", "afbfcfd", [0, 2, 4, 6], [0, 0, 0, 0]),
        ("abbccd", "fabcd", [1, 2, 2, 3, 3, 4], [0, 0, 0, 0, 0, 0]),
        ("abcde", "ace", [0, 1, 1, 2, 2], [0, 1, 0, 1, 0]),
        ("abbc", "ebabcf", [2, 3, 3, 4], [0, 0, 0, 0]),
        ("a", "bab", [1], [0]),
        ("aaa", "a", [0, 0, 0], [0, 0, 0]),
    ],
)
def test_the_way_through_a_text_is_the_one_that_costs_least(
    text: str, heard: str, way: list[int], unlike: list[int]
) -> None:
    letters = np.eye(6, dtype=np.float32)
    found, costs = aligning._warped(
        letters[["abcdef".index(x) for x in text]], letters[["abcdef".index(x) for x in heard]]
    )
    assert (found.tolist(), costs.tolist()) == (way, unlike)
