from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.collect.hashtags import Hit, fold, match, romanises, skeleton, tag_name, tags_in, wanted
from relay.models import MatchKind

OURS = wanted(["#proryv80"], ["Прорыв_Блокады", "#МыПомним"])

EXACT = [
    # the tag, alone and among words
    ("#proryv80", "#proryv80"),
    ("Письмо деда #proryv80", "#proryv80"),
    ("#proryv80 читает Анна", "#proryv80"),
    ("до #proryv80 после", "#proryv80"),
    ("строка\n#proryv80\nстрока", "#proryv80"),
    ("\t#proryv80\t", "#proryv80"),
    # in any case
    ("#PRORYV80", "#PRORYV80"),
    ("#Proryv80", "#Proryv80"),
    ("#pRoRyV80", "#pRoRyV80"),
    # what ends it
    ("#proryv80.", "#proryv80"),
    ("#proryv80, #память", "#proryv80"),
    ("(#proryv80)", "#proryv80"),
    ("«#proryv80»", "#proryv80"),
    ("#proryv80!!!", "#proryv80"),
    ("#proryv80…", "#proryv80"),
    ("#proryv80/", "#proryv80"),
    ("#proryv80-", "#proryv80"),
    ("#proryv80#память", "#proryv80"),
    ("##proryv80", "#proryv80"),
    ("#proryv80🎗", "#proryv80"),
    ("🎗#proryv80", "#proryv80"),
    ("#proryv80\ufe0f", "#proryv80"),
    ("#proryv80\u200dпамять", "#proryv80"),
    ("#proryv80\u0336", "#proryv80"),
    ("#proryv80\u00a0лет", "#proryv80"),
    ("#proryv80'", "#proryv80"),
    ("#proryv80—память", "#proryv80"),
    # of a community
    ("#proryv80@gorod", "#proryv80@gorod"),
    ("#proryv80@my_town.47 читаем", "#proryv80@my_town.47"),
    ("#proryv80@", "#proryv80"),
    ("#proryv80@club1.", "#proryv80@club1"),
    # entities, once
    ("&quot;#proryv80&quot;", "#proryv80"),
    ("&#35;proryv80", "#proryv80"),
    ("&laquo;#proryv80&raquo;", "#proryv80"),
    ("&#10071;#proryv80&#65039;", "#proryv80"),
    ("a &lt; b #proryv80", "#proryv80"),
    # wiki links
    ("[club1|#proryv80]", "#proryv80"),
    ("Смотрите [club1|наш клуб] #proryv80", "#proryv80"),
    ("[id5|Анна]#proryv80", "#proryv80"),
    ("[https://vk.com/x|#proryv80]", "#proryv80"),
    ("[#alias|#proryv80|https://vk.com/x]", "#proryv80"),
    ("[#proryv80|]", "#proryv80"),
    # invisible characters
    ("#pro\u00adryv80", "#proryv80"),
    ("#\u200bproryv80", "#proryv80"),
    ("#proryv80\u200b", "#proryv80"),
    ("#proryv\u206080", "#proryv80"),
    ("\ufeff#proryv80", "#proryv80"),
    ("\u202a#proryv80\u202c", "#proryv80"),
    # beside addresses
    ("https://vk.com/x #proryv80", "#proryv80"),
    ("(https://vk.com/x) #proryv80", "#proryv80"),
    ("vk.com/x #proryv80 www.mail.ru", "#proryv80"),
    ("конец.#proryv80", "#proryv80"),
    # aliases
    ("#прорыв_блокады", "#прорыв_блокады"),
    ("#ПРОРЫВ_БЛОКАДЫ!", "#ПРОРЫВ_БЛОКАДЫ"),
    ("#мыпомним", "#мыпомним"),
    ("#МыПомним@gorod", "#МыПомним@gorod"),
    ("#МЫПОМНИМ80 #мыПомним", "#мыПомним"),
    # an exact one goes before a near one
    ("#proryv_80 #proryv80", "#proryv80"),
    ("#память #прорыв80 #proryv80", "#proryv80"),
]

