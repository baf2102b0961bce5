"""Where the text is from that is read: a family's paper, a relative's memories, a book. Precision comes first.

Who reads together with a grandmother, remembers a grandfather or writes to one says nothing of the text: the elder has
to stand in the genitive behind a paper or memories (`дневник моей бабушки`), or has to have written or told it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from relay.models import TextOrigin
from relay.moderation.suggestions import russian
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Text, quoted
from relay.moderation.suggestions.naming import NamedPerson, people
from relay.moderation.suggestions.places import folded
from relay.moderation.suggestions.reading import Sentence, Token, WordKind, sentences
from relay.moderation.suggestions.vocabulary import READS, WRITERS, word_set

WHOSE, SAID, TITLED, HINTED = 0.9, 0.86, 0.82, 0.64
"""SAID: an elder wrote or told it. TITLED: of a book or a writer. HINTED: of something that has a title."""
WHY_FAMILY = "The post names a paper of the family."
WHY_RELATIVE = "The post says who told or remembered it."
WHY_OWN = "The post says that the memories are the reader's own."
WHY_BOOK = "The post names a book or its writer."
WHY_SELECTION = "The post says that the text is of the selection."
WHY_AUTHOR = "The post says whose words they are."
WHY: Mapping[TextOrigin, str] = {
    TextOrigin.family: WHY_FAMILY,
    TextOrigin.relative: WHY_RELATIVE,
    TextOrigin.own: WHY_OWN,
    TextOrigin.book: WHY_BOOK,
    TextOrigin.selection: WHY_SELECTION,
}

PAPERS = word_set(
    "дневник дневничок письмо письмецо открытка записка записки запись тетрадь тетрадка блокнот треугольник рукопись "
    "автобиография документ весточка"
)
MEMORIES = word_set("воспоминание мемуары рассказ история стих стихи стихотворение быль")
ABOUT = word_set("рассказ история быль")
"""`Его история` is told by anybody."""
KIN = word_set(
    "бабушка бабуля прабабушка прабабуля прапрабабушка бабка прабабка дед дедушка дедуля прадед прадедушка прапрадед "
    "прапрадедушка мать мама отец папа тетя тетка дядя сестра брат свекровь свекор тесть теща родственник "
    "родственница"
)
FRIENDS = word_set("сосед соседка подруга друг знакомый знакомая")
OF_KIN = word_set(
    "бабушкин прабабушкин прапрабабушкин дедушкин прадедушкин дедов прадедов мамин папин отцов тетин дядин сестрин"
)
WORKS = word_set(
    "книга сборник роман повесть поэма антология хрестоматия мемуары воспоминание дневник стихотворение стих строка "
    "рассказ письмо очерк"
)
FRAGMENTS = word_set("отрывок строка фрагмент глава страница страничка")
BOOKS = word_set("книга сборник роман повесть поэма антология хрестоматия очерк")
SEARCHED = word_set("присылать прислать приносить принести искать собирать хотеть репетировать ждать посвящать")
"""Of a text that is not read here, or not yet."""
LATER = re.compile(r"в следующ|завтра|скоро\b|потом\b|есть ли|у кого|спектакл|фильм")
PICTURES = word_set("фото фотография снимок портрет кадр видео")
WROTE, TOLD = word_set("написать писать начать вести"), word_set("рассказывать рассказать вспоминать поведать")
NOT_KIN = word_set("милосердие мороз мазай")
"""Behind a word of KIN, which is then nobody's sister or grandfather."""
MODIFIERS = frozenset({"ADJF", "PRTF", "NPRO", "NUMR", "ADJS"})
PHRASES = word_set(
    "с из от за к фронт война волховский ленинградский блокада фронтовой тыл год тот время блокадник блокадница житель "
    "жительница ветеран фронтовик участник участница ребенок солдат"
)
QUOTES = frozenset('«"“„')
"""Before a title: «Письмо матери» is a poem."""
MOST_BETWEEN = 5
BESIDE = 4

