from __future__ import annotations

from itertools import pairwise

import pysubs2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay.almanac.film import cues as module
from relay.almanac.film.cues import (
    LEAST_SECONDS,
    LINE_LETTERS,
    LINES,
    Cue,
    as_rows,
    fits,
    from_rows,
    in_lines,
    parsed,
    readable_cues,
    speeches_of,
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
@example([(0.0025, 1.0, "Дворник & сын")])
@given(timed)
def test_what_is_readable_stays_as_it_is(said: list[tuple[float, float, str]]) -> None:
    cues = readable_cues(Cue(start, start + length, text) for start, length, text in said)
    assert readable_cues(cues) == cues


def test_a_number_that_ends_a_file_is_spoken() -> None:
    said = "Нам тогда было вместе, если сложить все годы,"
    assert parsed(f"1\n00:00:01,000 --> 00:00:04,000\n{said}\n80\n".encode())[0].text.endswith("80")


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_file_may_be_as_large_as_a_megabyte() -> None:
    padded = FILE.encode() + b"\n" * ((1 << 20) - len(FILE.encode()))
    assert len(parsed(padded)) == 2
    with pytest.raises(Refused) as refused:
        parsed(padded + b"\n")
    assert str(refused.value) == "The file of captions is larger than 1 MB."
    with pytest.raises(Refused) as refused:
        parsed(b"hello")
    assert (str(refused.value), refused.value.hint) == (
        "There are no captions in this file.",
        "Give an SRT or WebVTT file.",
    )


def test_what_has_no_time_of_its_own_is_left_out() -> None:
    text = "WEBVTT\n\n00:00.000 --> 00:01.000\nа\n\n00:02.000 --> 00:02.000\nб\n\n00:05.000 --> 00:04.000\nв\n"
    assert parsed(text.encode()) == [Cue(0, 1, "а")]


def test_comments_and_drawings_are_no_captions() -> None:
    head = "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n\n[Events]\n"
    form = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    lines = [
        "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,заметка",
        "Dialogue: 0,0:00:03.00,0:00:05.50,Default,Анна,0,0,0,,Мы ехали",
        "Dialogue: 0,0:00:06.00,0:00:07.00,Default,,0,0,0,,{\\p1}m 0 0 l 9 9",
    ]
    (cue,) = parsed((head + form + "\n".join(lines) + "\n").encode())
    assert (cue, cue.voice) == (Cue(3, 5.5, "Мы ехали"), "Анна")


@pytest.mark.parametrize(
    ("said", "text", "voice"),
    [
        ("<v Анна>Да.", "Да.", "Анна"),
        ("<v Анна>Да. <v Анна>Нет.", "Да. Нет.", "Анна"),
        ("<v Анна>Да. <v Борис>Нет.", "– Да.\n– Нет.", ""),
        ("<v Анна>Да. <v Борис>- Нет.", "– Да.\n- Нет.", ""),
        ("<v Анна>Да.</v> <v Борис>Нет.</v> И ещё.", "– Да.\n– Нет. И ещё.", ""),
        ("<v Анна>Да. <v Борис> ", "Да.", "Анна"),
        ("<v Анна>Да. <v Анна>Так. <v Борис>Нет.", "– Да. Так.\n– Нет.", ""),
    ],
)
def test_two_voices_in_one_caption_have_lines_of_their_own(said: str, text: str, voice: str) -> None:
    (cue,) = parsed(f"WEBVTT\n\n00:01.000 --> 00:03.000\n{said}\n".encode())
    assert (cue, cue.voice) == (Cue(1, 3, text), voice)


def test_lines_end_as_every_system_ends_them_and_hold_no_zeros() -> None:
    assert module._decoded("а\r\nб\rв\x00г".encode()) == "а\nб\nвг"
    assert module._decoded("а".encode("utf-16-be")) != "а"
    assert module._decoded(b"\xfe\xff" + "аб".encode("utf-16-be")) == "аб"
    with pytest.raises(Refused):
        module._decoded(b"\x98")


# --- making readable ------------------------------------------------------------------------------------------------


def test_time_is_given_by_letters_with_a_pause_behind_each_sentence() -> None:
    first, second = "А" * 15 + ".", "Б" * 35 + "."
    assert spread(f"{first} {second}", 10, 16) == [
        Cue(10, 11.96, first),
        Cue(12, 16, second),
    ]


@pytest.mark.parametrize(
    ("text", "speeches"),
    [
        ("Да.\nНет.", ["Да. Нет."]),
        ("Да.\n- Нет.", ["Да.", "- Нет."]),
        ("- Да.\n\n  —Нет. \n так", ["- Да.", "—Нет. так"]),
        ("Да\n-35", ["Да -35"]),
        ("Да\n–35", ["Да", "–35"]),
        ("Да\n-\nНет", ["Да", "- Нет"]),
        ("Да\n-", ["Да -"]),
        (" \n ", []),
    ],
)
def test_another_speaker_begins_with_a_dash_at_the_line_s_beginning(text: str, speeches: list[str]) -> None:
    assert speeches_of(text) == speeches


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("а" * 42, ["а" * 42]),
        ("а" * 43, ["а" * 42, "а"]),
        ("а" * 20 + " " + "б" * 22, ["а" * 20, "б" * 22]),
        ("аааа " * 9 + "аааа", ["аааа аааа аааа аааа аааа", "аааа аааа аааа аааа аааа"]),
        ("аааа " * 10 + "аааа", ["аааа аааа аааа аааа аааа", "аааа аааа аааа аааа аааа аааа"]),
        ("аааа " * 4 + "аааа, " + "аааа " * 6 + "аааа", ["аааа аааа аааа аааа аааа,", "аааа " * 6 + "аааа"]),
        ("аааа " * 3 + "аааа, " + "аааа " * 7 + "аааа", ["аааа аааа аааа аааа, аааа аааа", "аааа " * 5 + "аааа"]),
        ("аа " * 40 + "аа", ["аа " * 13 + "аа", "аа " * 13 + "аа", "аа " * 12 + "аа"]),
        ("б" * 50 + " вв", ["б" * 42, "б" * 8 + " вв"]),
        ("вв " + "б" * 50, ["вв", "б" * 42, "б" * 8]),
    ],
)
def test_a_line_has_42_letters_and_two_are_about_as_long(text: str, lines: list[str]) -> None:
    assert in_lines(text) == lines