NEAR = [
    # another alphabet that looks the same
    ("#рroryv80", "#рroryv80"),
    ("#prоryv80", "#prоryv80"),
    ("#РRОRУV80", "#РRОRУV80"),
    ("#proryv8О", "#proryv8О"),
    ("#proryv8o", "#proryv8o"),
    # by sound
    ("#прорыв80", "#прорыв80"),
    ("#ПРОРЫВ80", "#ПРОРЫВ80"),
    ("#proriv80", "#proriv80"),
    ("#proryw80", "#proryw80"),
    ("#пpoрыв80", "#пpoрыв80"),
    ("#proryv_blokady", "#proryv_blokady"),
    ("#prorivblokadi", "#prorivblokadi"),
    ("#mypomnim", "#mypomnim"),
    ("#mipomnim", "#mipomnim"),
    # typed with the other keyboard
    ("#зкщкнм80", "#зкщкнм80"),
    ("#vsgjvybv", "#vsgjvybv"),
    # in parts, or with a sign too many
    ("#proryv 80", "#proryv 80"),
    ("#proryv-80", "#proryv-80"),
    ("#proryv_80", "#proryv_80"),
    ("#proryv.80", "#proryv.80"),
    ("#proryv – нет, #proryv – 80", "#proryv – 80"),
    ("#proryv80_", "#proryv80_"),
    ("#_proryv80", "#_proryv80"),
    ("#pro ryv 80", "#pro ryv 80"),
    ("#прорыв 80", "#прорыв 80"),
    ("#прорыв блокады", "#прорыв блокады"),
    ("#прорывблокады", "#прорывблокады"),
    ("#мы помним", "#мы помним"),
    # a slip of the hand
    ("#prorv80", "#prorv80"),
    ("#prorryv80", "#prorryv80"),
    ("#proruv80", "#proruv80"),
    ("#porryv80", "#porryv80"),
    ("#proryv8", "#proryv8"),
    ("#proryv800", "#proryv800"),
    ("#proryv08", "#proryv08"),
    # a little more
    ("#proryv80лет", "#proryv80лет"),
    ("#прорыв80лет", "#прорыв80лет"),
    ("#proryv80_спб", "#proryv80_спб"),
    # not linked by the network, but meant
    ("＃proryv80", "＃proryv80"),
    ("№proryv80", "№proryv80"),
    ("# proryv80", "# proryv80"),
    ("слово#proryv80", "#proryv80"),
    ("#память#proryv80", "#proryv80"),
    ("＃ｐｒｏｒｙｖ８０", "＃ｐｒｏｒｙｖ８０"),
]

NONE = [
    "",
    "proryv80",
    "прорыв 80 лет назад",
    "#80",
    "#",
    "# ",
    "#_",
    "#память",
    "#proryv",
    "#proryv81",
    "#proryv79",
    "#proryv1943",
    "#proryv80летия",
    "#proryv80ленинград",
    "#proryv80_ленинград",
    "#мойproryv80",
    "#блокада",
    "#помним",
    "https://x.ru/#proryv80",
    "https://x.ru/страница?a=1#proryv80",
    "http://x.ru/a/b/#proryv80/",
    "www.x.ru/#proryv80",
    "vk.com/feed?section=search&q=#proryv80",
    "vk.com/feed?q=%23proryv80",
    "x.ru/#proryv80",
    "&#10071;",
    "&#80;",
    "&amp;#35;proryv80",
    "&amp;#proryv80",
    "a&#proryv80",
    "/#proryv80",
    "#про память",
    "#proryv память 80",
]


@pytest.mark.parametrize(("text", "tag"), EXACT)
def test_the_tag_is_found(text: str, tag: str) -> None:
    assert match([("text", text)], OURS) == Hit(MatchKind.exact, "text", tag)


@pytest.mark.parametrize(("text", "tag"), NEAR)
def test_a_look_alike_goes_to_a_person(text: str, tag: str) -> None:
    hit = match([("text", text)], OURS)
    assert hit is not None
    assert hit.kind is MatchKind.near
    assert hit.tag.startswith(tag)


@pytest.mark.parametrize("text", NONE)
def test_another_tag_is_not_ours(text: str) -> None:
    assert match([("text", text)], OURS) is None


def test_short_tags_know_no_slips() -> None:
    ours = wanted(["#день"])
    assert match([("text", "#день")], ours) is not None
    assert [match([("text", text)], ours) for text in ("#пень", "#деньги", "#ден")] == [None, None, None]


