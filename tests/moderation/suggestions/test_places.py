from __future__ import annotations

import subprocess
import sys

import pytest

from relay.moderation.suggestions import places


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Волхова", "Волхов"), ("Луги", "Луга"), ("Сланцев", "Сланцы"), ("Тосно", "Тосно"), ("Мге", "Мга"),
        ("Лодейного Поля", "Лодейное Поле"),
        ("Сосновом Бору", "Сосновый Бор"), ("Санкт-Петербурге", "Санкт-Петербург"),
        ("Питера", "Санкт-Петербург"), ("СПб", "Санкт-Петербург"), ("Новой Ладоги", "Новая Ладога"),
        ("Москвы", "Москва"),
        ("Самары", "Самара"), ("Отрадного", "Отрадное"), ("Хайфе", "Хайфа"), ("Казахстана", ""),
        ("Парижа", "Париж"), ("Grenoble", "Grenoble"), ("скамейки", ""),
    ],
)  # fmt: skip
def test_a_place_in_any_case(words, place):
    assert places.named(words.split(), {}) == place


def test_the_campaign_s_own_spelling_comes_first():
    assert places.named(["Пикалево"], {}) == "Пикалёво"
    assert places.named(["Пикалёво"], {"пикалево": "Пикалево"}) == "Пикалево"


@pytest.mark.slow
def test_help_reads_no_dictionary_and_no_gazetteer():
    code = (
        "import sys; from relay.cli import main; sys.argv = ['relay', 'clip', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if 'pymorphy' in name or 'suggestions' in name])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.rstrip().endswith("[]")