def test_a_caption_has_two_lines() -> None:
    line = "а" * 42
    assert fits(line)
    assert fits(f"- {line[2:]}\n- {line[2:]}")
    assert not fits(f"- {line[1:]}\n- {line[2:]}")
    assert not fits("- Да.\n- Нет.\n- Да.")
    assert not fits("а" * 43 + " " + "а" * 3 + " " + "а" * 43)


def test_what_does_not_fit_is_parted_where_it_is_best() -> None:
    assert module.parts_of("- Да.\n- Нет.\n- Да, конечно.") == ["- Да.\n- Нет.", "- Да, конечно."]
    sentence = "Мы ехали по льду всю ночь и весь день"
    assert module.parts_of(f"{sentence}. {sentence}. {sentence}.") == [f"{sentence}.", f"{sentence}. {sentence}."]
    assert module.parts_of(f"{sentence}, {sentence}, {sentence}") == [f"{sentence},", f"{sentence}, {sentence}"]
    assert module.parts_of("ехали " * 20 + "ехали") == ["ехали " * 9 + "ехали", "ехали " * 10 + "ехали"]
    assert module.parts_of("а" * 100) == ["а" * 84, "а" * 16]
    assert module.parts_of("ехали с тобой " * 8 + "а") == [
        ("ехали с тобой " * 4).strip(),
        "ехали с тобой " * 4 + "а",
    ]


def test_parts_of_a_caption_have_their_share_of_its_time() -> None:
    assert readable_cues([Cue(2, 22, "а" * 100, "Анна")]) == [
        Cue(2, 18.76, "а" * 42 + "\n" + "а" * 42),
        Cue(18.8, 22, "а" * 16),
    ]


def test_captions_come_in_the_order_of_their_times_without_empty_ones() -> None:
    given_ = [Cue(8, 10, "в"), Cue(1, 3, " \n"), Cue(4, 6, "б"), Cue(1.23456, 3.00049, "а")]
    assert readable_cues(given_) == [Cue(1.235, 3.0, "а"), Cue(4, 6, "б"), Cue(8, 10, "в")]


def test_one_ends_when_the_next_begins_if_it_could_be_read_until_then() -> None:
    assert module.one_after_another([Cue(0, 5, "а"), Cue(1, 4, "б")]) == [Cue(0, 1, "а"), Cue(1, 4, "б")]
    assert module.one_after_another([Cue(0, 0.5, "а"), Cue(0.5, 4, "б")]) == [Cue(0, 0.5, "а"), Cue(0.5, 4, "б")]
    assert module.one_after_another([Cue(0, 5, "а"), Cue(0.99, 4, "б")]) == [Cue(0, 5, "– а\n– б")]
    assert module.one_after_another([Cue(0, 5, "а"), Cue(0.5, 4, "а")]) == [Cue(0, 5, "а")]
    assert module.one_after_another([Cue(0, 3, "а"), Cue(0.5, 4, "- б\n- в")]) == [Cue(0, 4, "– а\n- б\n- в")]
    assert module.one_after_another([]) == []


