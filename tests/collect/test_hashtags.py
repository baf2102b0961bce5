from __future__ import annotations

import unicodedata

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
    # behind any sign that is no letter, digit or _, as TDLib 1.8.69 links them
    ("#тосно/#proryv80", "#proryv80"),
    ("голоса/#proryv80", "#proryv80"),
    ("/#proryv80", "#proryv80"),
    ("память/ #proryv80", "#proryv80"),
    ("мы&#proryv80", "#proryv80"),
    ("мы&amp;#proryv80", "#proryv80"),
    ("& #proryv80", "#proryv80"),
    ("№#proryv80", "#proryv80"),
    ("и т.д./#proryv80", "#proryv80"),
    ("Тосно.Голоса/#proryv80", "#proryv80"),
    ("е\u0301#proryv80", "#proryv80"),
    ("к\u0336#proryv80", "#proryv80"),
    ("слово\u200b#proryv80", "#proryv80"),
    ("слово\u00ad#proryv80", "#proryv80"),
    ("8\ufe0f\u20e3#proryv80", "#proryv80"),
    ("#proryv80://", "#proryv80"),
    ("#proryv80.ru/", "#proryv80"),
    # behind an address that has ended
    ("https://vk.com/x,#proryv80", "#proryv80"),
    ("https://vk.com/x, #proryv80", "#proryv80"),
    ("https://vk.com/x(#proryv80)", "#proryv80"),
    ("(https://vk.com/x)#proryv80", "#proryv80"),
    ("[https://vk.com/x]#proryv80", "#proryv80"),
    # a sign on the sign, and signs that nobody sees
    ("#\ufe0fproryv80", "#proryv80"),
    ("#\ufe0f\u20e3proryv80", "#proryv80"),
    ("#\u20e3proryv80", "#proryv80"),
    ("#proryv8\ufe0f\u20e30\ufe0f\u20e3", "#proryv80"),
    ("#pro\u034fryv80", "#proryv80"),
    ("#pro\U000e0101ryv80", "#proryv80"),
    ("#\u0336p\u0336r\u0336o\u0336r\u0336y\u0336v\u03368\u03360\u0336", "#proryv80"),
    ("#p\u0332r\u0332oryv80", "#proryv80"),
    # joiners: what a reader sees, and what TDLib links
    ("#pro\u200dryv80", "#pro\u200dryv80"),
    ("#proryv\u200c80", "#proryv\u200c80"),
    ("#proryv80\u200d", "#proryv80"),
    ("#proryv80\u200d\u200d🎗", "#proryv80"),
    # stress marks, as verses and dictionaries print them
    ("#мыпо\u0301мним", "#мыпо\u0301мним"),
    ("#МЫПО\u0301МНИМ", "#МЫПО\u0301МНИМ"),
    ("#мыпо\u0300мним", "#мыпо\u0300мним"),
    ("#мы\u0301по\u0301мни\u0301м", "#мы\u0301по\u0301мни\u0301м"),
    ("#проры\u0301в_блока\u0301ды", "#проры\u0301в_блока\u0301ды"),
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
    ("_#proryv80", "#proryv80"),
    ("слово\u200c#proryv80", "#proryv80"),
    ("vk.com#proryv80", "#proryv80"),
    ("#\u0301proryv80", "#\u0301proryv80"),
    ("#\ufe0f\u20e3 proryv80", "# proryv80"),
    # other accents
    ("#pro\u0303ryv80", "#prõryv80"),
    ("#prory\u0301v80", "#prorýv80"),
    ("#proryv80\u0303", "#proryv80\u0303"),
    ("#мыпо\u0304мним", "#мыпо\u0304мним"),
    ("#мъ\u0306\u0304помним", "#мъ\u0306\u0304помним"),
    ("#про\u0304рыв80", "#про\u0304рыв80"),
    ("#пр\u00f3рыв80", "#пр\u00f3рыв80"),
    ("#proryv80\u200cлет", "#proryv80\u200cлет"),
    # signs that networks join, or end a tag at
    ("#proryv·80", "#proryv·80"),
    ("#proryv〜80", "#proryv〜80"),
    ("#мы'помним", "#мы'помним"),
    ("#мы\u00b4помним", "#мы\u00b4помним"),
    ("#proryv/80", "#proryv/80"),
    ("#п р о рыв 80", "#п р о рыв 80"),
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
    "&#x43f;&#x440;oryv80",
    "&amp;#x43f;proryv80",
    # parts of addresses
    "https://ru.wikipedia.org/wiki/Прорыв_(1943)#proryv80",
    "https://ru.wikipedia.org/wiki/Прорыв_(песня_(1943))#proryv80",
    "https://ru.wikipedia.org/wiki/Прорыв_(1943)?a=#proryv80",
    "(https://ru.wikipedia.org/wiki/Прорыв_(1943)#proryv80)",
    "[текст](https://ru.wikipedia.org/wiki/Прорыв_(1943)#proryv80)",
    "https://ria.ru/20230118/blokada-1,846.html#proryv80",
    "https://ria.ru/a;b=1,2;c#proryv80",
    "https://x.ru/?a[]=1&b[2]=3#proryv80",
    "https://x.ru/{id}#proryv80",
    "ru.wikipedia.org/wiki/Прорыв_(1943)#proryv80",
    "www.x.ru/a_(b),c#proryv80",
    "vk.com/x#proryv80",
    "x.ru:8080/a#proryv80",
    "голоса.рф/память#proryv80",
    "xn--80af5bzc.xn--p1ai/x#proryv80",
    "mailto:anna@x.ru?subject=#proryv80",
    "#про память",
    "#proryv память 80",
    "#п р о р ы в блокады",
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


