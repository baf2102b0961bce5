from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from relay.moderation.suggestions import others, profiles, propose, readers, reading
from relay.moderation.suggestions.evidence import SURE_FROM, ClipText, Field, Knowledge, Origin, Text
from relay.moderation.suggestions.places import folded
from tests.moderation.suggestions import measured, posts

RIGHT, WRONG = 0.9, 0.02
TIME = 0.005


def proposed(text: str, *more: ClipText, knowledge: Knowledge | None = None) -> dict[str, str]:
    """What is proposed for a post, by field."""
    found = propose.propose([ClipText(Origin.post, text), *more], knowledge)
    return {one.field.value: one.value for one in found}


def test_the_words_that_a_proposal_came_from():
    (town,) = propose.propose([ClipText(Origin.post, "Привет всем! Мы из Волхова, читаем вслух.")])
    assert (town.field, town.value, town.sure) == (Field.town, "Волхов", True)
    assert (town.evidence.before, town.evidence.words, town.evidence.after) == (
        "Привет всем! Мы из ", "Волхова", ", читаем вслух.",
    )  # fmt: skip
    assert town.why == "Somebody is from there, it says."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Мы из Волхова", {"town": "Волхов"}),
        ("Я живу в Тосно", {"town": "Тосно"}),
        ("Я жительница Лодейного Поля", {"town": "Лодейное Поле"}),
        ("г. Луга", {"town": "Луга"}),
        ("Посёлок Мга", {"town": "Мга"}),
        ("д. Старая", {"town": "Старая"}),
        ("Читает Мария Журавлёва", {"name": "Мария Журавлёва"}),
        ("Для Ани Петровой", {}),
        ("Машенька, 5 лет", {"name": "Машенька", "age": "5"}),
        ("Читает Анна Ивановна Белова", {"name": "Анна Ивановна Белова"}),
        ("Морозова Е. А., Луга", {"name": "Морозова Е. А.", "town": "Луга"}),
        ("Иванов Пётр, 7 «Б» класс", {"name": "Иванов Пётр", "relation": "7 «Б» класс"}),
        ("Прадед воевал под Выборгом", {}),
        ("Дед, Иван Соколов, погиб", {}),
        ("Дневник Тани Савичевой", {"origin": "book", "text_author": "Таня Савичева"}),
        ("Читают Соня, Витя и Лера", {}),
        ("Иванов Иван, 3 кл.\nПетров Пётр, 4 кл.", {}),
        ("Ребёнок: Белова Аня\nПедагог: Крылова О. И.", {"name": "Белова Аня"}),
        ("Передаю слово Диме Носову из Волхова", {}),
        ("Слово — Диме Носову", {"name": "Дима Носов"}),
        ("Маше Беловой 7 лет", {"name": "Маша Белова", "age": "7"}),
        ("Видео от Рената Сафина", {"name": "Ренат Сафин"}),
        ("Наша Кирочка читает по слогам", {"name": "Кирочка"}),
        ("Соломатина Злата, 5 лет", {"name": "Соломатина Злата", "age": "5"}),
        ("#читаетГлебЗорин #Гатчина", {"name": "Глеб Зорин", "town": "Гатчина"}),
        ("«Лёд» А. Межирова", {}),
        ("Поздравляем жителей города Кировска", {}),
        ("Город Луга, 1944 год", {}),
        ("Аня Белова, ей 11. Луга", {"name": "Аня Белова", "town": "Луга", "age": "11"}),
        ("Белова Аня, из 5 класса, Луга", {"name": "Белова Аня", "town": "Луга"}),
        ("Белова Аня, 5 в", {"name": "Белова Аня"}),
        ("Белова Аня, 75 в Луге", {}),
        ("Мы из солнечного Сочи", {"town": "Сочи"}),
        ("Привет всем из Астаны!", {"town": "Астана"}),
        ("Elena Sokolova. Gatchina", {"name": "Elena Sokolova", "town": "Gatchina"}),
        ("Anna Petrova reads a poem. Nice!", {"name": "Anna Petrova"}),
        ("Read by Anna Petrova, aged 11, from Riga", {"name": "Anna Petrova", "town": "Riga", "age": "11"}),
        ("My name is Anna Petrova, I live in Vyborg", {"name": "Anna Petrova", "town": "Vyborg"}),
    ],
)
def test_what_a_moderator_would_take(text, wanted):
    assert proposed(text) == wanted


