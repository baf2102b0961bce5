from __future__ import annotations

from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.captions import (
    LEAST_SECONDS,
    LINE_LETTERS,
    LINES,
    Cue,
    as_rows,
    from_rows,
    in_lines,
    parsed,
    readable_cues,
    spread,
    srt,
    vtt,
    within,
)
from relay.errors import Refused

QUOTE = (
    "Лёд трещал под колёсами, но мы ехали: в кузове под брезентом лежали дети, и каждый из них держал в руках "
    "по куску хлеба, который нельзя было есть сразу. Мы молчали. Так прошла ночь."
)
FILE = """1
00:00:01,200 --> 00:00:04,000
<i>Лёд трещал</i> под колёсами,
но мы ехали.

2
00:00:04,100 --> 00:00:09,000
{\\an8}Мы ждали известий.
"""


def test_a_file_becomes_plain_cues() -> None:
    assert parsed(FILE.encode()) == [
        Cue(1.2, 4.0, "Лёд трещал под колёсами, но мы ехали."),
        Cue(4.1, 9.0, "Мы ждали известий."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_files_of_every_editor_are_read(encoding: str) -> None:
    assert [cue.text for cue in parsed(FILE.replace("\n", "\r\n").encode(encoding))][1] == "Мы ждали известий."


def test_webvtt_is_read() -> None:
    text = "WEBVTT\n\nNOTE by hand\n\n00:01.200 --> 00:04.000 align:start\nМы ехали <b>молча</b>.\n"
    assert parsed(text.encode()) == [Cue(1.2, 4.0, "Мы ехали молча.")]


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x00" * 100, b"\x89PNG\r\n", b"[Script Info]\n", b"1\n00:00:05,000 --> 00:00:01,000\nx\n"]
)
def test_what_is_no_file_of_captions_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="no captions in this file"):
        parsed(data)
    with pytest.raises(Refused, match="larger than 1 MB"):
        parsed(b"x" * ((1 << 20) + 1))


def test_a_known_text_is_spread_by_the_length_of_its_sentences() -> None:
    cues = spread(QUOTE, 1.0, 21.0)
    assert " ".join(" ".join(cue.text.split()) for cue in cues) == QUOTE
    assert cues[0].start == 1.0
    assert cues[-1].end == pytest.approx(21.0)
    speeds = [len(cue.text) / cue.seconds for cue in cues]
    assert max(speeds) < 1.6 * min(speeds)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.floats(0, 100), st.floats(0.05, 20), st.text(alphabet="аб вгд, еж. ыъ—", min_size=1, max_size=400)
        ),
        max_size=8,
    )
)
def test_cues_are_readable_whatever_came_in(given_: list[tuple[float, float, str]]) -> None:
    cues = readable_cues(Cue(start, start + length, text) for start, length, text in given_)
    for cue in cues:
        lines = cue.text.split("\n")
        assert len(lines) <= LINES
        assert all(len(line) <= LINE_LETTERS for line in lines)
        assert cue.end > cue.start
    assert all(after.start >= before.start for before, after in pairwise(cues))


def test_a_short_cue_stays_for_a_second_where_there_is_room() -> None:
    (alone,) = readable_cues([Cue(1, 1.2, "Да.")])
    assert alone.seconds == LEAST_SECONDS
    joined = readable_cues([Cue(1, 1.3, "Да."), Cue(1.3, 3, "Мы выстоим.")])
    assert joined == [Cue(1, 3, "Да. Мы выстоим.")]
    first, second = readable_cues([Cue(1, 1.5, "Да."), Cue(2.2, 3.5, "Мы выстоим.")])
    assert first.end <= second.start


def test_two_lines_are_even_and_part_at_a_pause() -> None:
    assert in_lines("Лёд трещал под колёсами, но мы ехали, и никто не плакал.") == [
        "Лёд трещал под колёсами,",
        "но мы ехали, и никто не плакал.",
    ]
    assert in_lines("Да.") == ["Да."]


def test_what_is_cut_off_a_clip_is_cut_off_its_captions() -> None:
    cues = [Cue(0, 2, "раз"), Cue(2, 4, "два"), Cue(4, 8, "три")]
    assert within(cues, 1.8, 6) == [
        Cue(pytest.approx(0.2), pytest.approx(2.2), "два"),
        Cue(pytest.approx(2.2), pytest.approx(4.2), "три"),
    ]


def test_rows_keep_everything() -> None:
    cues = [Cue(0.5, 2.25, "раз\nдва")]
    assert as_rows(cues) == [{"from": 0.5, "to": 2.25, "text": "раз\nдва"}]
    assert from_rows(as_rows(cues)) == cues


HOSTILE = [
    Cue(0, 1, "a --> b"),
    Cue(1, 2, "<script>alert(1)</script>"),
    Cue(2, 3, "{\\an8}{\\p1}m 0 0"),
    Cue(3, 4, "раз\n\n2\n00:00:00,000 --> 00:09:00,000\nчужое"),
    Cue(3600.5, 3661.25, "час"),
]


@pytest.mark.parametrize("written", [srt(HOSTILE), vtt(HOSTILE, "ru")], ids=["srt", "vtt"])
def test_no_text_can_write_captions_of_its_own(written: str) -> None:
    read = pysubs2.SSAFile.from_string(written)
    assert [(event.start, event.end) for event in read] == [
        (0, 1000), (1000, 2000), (2000, 3000), (3000, 4000), (3_600_500, 3_661_250)
    ]  # fmt: skip
    assert "<script>" not in written
    assert read[0].plaintext.startswith("a ")


