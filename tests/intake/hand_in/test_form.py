from __future__ import annotations

import dataclasses

import pytest

from relay.intake.hand_in.form import FormAnswers, evidence, faults, link_in, number_in, tidied

WHOLE = FormAnswers(name="Анна Иванова", town="Кировск", age="60+", origin="family", agreed=True)


def but(**other: object) -> FormAnswers:
    return tidied(dataclasses.replace(WHOLE, **other))  # type: ignore[arg-type]


def test_what_is_whole_has_no_faults():
    assert faults(but()) == {}
    assert faults(but(way="link", url="vk.com/video1_2")) == {}


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"way": ""}, {"way"}),
        ({"way": "link"}, {"url"}),
        ({"way": "link", "url": "my video"}, {"url"}),
        ({"name": " \u200b"}, {"name"}),
        ({"town": "\t"}, {"town"}),
        ({"age": "7"}, {"age"}),
        ({"origin": ""}, set()),
        ({"origin": "book", "text_author": "Ольга Берггольц"}, set()),
        ({"origin": "somewhere"}, {"origin"}),
        ({"origin": "selection"}, {"quote"}),
        ({"agreed": False}, {"agreed"}),
        ({"age": "14–17"}, {"guardian", "guardian_agreed"}),
        ({"age": "0–13", "guardian": "Мария"}, {"guardian_agreed"}),
        ({"age": "0–13", "guardian_agreed": True}, {"guardian"}),
        ({"name": "", "town": "", "agreed": False}, {"name", "town", "agreed"}),
    ],
)
def test_each_fault_is_told_at_its_field(other, wrong):
    assert set(faults(but(**other))) == wrong


SHARE = "Open the video, press “Share”, copy the link and put it here."
TOLD = {
    "way": ({"way": "mail"}, "Choose whether you have a file or a link."),
    "url": ({"way": "link", "url": "no"}, f"This is no link to a video. {SHARE}"),
    "name": ({"name": "А"}, "Write the name as it should stand in the film."),
    "town": ({"town": ""}, "Write the town or village."),
    "age": ({"age": ""}, "Choose the age."),
    "origin": ({"origin": "somewhere"}, "Choose where the text is from."),
    "quote": ({"origin": "selection", "quote": "№ "}, "Write the number of the text."),
    "guardian": (
        {"age": "14–17", "guardian": "М", "guardian_agreed": True},
        "For a participant under 18 a parent or guardian writes their name here.",
    ),
    "guardian_agreed": (
        {"age": "0–13", "guardian": "Ма"}, "For a participant under 18 a parent or guardian has to agree.",
    ),
    "agreed": ({"agreed": False}, "Without this permission the video can't be taken."),
}  # fmt: skip


@pytest.mark.parametrize("field", TOLD)
def test_each_fault_is_told_in_its_words(field):
    other, line = TOLD[field]
    assert {name: error.line for name, error in faults(but(**other), ["7"]).items()} == {field: line}


@pytest.mark.parametrize(
    "other", [{"name": "Ян"}, {"town": "Я"}, {"age": "0–13", "guardian": "Ян", "guardian_agreed": True}]
)
def test_short_names_are_names(other):
    assert faults(but(**other)) == {}


@pytest.mark.parametrize(
    ("age", "minor"), [("0–13", True), ("14–17", True), ("18–35", False), ("36–59", False), ("60+", False)]
)
def test_who_is_a_minor(age, minor):
    assert but(age=age).needs_guardian is minor
    assert ("guardian" in faults(but(age=age))) is minor


@pytest.mark.parametrize("source", ["family", "relative", "own", "book", ""])
def test_a_text_of_the_family_has_no_number(source):
    assert faults(but(origin=source, quote="99"), ["7"]) == {}


