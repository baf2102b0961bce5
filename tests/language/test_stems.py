from __future__ import annotations

import pytest

from relay.language.stems import LONGEST_WORD, forms, indexed, words


def test_words_are_without_case_accents_and_signs():
    assert words("Ёлка, ЙОД! #Прорыв80 Санкт-Петербург élève a_b ①") == [
        *("елка", "йод", "прорыв80", "санкт", "петербург", "eleve", "a", "b", "1"),
    ]  # fmt: skip
    assert words("— …") == []
    assert words("я" * 99) == ["я" * LONGEST_WORD]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("письмами", "письмо"),
        ("Журавлёва", "Журавлев"),
        ("журавлевой", "Журавлёва"),
        ("Лодейном", "Лодейное"),
        ("Волхов", "Волхове"),
        ("Мге", "Мга"),
        ("letters", "letter"),
        ("lettres", "lettre"),
        ("élève", "eleves"),
        ("1943", "1943"),
    ],
)
def test_forms_of_one_word_meet(typed, written):
    asked = forms(words(typed)[0])
    assert asked & indexed([written])


def test_twin_other_words_don_t_meet():
    assert not forms("письма") & indexed(["писатель", "Тосно"])