def test_what_is_hasty_is_joined_with_what_is_near() -> None:
    def joined(*cues: Cue) -> list[tuple[float, float, str, str]]:
        return [(cue.start, cue.end, cue.text, cue.voice) for cue in module._joined(cues)]

    assert joined(Cue(0, 0.5, "Да.", "Анна"), Cue(0.9, 3, "Едем.", "Анна")) == [(0, 3, "Да. Едем.", "Анна")]
    assert joined(Cue(0, 0.5, "Да.", "Анна"), Cue(0.9, 3, "Едем.")) == [(0, 3, "Да. Едем.", "")]
    assert joined(Cue(0, 4, "Да.", "Анна"), Cue(0.9, 3, "Едем.", "Борис")) == [(0, 4, "– Да.\n– Едем.", "")]
    assert joined(Cue(0, 0.5, "- Да."), Cue(0.9, 3, "- Едем.")) == [(0, 3, "- Да.\n- Едем.", "")]
    assert len(joined(Cue(0, 0.5, "Да."), Cue(1, 3, "Едем."))) == 2, "a second is enough"
    assert len(joined(Cue(0, 0.5, "Да."), Cue(0.9, 3, "а" * 82))) == 2, "together they are too long"
    assert joined(Cue(0, 2, "Да."), Cue(2.2, 2.5, "Едем."), Cue(3.1, 5, "в")) == [
        (0, 2.5, "Да. Едем.", ""),
        (3.1, 5, "в", ""),
    ]
    assert len(joined(Cue(0, 2, "Да."), Cue(2.5, 2.6, "Едем."), Cue(3.2, 5, "в" * 80))) == 3, "a pause lies between"
    assert len(joined(Cue(0, 2, "Да."), Cue(2.2, 2.5, "Едем."), Cue(3.2, 5, "в"))) == 3, "it stays for a second"
    assert len(joined(Cue(0, 2, "Да."), Cue(2.2, 2.5, "Едем."))) == 2, "nothing comes after it"
    assert module._joined([]) == []


@pytest.mark.parametrize(
    ("end", "start", "after", "belongs"),
    [
        (0.5, 0.999, 9, True),
        (0.5, 1.0, 9, False),
        (0.5, 1.25, 2.0, True),
        (0.5, 1.25, 2.25, False),
        (2.0, 2.25, 3.0, True),
        (2.0, 2.5, 3.0, False),
        (0.5, 1.5, 2.0, False),
    ],
)
def test_hasty_is_what_stays_less_than_a_second_and_near_less_than_a_pause(
    end: float, start: float, after: float, *, belongs: bool
) -> None:
    assert module._belongs(Cue(0, end, "а"), Cue(start, start + 0.5, "б"), after) is belongs


def test_each_is_gone_a_moment_before_the_next_where_there_is_time_for_it() -> None:
    def ends(*starts: float, last: float = 0.1) -> list[float]:
        return [round(cue.end, 3) for cue in module._apart([Cue(start, start + last, "а") for start in starts])]

    assert ends(0, 5) == [1, 6]
    assert ends(0, 0.5) == [0.46, 1.5]
    assert ends(0, 0.25) == [0.21, 1.25]
    assert ends(0, 0.23) == [0.23, 1.23]
    assert ends(0, 3, last=2) == [2, 5]
    assert ends() == []
    assert module._last_moment(Cue(0, 1, "а"), Cue(0.25, 1, "б")) == 0.21
    assert module._last_moment(Cue(0.5, 1, "а"), Cue(0.5 + 0.2, 1, "б")) == 0.7


# --- writing --------------------------------------------------------------------------------------------------------


def test_a_sliver_at_an_edge_is_left_out() -> None:
    cue = [Cue(1, 3, "раз", "Анна")]
    assert within(cue, 0, 1.5) == [Cue(1, 1.5, "раз")]
    assert within(cue, 0, 1.49) == []
    assert within(cue, 2.5, 9) == [Cue(0, 0.5, "раз")]
    assert within(cue, 2.51, 9) == []
    assert within([Cue(1, 1.25, "раз")], 0, 9) == [Cue(1, 1.25, "раз")]
    assert within([Cue(1, 1.25, "раз")], 0, 1.2) == []
    assert within([Cue(1, 1, "раз")], 0, 9) == []


def test_subrip_is_written_with_numbers_and_commas_and_nothing_that_is_more_than_text() -> None:
    cues = [Cue(3725.0625, 3726, "<b>а</b> </i > <5> {б}"), Cue(1.9996, 2, "12:30:15,5\n \nв  г\\д --> е 1:2,5")]
    assert srt(cues) == (
        "1\n01:02:05,062 --> 01:02:06,000\n‹b›а‹/b› ‹/i › <5> (б)\n"
        "\n2\n00:00:02,000 --> 00:00:02,000\n12:30:15 5\nв г/д → е 1:2,5\n"
    )
    assert srt([]) == ""


def test_webvtt_is_written_with_points_and_escaped() -> None:
    cues = [Cue(3725.0625, 3726, 'а < б > "в"\n\nг'), Cue(3726, 3727, "д")]
    assert vtt(cues) == (
        'WEBVTT\n\n01:02:05.062 --> 01:02:06.000\nа &lt; б &gt; "в"\nг\n\n01:02:06.000 --> 01:02:07.000\nд\n'
    )
    assert vtt([]) == "WEBVTT\n"