def test_the_campaigns_own_towns_and_districts_count():
    known = Knowledge(towns={"Назия": "Кировский район"})
    assert proposed("Хор ветеранов. Назия", knowledge=known) == {"town": "Назия", "district": "Кировский район"}
    assert proposed("Хор ветеранов. Назия") == {}


def test_a_text_of_the_selection_is_known_by_its_number_its_words_or_its_author():
    texts = Knowledge(texts=[Text("12", "Слышим залпы с той стороны", "О. Берггольц"), Text("13", "Хлеб", "Д. Гранин")])
    assert proposed("Читаю отрывок № 13", knowledge=texts)["quote"] == "13"
    assert proposed("«…слышим залпы с той стороны!»", knowledge=texts)["quote"] == "12"
    assert proposed("Читаю строки Берггольц", knowledge=texts)["quote"] == "12"
    assert "quote" not in proposed("Читаю письмо", knowledge=texts)


def test_the_profile_is_the_reader_where_nobody_else_is_named():
    anna = ClipText(Origin.profile, "Анна Крылова", True)
    assert proposed("Читаю письмо.", anna)["name"] == "Анна Крылова"
    assert proposed("Читает Пётр Гуляев", anna)["name"] == "Пётр Гуляев"
    assert proposed("Читает моя дочь!", anna) == {}
    assert proposed("Читаю письмо.", ClipText(Origin.profile, "Гатчина сегодня")) == {}
    assert proposed("Читаю письмо.", ClipText(Origin.profile, "Anna News", False)) == {}


def test_the_source_s_district_is_carried_on():
    found = propose.propose([ClipText(Origin.source, "Тосненский район")])
    assert [(one.value, one.sure) for one in found] == [("Тосненский район", True)]


def test_two_readers_are_both_shown_and_neither_is_sure():
    found = propose.propose([ClipText(Origin.post, "Читает Анна Белова. Читает Пётр Гуляев.")])
    assert [(one.value, one.sure) for one in found] == [("Анна Белова", False), ("Пётр Гуляев", False)]


def test_twin_without_the_rule_about_those_who_are_remembered_the_dead_read(monkeypatch):
    text = "Мой дед, Соколов Иван, 19 лет, погиб"
    assert "name" not in proposed(text)
    monkeypatch.setattr(readers, "_is_remembered", lambda _: False)
    assert proposed(text)["name"] == "Соколов Иван"


def test_whoever_signs_without_a_surname_is_proposed_without_it():
    antonov = ClipText(Origin.profile, "Антон Жилин", True)
    assert proposed("Читаю впервые. Антон Ж.", antonov)["name"] == "Антон Ж."
    assert proposed("Читаю впервые. Антоша", antonov)["name"] == "Антон Жилин"


def test_where_a_child_or_several_read_the_profile_is_nobody_s():
    mother = ClipText(Origin.profile, "Анна Крылова", True)
    for text in ("Папа читает, я снимаю", "Сыну 5 лет, учили вместе", "Слушайте мою ученицу!", "Читают Соня и дед"):
        assert "name" not in proposed(text, mother), text
    assert proposed("Мама читала мне это. Теперь читаю я.", mother)["name"] == "Анна Крылова"


def test_twin_without_the_rule_about_a_crowd_the_last_of_several_reads(monkeypatch):
    text = "Учащиеся лицея (Лазарева Диана, Мохов Артур, Котова Вера). Луга"
    assert "name" not in proposed(text)
    monkeypatch.setattr(others, "crowd", lambda *_: frozenset())
    assert "name" in proposed(text)


def test_twin_without_the_rule_about_teachers_the_teacher_reads(monkeypatch):
    text = "Педагог: Анна Крылова, Луга"
    assert "name" not in proposed(text)
    monkeypatch.setattr(others, "is_behind_it", lambda *_: False)
    assert proposed(text)["name"] == "Анна Крылова"


