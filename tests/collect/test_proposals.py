from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.collect import campaigns, hashtags, proposals
from relay.collect.hashtags import MatchKind

TITLE = "Прорыв. Голоса памяти"


@pytest.mark.parametrize(
    ("tags", "title", "proposed"),
    [
        (["#proryv80"], TITLE, ["#прорыв80"]),
        (["#прорыв80"], TITLE, ["#proryv80"]),
        (["#golosapamyati"], TITLE, ["#голосапамяти"]),
        (["#zhivaya_pamyat"], "Живая память", ["#живая_память"]),
        (["#pobeda"], TITLE, ["#победа"]),
        (["#victory"], "Victory", []),
        (["#mixЖук"], TITLE, []),
        (["#proryv80", "#прорыв80"], TITLE, []),
        (["#Ёлка"], "", ["#elka"]),
    ],
)
def test_the_tag_in_the_other_alphabet(tags: list[str], title: str, proposed: list[str]) -> None:
    assert proposals.aliases(tags, title) == proposed


@pytest.mark.parametrize(
    ("title", "tags", "slug"),
    [
        (TITLE, ["#proryv80"], "proryv80"),
        (TITLE, ["#прорыв80"], "proryv80"),
        (TITLE, [], "proryv-golosa-pamiati"),
        ("Победа", ["#李"], "pobeda"),
        ("李", ["#李"], ""),
        ("Щука съела ёжика 80 раз и ещё немножко потом", [], "shchuka-sieela-ezhika-80-raz-i-e"),
        ("Élan", [], "elan"),
    ],
)
def test_short_names(title: str, tags: list[str], slug: str) -> None:
    assert proposals.slug(title, tags) == slug


@pytest.mark.parametrize(
    ("title", "tag"),
    [
        (TITLE, "#прорывголосапамяти"),
        ("80 лет", "#80лет"),
        ("80", ""),
        ("", ""),
        ("Voices of Memory!", "#voicesofmemory"),
    ],
)
def test_a_title_as_one_tag(title: str, tag: str) -> None:
    assert proposals.tag(title) == tag


@pytest.mark.parametrize(
    ("name", "login"), [("Анна Петрова", "anna.petrova"), ("O'Hara-Щукин", "o.hara.shchukin"), ("李", ""), ("", "")]
)
def test_logins(name: str, login: str) -> None:
    assert proposals.login(name) == login


@pytest.mark.parametrize(
    ("words", "latin"),
    [
        # ICAO Doc 9303, part 3, section 6, table B: Russian
        ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "abvgdeezhziiklmnoprstufkhtschshshchieyeiuia"),
        ("Щербаков Юрий Объездчиков", "shcherbakov iurii obieezdchikov"),
        ("Наталья Цой", "natalia tsoi"),
        # Ukrainian: Г is H, И is Y, and the first letters of words
        ("Олександр Ґудзь", "oleksandr gudz"),
        ("Юлія Їжакевич", "yuliia yizhakevych"),
        ("Єгор Йосипенко Ященко", "yehor yosypenko yashchenko"),
        ("Мар'яна Щербаківська", "mariana shcherbakivska"),
        ("Мар’яна Гнатів", "mar’iana gnativ".replace("’", "")),
        # Belarusian: Г is H, Ё is IO
        ("Аляксандр Бабрыковіч", "aliaksandr babrykovich"),
        ("Ягор Ёлкін Ўладзіміравіч", "iahor iolkin uladzimiravich"),
        # Serbian, Macedonian
        ("Ђорђе Живковић", "dorde zivkovic"),
        ("Ѓорѓи Ќосев", "gjorgji kjosev"),
        # What the table has no row for
        ("Әсел Җәлилова", "asel jalilova"),
        ("Гөлнара Җиһангирова", "golnara jihangirova"),
        ("Айгүл Сұлтанбекқызы", "aigul sultanbekqyzy"),
        ("Һаҙый Ҡотлобаев", "hazyi qotlobaev"),
        ("Ҫеçпĕл Мишши", "secpel mishshi"),
        ("Өлөөнөп Сүөһү", "oloonop suohu"),
        ("გიორგი კობახიძე", "giorgi kobakhidze"),
        ("Հայկ Սարգսյան", "hayk sargsyan"),
        ("Ελένη Ξένου", "eleni xenou"),
        ("Łukasz Żółć Ñúñez", "lukasz zolc nunez"),
        ("Али́ма Кеми́", "alima kemi"),
    ],
)
def test_names_are_romanised_whole(words: str, latin: str) -> None:
    assert proposals.romanised(words) == latin
    assert proposals.login(words) == latin.replace(" ", ".")[: proposals.LONGEST_NAME].strip(".")
    assert proposals.slug(words, []) == latin.replace(" ", "-")[: proposals.LONGEST_NAME].strip("-")