def test_everything_that_was_typed_is_tidied_at_once():
    typed = {
        "way": " file ", "url": "vk.com/video1_2", "name": " Анна\nИванова ", "town": "\tКировск",
        "district": " Кировский  ",
        "age": " 0–13", "origin": "selection ", "quote": " No. 12. ", "contact": " +7  921\n", "guardian": " Мария ",
        "guardian_agreed": True, "agreed": True,
    }  # fmt: skip
    assert tidied(FormAnswers(**typed)) == FormAnswers(
        way="file", url="", name="Анна Иванова", town="Кировск", district="Кировский", age="0–13", origin="selection",
        quote="12", contact="+7 921", guardian="Мария", guardian_agreed=True, agreed=True,
    )  # fmt: skip
    assert tidied(FormAnswers(way="link", url="  see vk.com/video1_2!\n")).url == "https://vk.com/video1_2"
    assert tidied(FormAnswers(way="link", url=f"  {'x' * 1001} ")).url == "x" * 1000
    assert tidied(FormAnswers()) == FormAnswers()
    assert tidied(FormAnswers(age="0–13")).guardian_agreed is False


def test_a_child_needs_a_guardian_and_a_grown_up_does_not():
    assert faults(but(age="14–17", guardian="Мария Иванова", guardian_agreed=True)) == {}
    grown = but(age="18–35", guardian="Мария Иванова", guardian_agreed=True)
    assert (grown.guardian, grown.guardian_agreed) == ("", False)


def test_a_text_has_to_be_in_the_selection_where_there_is_one():
    asked = but(origin="selection", quote="№ 12.")
    assert asked.quote == "12"
    assert faults(asked) == faults(asked, ["7", "12"]) == {}
    assert faults(asked, ["7"])["quote"].line == "There is no text No. 12 in the selection."


def test_answers_that_others_make_void_are_dropped():
    assert but(way="file", url="https://vk.com/video1_2").url == ""
    assert but(origin="family", quote="12").quote == ""
    assert but(origin="family", text_author=" бабушка \n Анна ").text_author == "бабушка Анна"
    assert but(origin="selection", quote="12", text_author="Анна").text_author == ""
    assert but(origin="", text_author="Анна").text_author == ""


@pytest.mark.parametrize(
    ("pasted", "link"),
    [
        ("https://vk.com/video1_2", "https://vk.com/video1_2"),
        ("vk.com/wall-1_2", "https://vk.com/wall-1_2"),
        ("Смотрите! https://vkvideo.ru/video1_2?list=x, очень трогает.", "https://vkvideo.ru/video1_2?list=x"),
        ("http://ok.ru/video/7.", "http://ok.ru/video/7"),
        ("folder:/etc/passwd", ""),
        ("links:/etc/passwd", ""),
        ("file:///etc/passwd", ""),
        ("javascript:alert(1)", ""),
        ("https://user:secret@vk.com/video1_2", "https://vk.com/video1_2"),
        ("vk.com", ""),
        ("", ""),
    ],
)
def test_the_link_in_what_was_pasted(pasted, link):
    assert link_in(pasted) == link


@pytest.mark.parametrize("text", ["12", "№12", "№ 12", "No. 12", "n 12", "#12", "12."])
def test_the_number_of_a_text_in_all_spellings(text):
    assert number_in(text) == "12"


def test_a_link_has_an_end():
    longest = "https://vk.com/" + "x" * 985
    assert link_in(longest) == longest
    assert link_in(longest + "x") == ""
    assert link_in("«vk.com:443/a» b.ru/c") == "https://vk.com:443/a"
    assert link_in("HTTPS://VK.COM/A…)") == "HTTPS://VK.COM/A"


def test_a_number_is_short_and_only_that():
    assert number_in("№ " + "1" * 40) == "1" * 32
    assert number_in("12 №") == "12 №"


def test_the_evidence_is_the_page_word_for_word():
    assert evidence(but(), ("One.", "Two."), "Three.") == "One.\nTwo."
    child = but(age="0–13", guardian="Мария", guardian_agreed=True)
    assert evidence(child, ("One.", "Two."), "Three.") == "One.\nTwo.\nThree. — Мария"