def test_twin_without_the_test_of_profiles_a_public_reads(monkeypatch):
    public = ClipText(Origin.profile, "Вера Тосненская", False)
    assert "name" not in proposed("Читаем вслух", public)
    monkeypatch.setattr(profiles, "is_person", lambda _: True)
    assert proposed("Читаем вслух", public)["name"] == "Вера Тосненская"


@pytest.mark.slow
def test_a_long_text_ends_somewhere():
    begun = time.process_time()
    propose.propose([ClipText(Origin.post, "Читает Анна Белова из Луги, 5 лет, г. Мга. " * 5000)])
    assert time.process_time() - begun < 5


@pytest.mark.slow
def test_right_in_nine_of_ten_and_wrong_in_none_of_fifty(tmp_path: Path):
    """Issue 12: of what residents and captured posts say, town and name ≥ 90 %; of what is shown, wrong ≤ 2 %."""
    sets = measured.sets(tmp_path)
    everyday = sets.pop("captured posts", [])
    for name, cases in sets.items():
        for field, figures in measured.measure(cases).items():
            assert figures.recall >= RIGHT, (name, field, figures)
            assert figures.wrongs <= WRONG, (name, field, figures)
            missed, wrong = NOT_YET.get((name, field.value), (0, 0))
            assert figures.told - figures.right <= missed, (name, field, "less is found than before")
            assert figures.wrong <= wrong, (name, field, "more is wrong than before")
    everything = [*(case for cases in sets.values() for case in cases), *everyday]
    assert all(figures.wrongs <= WRONG for figures in measured.measure(everything).values())


NOT_YET = {
    ("the posts that rules were made with", "town"): (1, 0),
    ("posts of pages, teachers and parents", "town"): (2, 0),
    ("the other half of these", "name"): (1, 0),
    ("the other half of these", "town"): (1, 0),
    ("hard ones", "name"): (5, 1),
    ("hard ones", "town"): (4, 0),
    ("hard ones", "age"): (1, 0),
    ("plain ones", "town"): (2, 0),
    ("later shapes", "town"): (2, 0),
}
"""How many the rules miss, and show wrongly, in a set's field; nowhere else any. Fewer is better, more is a slip."""
LEAST_SURE = {"name": 431, "town": 358, "district": 28, "age": 93}
"""Right proposals that one key takes; a better rule raises these."""


@pytest.mark.slow
def test_every_proposal_shows_where_it_stands_and_most_that_are_right_are_sure(tmp_path: Path):
    sets = measured.sets(tmp_path)
    sets.pop("captured posts", None)
    sure = Counter[str]()
    for one in (case for cases in sets.values() for case in cases):
        for found in propose.propose(one.words):
            shown = found.evidence
            said = f"{shown.before.removeprefix('…')}{shown.words}{shown.after.removesuffix('…')}".split()
            assert any(" ".join(said) in " ".join(words.text.split()) for words in one.words), found
            assert shown.words.split() in [words.text[shown.start : shown.end].split() for words in one.words], found
            truth = one.truth.get(found.field)
            if truth and found.sure:
                sure[found.field.value] += 1
                assert folded(found.value) == folded(truth), (found, "what is sure is right")
    assert {name: sure[name] for name in LEAST_SURE if sure[name] < LEAST_SURE[name]} == {}, "fewer are sure"


@pytest.mark.slow
def test_a_clip_costs_milliseconds():
    cases = [measured.case(told) for told in posts.POSTS]
    measured.measure(cases[:1])
    begun = time.process_time()
    measured.measure(cases)
    assert (time.process_time() - begun) / len(cases) < TIME


def test_names_are_looked_for_at_the_beginning_of_a_very_long_text():
    named = "Читает Анна Белова."
    assert proposed(f"{named} {'слово ' * reading.LONGEST}") == {"name": "Анна Белова"}
    assert "name" not in proposed(f"{'слово ' * (reading.LONGEST // 6 + 1)}. {named}")


def test_sure_is_what_one_key_takes():
    found = propose.propose([ClipText(Origin.post, "#Волхов")])
    assert [(one.value, one.sure) for one in found] == [("Волхов", False)]
    assert found[0].confidence < SURE_FROM
