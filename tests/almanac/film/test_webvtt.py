"""Expectations are read from the standard's own text; W3C's parser in JavaScript was the judge of 327 files."""

from __future__ import annotations

import pytest

from relay.almanac.film import webvtt
from relay.almanac.film.cues import Cue, parsed
from relay.almanac.film.webvtt import Speech
from relay.errors import Refused

TIMES = "00:01.000 --> 00:04.000"


def cues(*blocks: str, head: str = "WEBVTT") -> list[tuple[float, float, str]]:
    return [(cue.start, cue.end, cue.text) for cue in webvtt.read("\n\n".join([head, *blocks]) + "\n")]


def text(body: str) -> str:
    ((_, _, said),) = cues(f"{TIMES}\n{body}")
    return said


@pytest.mark.parametrize(
    "block",
    [
        "NOTE проверено Ольгой",
        "NOTE\nв двух\nстроках",
        "STYLE\n::cue { color: red }",
        "REGION\nid:fred\nwidth:40%",
        "заблудшая строка",
        "одна\nдве\nтри строки",
    ],
)
def test_what_is_no_cue_is_not_spoken(block: str) -> None:
    cue = f"{TIMES}\nМы ехали."
    assert cues(block, cue, block) == cues(cue) == [(1.0, 4.0, "Мы ехали.")]


@pytest.mark.parametrize("name", ["1", "первый", "NOTES", "a - b", "00:00:01"])
def test_the_name_of_a_cue_is_not_spoken(name: str) -> None:
    assert cues(f"{name}\n{TIMES}\nМы ехали.", f"{name}\n00:05.000 --> 00:06.000\nДа.") == [
        (1.0, 4.0, "Мы ехали."),
        (5.0, 6.0, "Да."),
    ]


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("00:01.000 --> 00:04.000", (1, 4)),
        ("00:01.000-->00:04.000", (1, 4)),
        ("\t00:01.000  -->\t00:04.000 align:start line:0%", (1, 4)),
        ("0:00:01.000 --> 0:00:04.000", (1, 4)),
        ("100:00:01.000 --> 100:00:04.000", (360001, 360004)),
        ("00:61.000 --> 00:62.000", None),
        ("60:00.000 --> 61:00.000", None),
        ("00:00:61.000 --> 00:01:00.000", None),
        ("00:60:00.000 --> 00:61:00.000", None),
        ("0:01.000 --> 0:04.000", None),
        ("00:01,000 --> 00:04,000", None),
        ("00:01.00 --> 00:04.00", None),
        ("00:01.0000 --> 00:04.000", None),
        ("-00:01.000 --> 00:04.000", None),
        ("00:01.000 -> 00:04.000", None),
        ("00:01.000 --> 00:61.000", None),
        ("59:59.999 --> 01:00:00.001", (3599.999, 3600.001)),
        ("00:60.000 --> 00:61.000", None),
        ("01:59:59.500 --> 01:60:00.000", None),
        ("02:03:04.005 --> 02:03:04.050", (7384.005, 7384.05)),
        ("٠٠:٠١.٠٠٠ --> ٠٠:٠٤.٠٠٠", None),
    ],
)
def test_times_by_the_standard(line: str, times: tuple[float, float] | None) -> None:
    after = (5.0, 6.0, "Да.")
    assert cues(f"{line}\nМы ехали.", "00:05.000 --> 00:06.000\nДа.") == (
        [(*times, "Мы ехали."), after] if times else [after]
    )


def test_times_end_the_cue_before_even_without_an_empty_line() -> None:
    assert cues(f"{TIMES}\nМы ехали.\n00:05.000 --> 00:06.000\nДа.") == [(1, 4, "Мы ехали."), (5, 6, "Да.")]
    assert cues(f"{TIMES}\n00:05.000 --> 00:06.000\nДа.") == [(1, 4, ""), (5, 6, "Да.")]
    assert cues(f"имя\nи ещё строка\n{TIMES}\nМы ехали.") == [(1, 4, "Мы ехали.")]