def test_a_tag_may_stand_in_the_original_or_in_the_video() -> None:
    texts = [("text", "Делимся!"), ("original", "#proryv_80"), ("video title", "#proryv80")]
    assert match(texts, OURS) == Hit(MatchKind.exact, "video title", "#proryv80")


def test_the_more_telling_place_wins() -> None:
    texts = [("text", "#Proryv80"), ("video description", "#proryv80")]
    assert match(texts, OURS) == Hit(MatchKind.exact, "text", "#Proryv80")


def test_yo_counts_as_ye() -> None:
    ours = wanted(["#ПомнимЁлкино"])
    for text in ("#помнимелкино", "#помнимёлкино", "#ПОМНИМЕ\u0308ЛКИНО"):
        assert match([("text", text)], ours) is not None, text
        assert match([("text", text)], ours).kind is MatchKind.exact  # type: ignore[union-attr]


def test_entities_give_no_tags() -> None:
    assert [tag.name for tag in tags_in("Внимание&#10071;&#65039; #память")] == ["память"]


def test_tags_are_read_with_their_groups() -> None:
    assert [(tag.name, tag.group) for tag in tags_in("#Один #два@gorod, #три@")] == [
        ("один", ""),
        ("два", "gorod"),
        ("три", ""),
    ]


@pytest.mark.parametrize(("written", "name"), [("#Прорыв80", "прорыв80"), ("Прорыв80", "прорыв80"), (" #a1 ", "a1")])
def test_an_organizer_may_leave_out_the_sign(written: str, name: str) -> None:
    assert tag_name(written) == name


@pytest.mark.parametrize("written", ["", "#", "#80", "#proryv 80", "#a#b", "#proryv-80", "https://x/#a", "@a"])
def test_what_is_no_tag_is_told(written: str) -> None:
    with pytest.raises(ValueError, match="is no hashtag"):
        tag_name(written)


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("щука", "shchuka"),
        ("щука", "shhuka"),
        ("щука", "schuka"),
        ("юность", "yunost"),
        ("юность", "iunost"),
        ("юность", "junost"),
        ("память", "pamiat"),
        ("память", "pamyat"),
        ("победный", "pobednyj"),
        ("победный", "pobednyy"),
        ("победный", "pobednyi"),
        ("подъезд", "podieezd"),
        ("хлеб", "khleb"),
        ("хлеб", "hleb"),
        ("цена", "cena"),
        ("цена", "tsena"),
    ],
)
def test_transliterations_by_several_standards(cyrillic: str, latin: str) -> None:
    assert romanises(cyrillic, latin)
    assert not romanises(cyrillic, latin + "x")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.sampled_from("её\u0308\u0301\u0323и\u0306 йЁЕẞßİıΣς")))
def test_folding_twice_changes_nothing_where_it_is_hard(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    tags_in(text)
    match([("text", text)], OURS)


@given(st.text(alphabet=st.sampled_from("#＃№@&;/[]|.: -_проryv80hts\u200b\ufe0f\u0308"), max_size=80))
def test_no_text_of_tags_breaks_the_reader(text: str) -> None:
    hit = match([("text", text)], OURS)
    assert hit is None or hit.tag


PUNCTUATION = st.text(alphabet=st.sampled_from(" \n\t.,;:!?()[]{}<>«»„“”\"'…—–-*+=~^%$|\\`•·🎗❗"), max_size=6)


@given(PUNCTUATION, PUNCTUATION, st.sampled_from(["#proryv80", "#PRORYV80", "#МыПомним", "#прорыв_блокадЫ"]))
def test_the_tag_counts_between_any_signs(before: str, after: str, tag: str) -> None:
    hit = match([("text", before + tag + after)], OURS)
    assert hit is not None
    assert hit.kind is MatchKind.exact


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=20))
def test_a_skeleton_is_its_own_skeleton(word: str) -> None:
    assert skeleton(skeleton(word)) == skeleton(word)


def test_a_long_text_is_read_quickly() -> None:
    import time

    started = time.process_time()
    match([("text", "#прорыв_" * 2000 + "_ " * 2000 + "#a " * 3000)], OURS)
    assert time.process_time() - started < 2