_GREAT = r"(?:great-?\s?)*"
_KIN_EN = rf"{_GREAT}(?:grand-?(?:mother|father|ma|pa|dad)|granny|grandparents|mother|father|mum|mom|dad|aunt|uncle)"
_PAPERS_EN = r"(?:diar(?:y|ies)|letters?|notebooks?|postcards?|journals?)"
_TOLD_EN = r"(?:memories|memoirs?|recollections?|reminiscences|stor(?:y|ies))"
_OWNER_EN = rf"(?:my|our|his|her|their)\s+(?:own\s+|late\s+|dear\s+)?{_KIN_EN}"
_KIN_FR = r"(?:arri[èe]re-)*(?:grand-m[èe]re|grand-p[èe]re|m[èe]re|p[èe]re|mamie|papi|tante|oncle)"
_OWNER_FR = rf"(?:mon|ma|notre|son|sa)\s+{_KIN_FR}"
_PAPERS_FR = r"(?:journal|lettres?|carnets?|cahiers?|cartes? postales?)"
_TOLD_FR = r"(?:souvenirs?|m[ée]moires|r[ée]cits?|t[ée]moignage)"
_NOT_TO = r"(?:\s+(?!to\b|à\b|with\b|avec\b|from\b|of\b|de\b)[\w’'-]+){0,3}"
_PATTERNS: Sequence[tuple[TextOrigin, re.Pattern[str]]] = tuple(
    (origin, re.compile(pattern, re.IGNORECASE))
    for origin, pattern in (
        (TextOrigin.family, rf"\b{_OWNER_EN}['’]s{_NOT_TO}\s+{_PAPERS_EN}\b"),
        (TextOrigin.family, rf"\b{_PAPERS_EN}\s+(?:from|of|by)\s+{_OWNER_EN}\b(?!['’]s)"),
        (TextOrigin.family, r"\bfrom\s+(?:our|my)\s+family(?:['’]s)?\s+(?:archives?|papers|letters)\b"),
        (TextOrigin.relative, rf"\b{_OWNER_EN}['’]s{_NOT_TO}\s+{_TOLD_EN}\b"),
        (TextOrigin.relative, rf"\b{_TOLD_EN}\s+(?:of|by)\s+{_OWNER_EN}\b(?!['’]s)"),
        (TextOrigin.relative, rf"\b{_OWNER_EN}\s+(?:often\s+)?told\s+(?:me|us)\b|\btold\s+by\s+{_OWNER_EN}\b"),
        (TextOrigin.own, r"\b(?:my|her|his)\s+own\s+(?:memories|memoirs|recollections|diary)\b"),
        (TextOrigin.book, r"\bfrom\s+(?:the|a)\s+(?:book|novel|collection|anthology)\b"),
        (
            TextOrigin.family,
            rf"\b{_PAPERS_FR}(?:\s+(?:du\s+front|de\s+guerre|d['’]adieu|intime))?\s+de\s+{_OWNER_FR}\b",
        ),
        (TextOrigin.family, r"\barchives?\s+(?:de\s+(?:notre|ma)\s+famille|familiales?)\b"),
        (TextOrigin.relative, rf"\b{_TOLD_FR}\s+de\s+{_OWNER_FR}\b"),
        (TextOrigin.relative, rf"\b{_OWNER_FR}\s+(?:me|nous)\s+racontait\b|\bracont[ée]e?s?\s+par\s+{_OWNER_FR}\b"),
        (TextOrigin.own, r"\bmes\s+propres\s+(?:souvenirs|m[ée]moires)\b"),
        (TextOrigin.book, r"\b(?:extraits?|tir[ée]e?s?)\s+d(?:u|'un|’un)\s+(?:livre|roman|recueil)\b"),
    )
)
_PICTURES_BEFORE = re.compile(r"\b(?:photos?|pictures?|images?|film(?:s|ed)?)\s*$", re.IGNORECASE)
_SELECTION = re.compile(r"\b(?:из|по)\s+подборк[иеу]\b|\bfrom the organi[sz]ers['’] selection\b", re.IGNORECASE)
_OWN = re.compile(
    r"\b(?:сво[иё]х?|мо[ий]х?|собственны[ехм]+)\s+(?:собственны[ех]\s+)?воспоминани\w+"
    r"|\b(?:рассказываю|вспоминаю)\s+(?:о\s+)?(?:сво[её]м|сво[её])\s+(?:военном\s+|блокадном\s+)?детств\w+",
    re.IGNORECASE,
)
_FAMILYS = re.compile(
    r"\bиз\s+(?:нашего\s+|моего\s+)?(?:семейного|домашнего)\s+архива\b|\bархив\w*\s+(?:нашей|моей)\s+семьи\b"
    r"|\bв\s+(?:нашей|моей)\s+семье\s+(?:хранится|хранят|бережно хранят|сохранилось|сохранился)\b"
    r"|\bсемейн(?:ые|ых|ое|ый)\s+(?:фронтовые\s+)?(?:письма|писем|письмо|дневник\w*|воспоминания)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence says of its text, from the word `first` to the word `last`."""

    origin: TextOrigin
    confidence: float
    first: int
    last: int
    author: str = ""


def candidates(words: ClipText, texts: Sequence[Text] = ()) -> Iterator[Clue]:
    """`texts`: of the selection, whose authors are no books' beside it."""
    own = frozenset(folded(part) for text in texts for part in text.author.split())
    read = sentences(words.text)
    for before, sentence in zip([(), *read], read, strict=False):
        for found in (*_in(sentence, words.text, own), *_theirs(before, sentence, words.text)):
            evidence = quoted(words, sentence[found.first].start, sentence[found.last].end)
            yield Clue(Field.origin, found.origin.value, found.confidence, WHY[found.origin], evidence)
            if found.author:
                yield Clue(Field.text_author, found.author, found.confidence, WHY_AUTHOR, evidence)
    yield from _by_pattern(words)


def _in(sentence: Sentence, text: str, own: frozenset[str]) -> Iterator[_Said]:
    if _is_not_read(sentence, text):
        return
    named = people(sentence)
    for at, token in enumerate(sentence):
        if not token.is_word or _is_denied(sentence, at):
            continue
        of_kin = _of_elder(sentence, at, named) or _elders(sentence, at)
        found = of_kin or _of_book(sentence, at) or _of_writer(sentence, at, named, own)
        if found is not None:
            yield found
    yield from _told(sentence)


def _is_not_read(sentence: Sentence, text: str) -> bool:
    """`Присылайте письма`, `в следующий раз прочитаю`, `есть ли у вас …`."""
    said = text[sentence[0].start : sentence[-1].end].lower()
    asked = text[sentence[-1].end : sentence[-1].end + 1] == "?"
    wanted = any(token.is_word and russian.lemmas(token.text) & SEARCHED for token in sentence)
    return bool(asked or wanted or LATER.search(said))


def _is_denied(sentence: Sentence, at: int) -> bool:
    return any(token.text.lower() == "не" for token in sentence[max(0, at - 2) : at])


def _of_elder(sentence: Sentence, at: int, named: Sequence[NamedPerson]) -> _Said | None:
    """`дневник моей бабушки`, `письмо с фронта моего деда`, `воспоминания прадеда`."""
    origin = _kind(sentence[at])
    if origin is None or (at and sentence[at - 1].text in QUOTES):
        return None
    last = _elder_behind(sentence, at + 1)
    if last is None:
        return None
    kin = _kin(sentence[last], "gent")
    origin = TextOrigin.relative if origin is TextOrigin.relative or kin in FRIENDS else origin
    whose, end = _called(last, kin, named)
    return None if _is_writer(sentence, end) else _Said(origin, WHOSE, at, end, whose)


def _kind(token: Token) -> TextOrigin | None:
    found = russian.lemmas(token.text)
    if found & PAPERS:
        return TextOrigin.family
    return TextOrigin.relative if found & MEMORIES or token.text.lower() == "слов" else None


def _elder_behind(sentence: Sentence, begin: int) -> int | None:
    """The place of an elder in the genitive, behind nothing but what describes them or where they wrote."""
    for at in range(begin, min(len(sentence), begin + MOST_BETWEEN)):
        token = sentence[at]
        if not token.is_word:
            if token.kind is WordKind.number or (token.text == "," and at > begin):
                continue
            return None
        if _kin(token, "gent"):
            following = sentence[at + 1] if at + 1 < len(sentence) else None
            other = following is not None and following.is_word and russian.lemmas(following.text) & NOT_KIN
            return None if other or _is_of_many(sentence, at, begin) else at
        if not _describes(token) and not (russian.lemmas(token.text) & PHRASES):
            return None
    return None


def _kin(token: Token, case: str) -> str:
    """The elder's word in the nominative, if the word may stand in this case."""
    if not token.is_word:
        return ""
    for parse in russian.parses(token.text):
        word = parse.normal_form.partition("-")[0]  # `прадеда-сапёра`
        if word.replace("ё", "е") in KIN | FRIENDS and parse.tag.case == case:
            return str(word)
    return ""


def _is_of_many(sentence: Sentence, at: int, begin: int) -> bool:
    """`письма ваших дедов`, `наших бабушек`: nobody's in particular."""
    between = {token.text.lower() for token in sentence[begin:at]}
    if between & {"ваш", "вашего", "вашей", "ваших", "твоего", "твоей", "чьего-то", "каждого"}:
        return True
    numbers = {parse.tag.number for parse in russian.parses(sentence[at].text) if parse.tag.case == "gent"}
    return numbers == {"plur"} and not between & {"моих", "своих", "обоих"}


def _describes(token: Token) -> bool:
    found = russian.parses(token.text)
    return bool(found) and any(parse.tag.POS in MODIFIERS or "Apro" in parse.tag for parse in found)


def _called(last: int, kin: str, named: Sequence[NamedPerson]) -> tuple[str, int]:
    """`бабушка Анна Смирнова` where the name stands beside the elder."""
    for person in named:
        if person.first == last + 1:
            return f"{kin} {person.value}", person.last
    return kin, last


def _is_writer(sentence: Sentence, end: int) -> bool:
    """`письмо матери Зои Космодемьянской`."""
    beside = [token for token in sentence[end : end + BESIDE] if token.is_capital]
    return any(russian.lemmas(token.text) & WRITERS.keys() for token in beside)


def _elders(sentence: Sentence, at: int) -> _Said | None:
    """`бабушкин дневник`, `мамины воспоминания`."""
    if not russian.lemmas(sentence[at].text) & OF_KIN:
        return None
    for place in range(at + 1, min(len(sentence), at + 3)):
        origin = _kind(sentence[place]) if sentence[place].is_word else None
        if origin is not None:
            return _Said(origin, WHOSE, at, place)
        if not sentence[place].is_word or not _describes(sentence[place]):
            return None
    return None


def _of_book(sentence: Sentence, at: int) -> _Said | None:
    """`из книги …`, `по книге …`, `роман «…»`, `строки из «…»`, `читаю из «…»`."""
    found = russian.lemmas(sentence[at].text)
    if found & (FRAGMENTS | READS) and _is_of_title(sentence, at):
        return _Said(TextOrigin.book, TITLED if found & FRAGMENTS else HINTED, at, at + 1)
    if not found & BOOKS:
        return None
    before = sentence[at - 1].text.lower() if at else ""
    if before in ("из", "по"):
        return _Said(TextOrigin.book, TITLED, at - 1, at)
    titled = at + 1 < len(sentence) and sentence[at + 1].text in QUOTES
    return _Said(TextOrigin.book, TITLED, at, at) if titled and not before.startswith("чита") else None


def _of_writer(sentence: Sentence, at: int, named: Sequence[NamedPerson], own: frozenset[str]) -> _Said | None:
    """`воспоминания Ольги Берггольц`, `«Февральский дневник» Берггольц`."""
    writer = _writer_behind(sentence, at + 1) if russian.lemmas(sentence[at].text) & WORKS else None
    if writer is None:
        return None
    first, last = writer
    if own & {word for token in sentence[first : last + 1] for word in russian.lemmas(token.text)}:
        return None
    return _Said(TextOrigin.book, TITLED, at, last, _in_nominative(first, last, named))


def _is_of_title(sentence: Sentence, at: int) -> bool:
    """`строки из «Блокадной книги»`."""
    behind = [token.text for token in sentence[at + 1 : at + 3]]
    return len(behind) == 2 and behind[0] == "из" and behind[1] in QUOTES


def _writer_behind(sentence: Sentence, begin: int) -> tuple[int, int] | None:
    """The places of a known writer's name in the genitive, at once behind, or behind the marks of a title."""
    at = begin
    while at < len(sentence) and at < begin + 2 and not sentence[at].is_word and sentence[at].text in '«»"“”':
        at += 1
    places = [place for place in range(at, min(len(sentence), at + 3)) if sentence[place].is_capital]
    for place in places:
        if russian.lemmas(sentence[place].text) & WRITERS.keys() and places[: place - at + 1] == list(
            range(at, place + 1)
        ):
            return at, place
    return None


def _in_nominative(first: int, last: int, named: Sequence[NamedPerson]) -> str:
    value = next((person.value for person in named if person.first == first and person.last == last), "")
    return value if value and folded(value.split()[-1]) in WRITERS else ""  # `Ю. Воронова` may be both


def _told(sentence: Sentence) -> Iterator[_Said]:
    """`дед написал это письмо`, `бабушка рассказывала нам`, `открытка, которую написал мой прадед`."""
    papers = [at for at, token in enumerate(sentence) if token.is_word and russian.lemmas(token.text) & PAPERS]
    for at, token in enumerate(sentence):
        if not token.is_word or not _is_past(token):
            continue
        elder = _elder_beside(sentence, at)
        if elder is None or _is_denied(sentence, at):
            continue
        if russian.lemmas(token.text) & WROTE and papers:
            ends = sorted((papers[0], at, elder))
            yield _Said(TextOrigin.family, SAID, ends[0], ends[-1])
        elif russian.lemmas(token.text) & TOLD and _is_to_us(sentence, at):
            ends = sorted((at, elder))
            yield _Said(TextOrigin.relative, SAID, ends[0], ends[-1])


def _theirs(before: Sentence, sentence: Sentence, text: str) -> Iterator[_Said]:
    """`Мой прадед погиб в 1943-м. Его письмо читает правнук`."""
    owners = [token for at, token in enumerate(before) if at and _kin(token, "nomn") and _is_ours(before[at - 1])]
    if not owners or _is_not_read(sentence, text):
        return
    for at, token in enumerate(sentence[:-1]):
        origin = _kind(sentence[at + 1]) if token.text.lower() in ("его", "её", "ее") else None
        if origin is not None and not russian.lemmas(sentence[at + 1].text) & ABOUT:
            yield _Said(origin, SAID, at, at + 1)


def _is_ours(token: Token) -> bool:
    return token.text.lower() in ("мой", "моя", "наш", "наша")


def _is_past(token: Token) -> bool:
    found = russian.parses(token.text)
    return bool(found) and found[0].tag.POS == "VERB" and found[0].tag.tense == "past"


def _elder_beside(sentence: Sentence, at: int) -> int | None:
    """The nearest elder in the nominative, with no other verb between."""
    for step in (-1, 1):
        for away in range(1, BESIDE + 1):
            place = at + step * away
            if not 0 <= place < len(sentence):
                break
            token = sentence[place]
            if _kin(token, "nomn"):
                return place
            if (token.kind is WordKind.mark and token.text not in ",—–-") or (token.is_word and _is_past(token)):
                break
    return None


def _is_to_us(sentence: Sentence, at: int) -> bool:
    """Whoever told it told it to the reader, and not how something is done."""
    behind = sentence[at + 1 : at + 6]
    how = [place for place, token in enumerate(behind) if token.text.lower() == "как"]
    if how and any(parse.tag.POS == "INFN" for token in behind[how[0] :] for parse in russian.parses(token.text)[:1]):
        return False
    return any(token.text.lower() in ("мне", "нам") for token in sentence[max(0, at - 3) : at + 4])


def _by_pattern(words: ClipText) -> Iterator[Clue]:
    text = words.text
    for origin, pattern in (*_PATTERNS, (TextOrigin.selection, _SELECTION)):
        for found in pattern.finditer(text):
            if not _PICTURES_BEFORE.search(text[: found.start()]):
                confidence = TITLED if origin in (TextOrigin.book, TextOrigin.selection) else WHOSE
                yield Clue(Field.origin, origin.value, confidence, WHY[origin], quoted(words, *found.span()))
    for found in _OWN.finditer(text):
        if _is_first_hand(text, found):
            yield Clue(Field.origin, TextOrigin.own.value, SAID, WHY_OWN, quoted(words, *found.span()))
    for found in _FAMILYS.finditer(text):
        if not _is_picture(text, found):
            yield Clue(Field.origin, TextOrigin.family.value, SAID, WHY_FAMILY, quoted(words, *found.span()))


def _is_first_hand(text: str, found: re.Match[str]) -> bool:
    """`свои воспоминания` are the reader's own where nobody else's stand beside them: `воспоминания своей мамы`."""
    behind = text[found.end() : found.end() + 24].lower()
    return not re.match(r"\s+(?:мо[её]|сво[её]|наш|мамы|бабушк|дед|прадед|прабабушк)", behind)


def _is_picture(text: str, found: re.Match[str]) -> bool:
    before = re.findall(r"[^\W\d_]+", re.split(r"[.!?\n:;]", text[: found.start()])[-1])
    return bool(before) and any(russian.lemmas(word) & PICTURES for word in before[-3:])