@pytest.mark.parametrize("head", ["WEBVTT", "WEBVTT - Голоса", "WEBVTT\tx", "WEBVTT\nKind: captions\nLanguage: ru"])
def test_heads(head: str) -> None:
    assert cues(f"{TIMES}\nДа.", head=head) == [(1, 4, "Да.")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_mark_of_byte_order(end: str, mark: str) -> None:
    data = f"{mark}WEBVTT{end}{end}NOTE x{end}{end}имя{end}{TIMES}{end}Мы ехали,{end}мы шли."
    assert parsed(data.encode()) == [Cue(1, 4, "Мы ехали, мы шли.")]


def test_the_first_times_may_follow_the_head_at_once() -> None:
    assert cues(head=f"WEBVTT\n{TIMES}\nДа.") == [(1, 4, "Да.")]


@pytest.mark.parametrize("head", ["WEBVTTX", "webvtt", " WEBVTT", "WEB VTT"])
def test_what_only_looks_like_a_head_is_no_webvtt(head: str) -> None:
    assert cues(f"{TIMES}\nДа.", head=head) == []


def test_a_file_without_one_proper_cue_is_refused() -> None:
    with pytest.raises(Refused, match="no captions in this file"):
        parsed(b"WEBVTT\n\nNOTE nothing\n\n00:01,000 --> 00:02,000\nx\n")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Мы <b>ехали</b> <i>мол<u>ча</u></i>.", "Мы ехали молча."),
        ("We<00:00:00.500> remember<00:00:01.000> them", "We remember them"),
        ("one<00:00:04.000> stamp", "one stamp"),
        ("<c.yellow.bg_blue>Мы</c> ехали", "Мы ехали"),
        ("<lang ru>Мы</lang> ехали", "Мы ехали"),
        ("<ruby>Мы<rt>my</rt></ruby> ехали", "Мыmy ехали"),
        ("<b>Мы ехали", "Мы ехали"),
        ("Мы ехали</b></v></nothing>", "Мы ехали"),
        ("Мы <странно>ехали</странно>", "Мы ехали"),
        ("Мы ехали <b", "Мы ехали "),
        ("Мы <>ехали", "Мы ехали"),
        ("Smith &amp; Sons, 5 &lt; 7 &gt; 3", "Smith & Sons, 5 < 7 > 3"),
        ("Мы&nbsp;ехали&#33; &#x41;", "Мы\xa0ехали! A"),
        ("&lrm;Мы&rlm;", "\u200eМы\u200f"),
        ("&lt;b>Мы&lt;/b>", "<b>Мы</b>"),
        ("&amp;amp; &неведомо; &", "&amp; &неведомо; &"),
        ("<rt>Мы</rt> <b/>ехали", "Мы ехали"),
    ],
)
def test_only_the_words_of_a_cue_are_left(body: str, said: str) -> None:
    assert text(body) == said


def test_voices_are_known() -> None:
    (cue,) = webvtt.read(f"WEBVTT\n\n{TIMES}\n<v.loud Анна  Петрова>Ты <b>помнишь?</b></v>\n<v Борис &amp; Ко>Помню.")
    assert cue.speeches == (Speech("Анна Петрова", "Ты помнишь?"), Speech("", "\n"), Speech("Борис & Ко", "Помню."))


@pytest.mark.parametrize(
    "body",
    [
        "<v Анна>Ты помнишь?</v> <v Борис>Помню.</v>",
        "<v Анна>Ты помнишь?\n<v Борис>Помню.",
        "<v Анна>– Ты помнишь?</v>\n<v Борис>— Помню.</v>",
    ],
)
def test_two_voices_in_one_cue_have_lines_of_their_own(body: str) -> None:
    (cue,) = parsed(f"WEBVTT\n\n{TIMES}\n{body}\n".encode())
    assert [line.lstrip("–— ") for line in cue.text.split("\n")] == ["Ты помнишь?", "Помню."]
    assert all(line[0] in "–—" for line in cue.text.split("\n"))


def test_one_voice_has_no_dash() -> None:
    assert parsed(f"WEBVTT\n\n{TIMES}\n<v Анна>Ты помнишь?</v> <v Анна>Помню.</v>\n".encode()) == [
        Cue(1, 4, "Ты помнишь? Помню.")
    ]


def test_short_cues_of_two_voices_that_are_joined_are_told_apart() -> None:
    data = "WEBVTT\n\n00:01.000 --> 00:01.500\n<v Анна>Ты?\n\n00:01.500 --> 00:03.000\n<v Борис>Я.\n"
    assert parsed(data.encode()) == [Cue(1, 3, "– Ты?\n– Я.")]


ROLLING = """WEBVTT
Kind: captions

00:00:00.000 --> 00:00:02.000 align:start position:0%
{empty}
мы<00:00:00.500><c> ехали</c><00:00:01.000><c> молча</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
мы ехали молча
{empty}

00:00:02.010 --> 00:00:04.000 align:start position:0%
мы ехали молча
лёд<00:00:02.500><c> трещал</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
лёд трещал
{empty}
"""


def test_captions_of_a_machine_that_roll_up_say_every_line_once() -> None:
    assert parsed(ROLLING.format(empty=" ").encode()) == [Cue(0, 1.97, "мы ехали молча"), Cue(2.01, 4, "лёд трещал")]


def test_what_people_say_twice_is_said_twice() -> None:
    said = "00:00.000 --> 00:02.000\nУра!\n\n00:02.000 --> 00:04.000\nУра!\nМы победили!\n"
    assert " ".join(cue.text for cue in parsed(f"WEBVTT\n\n{said}".encode())) == "Ура! Ура! Мы победили!"