def test_tags_of_six_letters_know_slips_and_those_of_five_do_not() -> None:
    assert _kind("#памать", "#память") is MatchKind.near
    assert _kind("#голус", "#голос") is None


def test_three_letters_more_are_added_and_four_are_another_tag() -> None:
    assert _kind("#proryv80спб", "#proryv80") is MatchKind.near
    assert _kind("#proryv80тула", "#proryv80") is None


def _kind(text: str, *tags: str) -> MatchKind | None:
    hit = match([("text", text)], wanted(tags))
    return hit.kind if hit else None


@pytest.mark.parametrize(
    "tag",
    [
        "#ма\u0304ньси",  # Mansi: the macron is length, another word
        "#эвэды\u0304",  # Evenki
        "#स्वतंत्रता",  # Devanagari: vowel signs, virama
        "#தமிழ்",  # Tamil
        "#ไทย",
        "#শান্তি",
        "#שָׁלוֹם",  # Hebrew with points
        "#سَلام",  # Arabic with a short vowel
        "#نمی\u200cخواهم",  # Persian: ZWNJ inside
        "#hag\u0303ua",  # Guarani
        "#йод",
        "#\ufe0f\u20e3память",
        "#по\u0301мним",
    ],
)
def test_a_tag_with_marks_can_be_wanted_and_is_found_in_any_form(tag: str) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, tag)
        assert _kind(f"Читаем {written}, помним", tag) is MatchKind.exact
        assert _kind(f"Читаем {tag}!", written) is MatchKind.exact


@pytest.mark.parametrize(
    ("text", "tag"),
    [("#hag\u0303ua", "#hag"), ("#தமிழ்", "#தம"), ("#हिन्दी", "#ह"), ("#наи\u0306ди", "#наи"), ("#ка\u0304та", "#ка")],
)
def test_a_tag_that_goes_on_with_a_mark_is_not_the_shorter_tag(text: str, tag: str) -> None:
    assert _kind(text, tag) is None
    assert _kind(tag, text) is None


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("#ма\u0304ньси", "#маньси"),
        ("#маньси", "#ма\u0304ньси"),
        ("#cafe\u0301", "#cafe"),
        ("#cafe", "#café"),
        ("#са\u0304ва", "#сава"),
        ("#ўсё", "#усе"),
        ("#შ\u0304ვილი", "#შვილი"),
    ],
)
def test_other_accents_are_for_a_person_to_judge_however_short_the_tag(text: str, tag: str) -> None:
    assert _kind(text, tag) is MatchKind.near


def test_a_stress_mark_does_not_take_the_breve_of_short_i() -> None:
    assert _kind("#мо\u0301й", "#мой") is MatchKind.exact
    assert _kind("#мои", "#мой") is None
    assert _kind("#мои\u0306", "#мой") is MatchKind.exact
    assert _kind("#ќе", "#ке") is MatchKind.near  # Macedonian: another letter


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("#istanbul80", MatchKind.exact),
        ("#ISTANBUL80", MatchKind.exact),
        ("#İSTANBUL80", MatchKind.exact),
        ("#i\u0307stanbul80", MatchKind.exact),
        ("#\u0131stanbul80", MatchKind.near),
        ("#ıSTANBUL80", MatchKind.near),
    ],
)
def test_turkish_letters_lose_no_post(text: str, kind: MatchKind) -> None:
    assert _kind(text, "#istanbul80") is kind