def test_without_the_guard_a_text_does_write_its_own() -> None:
    """The twin of the test above."""
    cue = HOSTILE[3]
    raw = f"1\n00:00:03,000 --> 00:00:04,000\n{cue.text}\n"
    assert len(pysubs2.SSAFile.from_string(raw)) == 2


def test_webvtt_names_its_language() -> None:
    assert vtt([Cue(0, 1, "а & б")], "ru") == "WEBVTT\nLanguage: ru\n\n00:00:00.000 --> 00:00:01.000\nа &amp; б\n"


# --- two speakers, and what comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("dash", ["- ", "-", "– ", "— ", "―"])
def test_two_speakers_are_not_run_together(dash: str) -> None:
    said = f"{dash}Ты помнишь?\n{dash}Помню."
    (cue,) = parsed(f"1\n00:00:01,000 --> 00:00:04,000\n{said}\n".encode())
    assert cue.text == said
    assert said in srt([cue])
    assert said in vtt([cue])


def test_what_two_speakers_say_at_length_is_parted_between_them() -> None:
    first, second = "- Ты помнишь, что тогда было и как мы шли по льду?", "- Помню каждый день и каждую ночь."
    assert [cue.text.replace("\n", " ") for cue in readable_cues([Cue(0, 8, f"{first}\n{second}")])] == [first, second]


def test_a_number_below_zero_is_no_speaker() -> None:
    assert in_lines("Было холодно:\n-35 градусов.") == ["Было холодно: -35 градусов."]


def test_two_captions_at_the_same_time_become_lines_of_two_speakers() -> None:
    together = readable_cues([Cue(28, 31, "Ты помнишь?"), Cue(28.1, 31.5, "Помню.")])
    assert together == [Cue(28, 31.5, "– Ты помнишь?\n– Помню.")]
    assert readable_cues([Cue(1, 3, "Да."), Cue(1, 3, "Да.")]) == [Cue(1, 3, "Да.")]


def test_a_quote_is_not_cut_behind_initials() -> None:
    cues = spread("Стихи А. С. Пушкина читает Анна из г. Тосно. Мы помним.", 0, 9)
    assert [cue.text.replace("\n", " ") for cue in cues] == [
        "Стихи А. С. Пушкина читает Анна из г. Тосно.",
        "Мы помним.",
    ]


AWKWARD = [
    "Дворник & сын",
    "Дворник &amp; сын",
    "5 < 7, а 8 > 2",
    "a --> b",
    "- Ты помнишь?\n- Помню.",
    "{\\an8}Мы ехали",
    "Победа! 🎉👨‍👩‍👧",
    "<b>не жирно</b>",
    "<00:00:01.000> не время",
    "NOTE не заметка",
    "WEBVTT",
    "80",
    "STYLE",
    "\u200fשלום\u200e",
    "в 12:30,5 часа",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_our_webvtt_is_read_back_unchanged(text: str) -> None:
    cues = [Cue(1, 3.5, text), Cue(4, 6, "Потом.")]
    assert parsed(vtt(cues, "ru").encode()) == cues


SAYABLE_IN_SUBRIP = [
    "Дворник & сын",
    "Дворник &amp; сын",
    "5 < 7, а 8",
    "- Ты помнишь?\n- Помню.",
    "80",
    "Победа! 🎉👨‍👩‍👧",
    "- Сколько нам было?\n- 80",
    "в 12:30,5 часа",
    "NOTE не заметка",
]


@pytest.mark.parametrize("text", SAYABLE_IN_SUBRIP)
def test_our_subrip_is_read_back_unchanged(text: str) -> None:
    cues = [Cue(1, 3.5, text), Cue(4, 6, "Потом.")]
    assert parsed(srt(cues).encode()) == cues


texts = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120),
    st.text(alphabet="аб вг,.&<>-–—{}\\:;0 1\n!?", min_size=1, max_size=200),
)
timed = st.lists(st.tuples(st.floats(0, 60), st.floats(0.05, 20), texts), max_size=8)


@pytest.mark.slow
@given(timed)
def test_whatever_is_said_comes_back_from_our_webvtt(said: list[tuple[float, float, str]]) -> None:
    cues = readable_cues(Cue(start, start + length, text) for start, length, text in said)
    assert [parsed(vtt(cues).encode())] == [cues] if cues else vtt(cues) == "WEBVTT\n"


def test_without_escaping_a_text_does_not_come_back() -> None:
    """The twin of the tests above."""
    assert parsed(vtt([Cue(1, 3, "5 < 7 & 8")]).replace("&lt;", "<").encode()) == [Cue(1, 3, "5")]


@pytest.mark.slow
@given(timed)
def test_what_is_readable_stays_as_it_is(said: list[tuple[float, float, str]]) -> None:
    cues = readable_cues(Cue(start, start + length, text) for start, length, text in said)
    assert readable_cues(cues) == cues


def test_a_number_that_ends_a_file_is_spoken() -> None:
    said = "Нам тогда было вместе, если сложить все годы,"
    assert parsed(f"1\n00:00:01,000 --> 00:00:04,000\n{said}\n80\n".encode())[0].text.endswith("80")