def voices(body: str) -> list[tuple[str, str]]:
    (cue,) = webvtt.read(f"WEBVTT\n\n{TIMES}\n{body}")
    return [(speech.voice, speech.text) for speech in cue.speeches]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<v Анна>а<b>б</v>в</b>г</v>д", [("Анна", "абвг"), ("", "д")]),  # a voice ends only where it is the innermost
        ("<v Анна>а<b>б<i>в</i>г</b>д</v>е", [("Анна", "абвгд"), ("", "е")]),
        ("<v Анна>а<ruby>б<rt>в</ruby>г</v>д", [("Анна", "абвг"), ("", "д")]),  # the end of ruby ends rt too
        ("<v Анна>а<ruby>б</ruby>г</v>д", [("Анна", "абг"), ("", "д")]),
        ("<v Анна><ruby>а<b>б</ruby></b></ruby>в</v>г", [("Анна", "абв"), ("", "г")]),
        ("<v Анна><rt>а</v>б", [("Анна", "а"), ("", "б")]),  # rt is nothing outside ruby
        ("<v Анна><ruby><rt>а</rt></ruby>б</v>в", [("Анна", "аб"), ("", "в")]),
        ("<v Анна><ruby><b>а</b><rt>б</rt>в</ruby></v>г", [("Анна", "абв"), ("", "г")]),
        ("<v Анна><x>а</x>б</v>в", [("Анна", "аб"), ("", "в")]),
        ("<v Анна>а<v Борис>б</v>в</v>г", [("Анна", "а"), ("Борис", "б"), ("Анна", "в"), ("", "г")]),
        ("<v.a.b>а</v>б", [("", "аб")]),
        ("</v>а", [("", "а")]),
        ("<v/>а</v>", [("", "а")]),
        ("", []),
    ],
)
def test_a_voice_lasts_to_its_own_end(body: str, said: list[tuple[str, str]]) -> None:
    assert voices(body) == said


def test_words_have_times_where_a_tag_begins_with_a_figure() -> None:
    def by_words(body: str) -> bool:
        (cue,) = webvtt.read(f"WEBVTT\n\n{TIMES}\n{body}")
        return cue.by_words

    assert [by_words(body) for body in ("а <00:00:01.500>б", "<b>а</b>", "а", "<1>а<b>б</b>", "<٣>а")] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_lines_at_the_edges_of_a_file() -> None:
    cue = [(1.0, 4.0, "Да.")]
    assert cues(head=f"WEBVTT\nKind: x\nLanguage: ru\n{TIMES}\nДа.") == cue
    assert cues("имя", head=f"WEBVTT\n\n{TIMES}\nДа.") == cue, "a name without times is the last line"
    assert webvtt.read(f"WEBVTT\n\n{TIMES}") == [webvtt.TimedText(1, 4, ())]
    assert webvtt.read(f"WEBVTT\n\n\n\nимя\n{TIMES}") == [webvtt.TimedText(1, 4, ())]
    assert webvtt.read("WEBVTT") == webvtt.read("WEBVTT\n\nимя") == webvtt.read("WEBVTT\nx") == []
    assert cues(f"{TIMES}\nа\nб\n\n\n\nимя\n00:05.000 --> 00:06.000\nв") == [(1, 4, "а\nб"), (5, 6, "в")]
    assert cues("x --> y\nа\nб", f"{TIMES}\nДа.") == cue
    assert cues(f"x --> y\n{TIMES}\nДа.") == cue
    assert cues(f"{TIMES}\nа\x00б") == [(1, 4, "а\N{REPLACEMENT CHARACTER}б")]


def timed(start: float, end: float, text: str, *, by_words: bool = True, voice: str = "") -> webvtt.TimedText:
    return webvtt.TimedText(start, end, (Speech(voice, text),), by_words)


def test_what_rolls_up_is_said_once_and_what_is_said_again_later_twice() -> None:
    def said(*rows: webvtt.TimedText) -> list[tuple[float, str]]:
        return [(cue.start, cue.text) for cue in webvtt.without_repeats(rows)]

    first = timed(0, 2, "раз\nдва", voice="Анна")
    assert said(first, timed(2, 3, "два\nтри"), timed(3, 4, "три\n")) == [(0, "раз\nдва"), (2, "три")]
    assert said(first, timed(2.09, 3, "раз\nдва\nтри")) == [(0, "раз\nдва"), (2.09, "три")]
    assert said(first, timed(2.125, 3, "два\nтри")) == [(0, "раз\nдва"), (2.125, "два\nтри")], "after a pause"
    assert said(first, timed(2, 3, "раз\nтри")) == [(0, "раз\nдва"), (2, "раз\nтри")], "the last lines roll up"
    assert said(first, timed(2, 2.05, ""), timed(2.05, 3, " два \n\n три")) == [(0, "раз\nдва"), (2.05, "три")]
    plain = [timed(0, 2, "раз", by_words=False), timed(2, 3, "раз\nдва", by_words=False)]
    assert webvtt.without_repeats(plain) == plain
    kept = webvtt.without_repeats([first, timed(2, 3, "два\nтри", voice="Анна"), timed(5, 6, "да", voice="Борис")])
    assert kept == [first, timed(2, 3, "три"), timed(5, 6, "да", voice="Борис")]
    assert webvtt.without_repeats([timed(0.05, 1, "раз", by_words=False), timed(1, 2, "раз")]) == [
        timed(0.05, 1, "раз", by_words=False)
    ]
    assert webvtt.without_repeats([]) == []