@pytest.mark.parametrize("words", ["李", "Иван 李", "חיים", "محمد", "राम Рама", "ᠮᠣᠩᠭᠣᠯ", "Анна 💐 ไทย"])
def test_a_name_that_would_lose_letters_is_offered_not_at_all(words: str) -> None:
    assert proposals.login(words) == proposals.slug(words, []) == ""


def test_what_is_no_letter_costs_no_name() -> None:
    assert proposals.login("Анна 💐 Петрова (Тосно), 2-я") == "anna.petrova.tosno.2.ia"


@pytest.mark.parametrize(
    ("tags", "title", "proposed"),
    [
        (["#жеңіс80"], "", ["#zhengis80"]),
        (["#җиңү80"], "Җиңү", ["#jingu80"]),
        (["#перемога"], "", ["#peremoga"]),
        (["#їжак80"], "", ["#yizhak80"]),
        (["#გამარჯვება"], "", ["#gamarjveba"]),
        (["#zhengis80"], "Жеңіс", ["#жеңіс80"]),
        (["#jingu_kone"], "Җиңү көне", ["#җиңү_көне"]),
        (["#qazaq80"], "Голоса памяти", []),
        (["#zhenis80"], "Жеңіс күні", []),
        (["#ñandu80"], "Голоса", []),
        (["#победа日本"], "", []),
        (["#проryv"], TITLE, []),
        (["#жеңісwin"], "", []),
        (["#νίκηx"], "", []),
        (["#日本80"], TITLE, []),
        (["#победа٨٠"], "", []),
    ],
)
def test_no_alias_mixes_alphabets(tags: list[str], title: str, proposed: list[str]) -> None:
    assert proposals.aliases(tags, title) == proposed


LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіҙҡҫҗҥҕӑӗӳґєїўђћљњџѓќѕაბგდեզէըαβγδäöüßłøđñ"


@pytest.mark.slow
@settings(max_examples=200)
@given(st.text(LETTERS, min_size=1, max_size=12), st.text(LETTERS + " ", max_size=20))
def test_whatever_the_letters_nothing_that_is_proposed_mixes_alphabets(name: str, title: str) -> None:
    assert proposals.romanised(name).isascii()
    for alias in proposals.aliases([f"#{name}"], title):
        assert len({unicodedata.name(letter).split()[0] for letter in alias if letter.isalpha()}) <= 1


@pytest.mark.slow
@settings(max_examples=25)
@given(st.text(max_size=60))
def test_what_is_proposed_can_be_taken(words: str) -> None:
    slug, tag = proposals.slug(words, []), proposals.tag(words)
    assert not slug or campaigns.SLUG.fullmatch(slug)
    if tag:
        wanted = hashtags.wanted([tag], proposals.aliases([tag], words))
        hit = hashtags.match((("text", f"слово {tag} слово"),), wanted)
        assert hit is not None
        assert hit.kind is MatchKind.exact


@pytest.mark.slow
@settings(max_examples=25)
@given(st.text("абвгдежзийклмнопрстуфхцчшщыэюя", min_size=1, max_size=20))
def test_a_romanised_name_is_known_as_a_look_alike(name: str) -> None:
    assert hashtags.romanises(name, proposals.romanised(name))


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("Oʻtkir Gʻafur", "otkir.gafur"),
        ("Հարություն Երևանցի", "harutyun.erevantsi"),
        ("Շուշան", "shushan"),
        ("Γεώργιος Παπαδόπουλος", "georgios.papadopoulos"),
        ("Ευάγγελος Αυγουστίνου", "evangelos.avgoustinou"),
        ("Ευθύμιος", "efthymios"),
    ],
)
def test_two_letters_for_one_sound_and_signs_between_letters_make_no_login_odd(name: str, login: str) -> None:
    assert proposals.login(name) == login


def test_a_tag_has_no_apostrophe_of_any_kind() -> None:
    assert {proposals.tag(f"Пам{sign}ять") for sign in "'’ʼ"} == {"#память"}


@pytest.mark.parametrize(
    ("tag", "latin"), [("объезд", "obezd"), ("їжак", "yizhak"), ("өлең", "oleng"), ("щедрость80", "shchedrost80")]
)
def test_russian_is_written_as_people_type_it_and_other_languages_by_their_letters(tag: str, latin: str) -> None:
    assert proposals._other_spelling(tag, ()) == latin