def test_a_dotless_i_may_be_wanted() -> None:
    assert _kind("#ışık", "#ışık") is MatchKind.exact
    assert _kind("#IŞIK", "#ışık") is MatchKind.near


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # where networks part and join tags: spaces, signs, emoji, brackets, other scripts
        ("#один #два", ["один", "два"]),
        ("#один,#два;#три", ["один", "два", "три"]),
        ("#один/#два/#три", ["один", "два", "три"]),
        ("(#один)[#два]{#три}", ["один", "два", "три"]),
        ("“#один” ‘#два’ „#три“", ["один", "два", "три"]),
        ("#один\u3000#два\u2028#три", ["один", "два", "три"]),
        ("🎗#один🎗#два", ["один", "два"]),
        ("#один❤️#два", ["один", "два"]),
        ("#один\u200d👩#два", ["один", "два"]),
        ("👨\u200d👩\u200d👧#один", ["один"]),
        ("#1 #2а #_3 #4_", ["2а"]),
        ("#日本語タグ、#カタカナ。", ["日本語タグ", "カタカナ"]),
        ("#מָוֶת #عربي", ["מָוֶת", "عربي"]),
        ("слово#один", []),
        ("_#один", []),
        ("1#один", []),
        ("mail@x.ru#один", []),
        ("https://x.ru/#один #два", ["два"]),
        ("http://example.org/a/b(c)#один", []),
        ("#один@group #два@ #три@a.b", ["один", "два", "три"]),
        ("C# #один", ["один"]),
        ("#", []),
        ("##один", ["один"]),
        ("&#8470;#один", ["один"]),
        ("&lt;#один&gt;", ["один"]),
        ("#a\u200db", ["ab", "a"]),
        ("#a\u200cb", ["ab"]),
        ("Q&A&#один", ["один"]),
        ("мы&#80лет", ["80лет"]),
    ],
)
def test_tags_are_read_as_the_networks_link_them(text: str, names: list[str]) -> None:
    assert [tag.name for tag in tags_in(text)] == [fold(name) for name in names]


def test_five_parts_may_make_a_tag_and_six_are_a_sentence() -> None:
    assert _kind("#мы по мн и м", "#мыпомним") is MatchKind.near
    assert _kind("#мы по м н и м", "#мыпомним") is None


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


@pytest.mark.parametrize(
    "written",
    ["", "#", "#80", "#proryv 80", "#a#b", "#proryv-80", "https://x/#a", "@a", "test@abc", "anna@mail.ru", "#\u0301"],
)
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


@pytest.mark.slow
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.slow
@given(st.text(alphabet=st.sampled_from("её\u0308\u0301\u0300\u0323\u0307и\u0306 йЁЕẞßİıIiΣςѝ\u200c\u200d")))
def test_folding_twice_changes_nothing_where_it_is_hard(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.slow
@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    tags_in(text)
    match([("text", text)], OURS)


@pytest.mark.slow
@given(
    st.text(
        alphabet=st.sampled_from("#＃№@&;/[]|.: -_проryv80hts(){},\u200b\u200c\u200d\ufe0f\u0308\u0301"), max_size=80
    )
)
def test_no_text_of_tags_breaks_the_reader(text: str) -> None:
    hit = match([("text", text)], OURS)
    assert hit is None or hit.tag


PUNCTUATION = st.text(
    alphabet=st.sampled_from(" \n\t.,;:!?()[]{}<>«»„“”\"'…—–-*+=~^%$|\\`•·🎗❗/&\u200b\ufe0f\u200d"), max_size=6
)


@pytest.mark.slow
@given(PUNCTUATION, PUNCTUATION, st.sampled_from(["#proryv80", "#PRORYV80", "#МыПомним", "#прорыв_блокадЫ"]))
def test_the_tag_counts_between_any_signs(before: str, after: str, tag: str) -> None:
    hit = match([("text", before + tag + after)], OURS)
    assert hit is not None
    assert hit.kind is MatchKind.exact


@pytest.mark.slow
@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=20))
def test_a_skeleton_is_its_own_skeleton(word: str) -> None:
    assert skeleton(skeleton(word)) == skeleton(word)


@pytest.mark.slow
def test_a_long_text_is_read_quickly() -> None:
    import time

    started = time.process_time()
    match([("text", "#прорыв_" * 2000 + "_ " * 2000 + "#a " * 3000)], OURS)
    match([("text", "https://x.ru/" + "(a,[b" * 4000 + "#a\u200d" * 4000 + "а\u0301\u0304" * 4000)], OURS)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", ["#ｐｒｏｒｙｖ８０", "#𝗽𝗿𝗼𝗿𝘆𝘃𝟴𝟬", "#прорыв🕯80", "#proryv✊80", "#ｐｒｏriv80"])
def test_dressed_up_letters_and_signs_between_the_parts_are_near(text: str) -> None:
    hit = match([("text", text)], wanted(["#proryv80"]))
    assert hit is not None
    assert hit.kind is MatchKind.near
