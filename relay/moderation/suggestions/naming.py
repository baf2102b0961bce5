"""Names of people in a sentence: first names, patronymics, surnames and initials that stand together; their case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from relay.moderation.suggestions import russian
from relay.moderation.suggestions.reading import Sentence, Token
from relay.moderation.suggestions.vocabulary import READS, TITLES, word_set

LONGEST = 4
CASES = ("gent", "datv", "ablt", "accs")
SURNAME = {"masc": re.compile(r"(?:ов|ев|ёв|ин|ын|[сц]кий)$"), "femn": re.compile(r"(?:ова|ева|ёва|ина|ына|[сц]кая)$")}
"""How surnames end that the dictionary doesn't have, in the nominative."""
NATIVE = ("а", "я", "о", "е", "ё", "ы", "ь", "ов", "ев", "ёв", "ин", "ын", "ий", "ый", "ой")
"""A woman's surname with one of these ends is in another case, or somebody else's."""
_ANYBODYS = re.compile(r"(?:[ыи]х|енко|[уюч]к|[ая]н|дзе|швили|ич)$")
"""Ends of surnames that men and women share."""
_PET = re.compile(r"(.{2,}?)(?:[оеё]чка|[её]?нька|онька|[уюы]ш?шка|[ую]тка|[иуюая]ша|[уюа]ня|ка|[ёе]к|ик)")
_TENDER = ("очка", "ечка", "енька", "онька")
_NAME_ENDS = ("", "а", "я", "ь", "й", "ия", "ья", "ей", "ина")
_OF_A_WOMAN = re.compile(r"(?<=[оеё]в)(?:ой|у)$|(?<=[иы]н)(?:ой|у)$")
MINE = frozenset(("мой", "моя", "наш", "наша"))
PREPOSITIONS = word_set("от для у про о об к ко с со без за над под при через")
PLACE_WORDS = word_set("г гор п пос пгт рп с д дер ст город поселок посёлок деревня село станция им имени")
OTHER_WORDS = frozenset({"VERB", "INFN", "PREP", "ADVB", "NPRO", "PRCL", "CONJ", "ADJF", "PRTF", "GRND", "INTJ"})


class Part(StrEnum):
    first = "Name"
    patronymic = "Patr"
    surname = "Surn"
    initial = "Init"


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Words of a sentence from `first` to `last` (inclusive); `value`: in the nominative; `case`: empty for none."""

    first: int
    last: int
    value: str
    case: str
    surname: str
    is_single: bool
    has_first_name: bool


@lru_cache(maxsize=russian.KEPT)
def parts(word: str) -> frozenset[Part]:
    """What part of a name a word may be."""
    if len(word) == 1 and word.isupper():
        return frozenset({Part.initial})
    if is_pet_name(word):
        return frozenset({Part.first})
    found = russian.parses(word)
    if not russian.is_known(word) and word.endswith("ич"):  # `Ковалевич`: all patronymics stand in the dictionary
        return frozenset({Part.surname})
    told = {
        part for parse in found if parse.is_known and parse.tag.number != "plur" for part in Part if part in parse.tag
    }
    return frozenset(told | {Part.surname for parse in found if "Surn" in parse.tag})


@lru_cache(maxsize=russian.KEPT)
def is_pet_name(word: str) -> bool:
    """`Кирочка`, `Егорка`: made of one of the dictionary's names, and hardly another word."""
    found = _PET.fullmatch(word.lower())
    if found is None or (russian.is_known(word) and not word.endswith(_TENDER)):
        return False
    return any(
        parse.is_known and "Name" in parse.tag and parse.tag.case == "nomn"
        for end in _NAME_ENDS for parse in russian.parses(found[1] + end)
    )  # fmt: skip


def people(sentence: Sentence) -> Sequence[NamedPerson]:
    """Everybody whom a sentence names, in order."""
    return _people(tuple(sentence))


@lru_cache(maxsize=256)
def _people(sentence: Sentence) -> Sequence[NamedPerson]:
    found: list[NamedPerson] = []
    at = 0
    shouted = _is_shouted(sentence)
    whispered = not any(token.is_capital for token in sentence)
    while at < len(sentence):
        person = _person_at(sentence, at, shouted=shouted, whispered=whispered)
        if person is not None:
            found.append(person)
        at = person.last + 1 if person is not None else at + 1
    return tuple(_joined(sentence, found))


def _is_shouted(sentence: Sentence) -> bool:
    words = [token.text for token in sentence if token.is_word and len(token.text) > 1]
    return len(words) > 1 and all(word.isupper() for word in words)


def _person_at(sentence: Sentence, at: int, *, shouted: bool, whispered: bool) -> NamedPerson | None:
    """The longest name that begins here."""
    run = _run(sentence, at, whispered=whispered)
    for length in range(len(run), 0, -1):
        person = _person(sentence, at, run[:length], shouted=shouted or whispered)
        if person is not None:
            return person
    return None


def _run(sentence: Sentence, at: int, *, whispered: bool) -> list[Token]:
    """Capitalised words that stand side by side."""
    run: list[Token] = []
    for token in sentence[at : at + LONGEST]:
        if not (token.is_capital or (whispered and token.is_word)) or not _is_cyrillic(token.text):
            break
        if run and token.start - run[-1].end > 1:
            break
        run.append(token)
        if token.short and len(token.text) > 1:
            break
    return run


def _is_cyrillic(word: str) -> bool:
    return all("а" <= letter <= "я" or letter in "ё-‑" for letter in word.lower())


def _person(sentence: Sentence, at: int, run: Sequence[Token], *, shouted: bool) -> NamedPerson | None:
    kinds = [parts(token.text) for token in run]
    if not shouted and _is_a_stranger_to_the_dictionary(sentence, at, run):
        value = " ".join(token.text for token in run)
        return NamedPerson(at, at + len(run) - 1, value, "nomn", run[-1].text, len(run) == 1, has_first_name=True)
    if not _may_be_named(sentence, at, run, shouted=shouted):
        return None
    begins = _begins_like_a_name(run[0], kinds[0]) or _is_surname_first(run, kinds, opens=at == 0)
    if not begins or not _is_a_name(run, kinds):
        return None
    governed = at > 0 and sentence[at - 1].text.lower() in PREPOSITIONS and not sentence[at - 1].short
    case, value = _case(run, kinds, shouted=shouted, governed=governed)
    if not value or _is_a_half(sentence, at, kinds):
        return None
    surname = next((value.split()[place] for place, each in _surnames(kinds) if place < len(value.split())), "")
    names = [place for place, each in enumerate(kinds) if Part.first in each]
    return NamedPerson(at, at + len(run) - 1, value, case, surname, len(run) == 1, bool(names))


def _may_be_named(sentence: Sentence, at: int, run: Sequence[Token], *, shouted: bool) -> bool:
    """No abbreviation, title or place."""
    if any(token.text.isupper() and len(token.text) > 1 for token in run) and not shouted:
        return False
    return at == 0 or not ((sentence[at - 1].text == "«" and not shouted) or _is_place_word(sentence[at - 1]))


def _is_a_half(sentence: Sentence, at: int, kinds: Sequence[frozenset[Part]]) -> bool:
    """A first name, with a patronymic or without, whose surname can't be read."""
    if len(kinds) == 1:
        return _goes_on(sentence, at) or _is_second_half(sentence, at)
    return len(kinds) == 2 and Part.patronymic in kinds[1] and _goes_on(sentence, at + 1)


def _is_a_stranger_to_the_dictionary(sentence: Sentence, at: int, run: Sequence[Token]) -> bool:
    """`моя Аришка`, `читает Виола Раух`: capitals where only a name can stand, and nothing that is known."""
    before = sentence[at - 1] if at else None
    if before is None or not before.is_word or run[0].start - before.end != 1 or any(token.short for token in run):
        return False
    behind = sentence[at + len(run)] if at + len(run) < len(sentence) else None
    if behind is not None and behind.is_capital:
        return False
    if len(run) == 1:
        mine = before.text.lower() in MINE and run[0].text.endswith(("а", "я"))
        return mine and not russian.is_known(run[0].text)
    unknown = [token for token in run if not russian.is_known(token.text) or parts(token.text)]
    named = [token for token in run if token in unknown or _is_no_role(token.text)]
    return len(run) == len(named) == 2 and bool(unknown) and _is_read_alone(before.text)


def _is_read_alone(verb: str) -> bool:
    """`читает`, `прочла`."""
    tag = russian.parses(verb)[0].tag
    told = tag.POS == "VERB" and tag.number == "sing" and tag.mood != "impr" and tag.person in ("3per", None)
    return told and russian.lemma(verb) in READS and not any(part in tag for part in Part)


def _is_place_word(token: Token) -> bool:
    """`г. Пушкин`, `посёлок Тельмана`: nobody's name begins there."""
    return token.is_word and (token.short or len(token.text) > 1) and token.text.lower() in PLACE_WORDS


def _goes_on(sentence: Sentence, at: int) -> bool:
    """Whether another capital follows at once, which this rule can't read: half a name is worse than none."""
    behind = sentence[at + 1 : at + 2]
    if not behind or behind[0].start - sentence[at].end != 1:
        return False
    if not behind[0].is_capital:
        return len(behind[0].text) == 1 and behind[0].short
    return not _is_shared_surname(behind[0])


def _is_second_half(sentence: Sentence, at: int) -> bool:
    """Whether a capital stands before, which is no word that the dictionary has, and so may be the surname."""
    before = sentence[at - 1] if at else None
    if before is None or not before.is_capital or before.short or sentence[at].start - before.end != 1:
        return False
    return not russian.is_known(before.text) or _is_no_role(before.text)


def _surnames(kinds: Sequence[frozenset[Part]]) -> Iterator[tuple[int, frozenset[Part]]]:
    """Surnames proper first, then those that are guessed."""
    for place, each in enumerate(kinds):
        if Part.surname in each and Part.first not in each:
            yield place, each
    for place, each in enumerate(kinds):
        if not each & {Part.first, Part.patronymic, Part.initial}:
            yield place, each


def _begins_like_a_name(token: Token, kinds: frozenset[Part]) -> bool:
    if Part.initial in kinds:
        return token.short
    if not kinds:
        return False
    likeliest = russian.parses(token.text)[0]
    return likeliest.tag.POS not in OTHER_WORDS or any(part in likeliest.tag for part in ("Name", "Surn", "Patr"))


def _is_surname_first(run: Sequence[Token], kinds: Sequence[frozenset[Part]], *, opens: bool) -> bool:
    """`Соломатина Злата`, `Рыбина Татьяна Викторовна`: a surname that the dictionary doesn't have, or as a thing."""
    word = run[0].text
    if kinds[0] or len(run) < 2 or Part.first not in kinds[1]:
        return False
    if _ANYBODYS.search(word):
        return not russian.lemmas(word) & TITLES
    if not (SURNAME["masc"].search(word) or SURNAME["femn"].search(word)):
        return not opens and _is_no_role(word)
    return not russian.is_known(word) or len(run) > 2 or not opens


def _is_no_role(word: str) -> bool:
    """A thing or a trade, `Мельник`, but nothing that people are in a post."""
    likeliest = russian.parses(word)[:1]
    noun = bool(likeliest) and likeliest[0].tag.POS == "NOUN" and likeliest[0].tag.case == "nomn"
    return noun and not russian.lemmas(word) & TITLES


def _is_a_name(run: Sequence[Token], kinds: Sequence[frozenset[Part]]) -> bool:
    """A first name with or without more, or a surname with initials; behind a first name any word may be a surname."""
    firsts = [place for place, each in enumerate(kinds) if Part.first in each]
    given = [each for each in kinds if Part.first in each and Part.surname not in each]
    initials = [place for place, each in enumerate(kinds) if Part.initial in each]
    unknown = [place for place, each in enumerate(kinds) if not each]
    if initials:
        rest = [place for place in range(len(run)) if place not in initials]
        return (
            len(rest) in (1, 2)
            and all(kinds[place] & {Part.surname, Part.patronymic} or place in firsts for place in rest)
            and (all(run[place].short for place in initials))
        )
    if not firsts or len(unknown) > 1 or len(firsts) > 2 or (len(given) > 1 and not _is_foreign_pair(run)):
        return False
    if unknown and not _may_be_surname(run[unknown[0]].text):
        return False
    surnames = [place for place, each in enumerate(kinds) if each and not each & {Part.first, Part.patronymic}]
    return len(surnames) + len(unknown) <= 1


def _is_foreign_pair(run: Sequence[Token]) -> bool:
    """`Софья Дан`, `Глафира Андреевна Вольф`: a first name whose surname is a first name elsewhere."""
    formal = len(run) == 3 and Part.patronymic in parts(run[1].text)
    return (len(run) == 2 or formal) and not run[-1].text.lower().endswith(NATIVE)


def _may_be_surname(word: str) -> bool:
    """A word that the dictionary has as something else counts only as a noun or an adjective."""
    likeliest = russian.parses(word)[:1]
    if SURNAME["masc"].search(word) or SURNAME["femn"].search(word):
        return True
    return bool(likeliest) and likeliest[0].tag.POS in ("NOUN", "ADJF", None)


def _case(run: Sequence[Token], kinds: Sequence[frozenset[Part]], *, shouted: bool, governed: bool) -> tuple[str, str]:
    """("nomn", as it is written), or (case, put into the nominative); ("", "") where the words don't agree."""
    texts = [token.text.title() if shouted and len(token.text) > 1 else token.text for token in run]
    for gender in () if governed else russian.GENDERS:
        if all(_agrees(text, each, "nomn", gender) for text, each in zip(texts, kinds, strict=True)):
            return "nomn", _written(texts, kinds)
    for case in CASES:
        for gender in russian.GENDERS:
            if all(_agrees(text, each, case, gender) for text, each in zip(texts, kinds, strict=True)):
                turned = [_turned(text, each, case, gender) for text, each in zip(texts, kinds, strict=True)]
                return case, _written(turned, kinds)
    return "", ""


def _written(texts: Sequence[str], kinds: Sequence[frozenset[Part]]) -> str:
    return " ".join(f"{text}." if Part.initial in each else text for text, each in zip(texts, kinds, strict=True))


def _agrees(text: str, kinds: frozenset[Part], case: str, gender: str) -> bool:
    if (
        Part.initial in kinds
        or (case == "nomn" and (is_pet_name(text) or (not kinds and _ANYBODYS.search(text))))
        or (not kinds and case == "nomn" and SURNAME[gender].search(text))
    ):
        return True
    if any(_fits(parse, kinds, case, gender) for parse in russian.parses(text)):
        return True
    foreign = not text.lower().endswith(NATIVE) and Part.patronymic not in kinds
    itself = any(
        parse.tag.case == "nomn" and parse.tag.number != "plur" and "Geox" not in parse.tag
        for parse in russian.parses(text)
    )
    return case == "nomn" and gender == "femn" and foreign and itself


def _fits(parse: object, kinds: frozenset[Part], case: str, gender: str) -> bool:
    tag = parse.tag  # type: ignore[attr-defined]
    if tag.case != case or tag.number == "plur":
        return False
    if kinds and not any(part in tag for part in kinds):
        return False
    if Part.first in tag and "Fixd" in tag and tag.gender != "femn":
        return False
    return tag.gender in (gender, None) or "ms-f" in tag or not kinds


def _turned(text: str, kinds: frozenset[Part], case: str, gender: str) -> str:
    bare = _OF_A_WOMAN.sub("а", text)
    if gender == "femn" and bare != text and not kinds & {Part.first, Part.patronymic}:
        return bare
    for parse in russian.parses(text):
        if Part.initial not in kinds and _fits(parse, kinds, case, gender):
            bare = parse.inflect({"nomn", "sing"})
            if bare is not None:
                return bare.word.title() if text[0].isupper() else str(bare.word)
    return text


def _joined(sentence: Sentence, found: Sequence[NamedPerson]) -> Iterator[NamedPerson]:
    """`Аня и Оля Петровы`, `Ваня Петров и Катя Сомова` are one reader of a clip."""
    waiting: NamedPerson | None = None
    for person in found:
        both = _both(sentence, waiting, person) if waiting is not None else None
        if waiting is not None and both is None:
            yield waiting
        waiting = both or person
    if waiting is not None:
        yield waiting


def _both(sentence: Sentence, one: NamedPerson, other: NamedPerson) -> NamedPerson | None:
    if other.first - one.last != 2 or sentence[one.last + 1].text.lower() != "и" or one.case != other.case:
        return None
    if _is_formal(sentence, one) != _is_formal(sentence, other):
        return None
    value, last = f"{one.value} и {other.value}", other.last
    after = sentence[last + 1] if last + 1 < len(sentence) else None
    if one.is_single and other.is_single and after is not None and _is_shared_surname(after):
        value, last = f"{value} {after.text}", last + 1
    return NamedPerson(
        one.first, last, value, one.case, other.surname, False, one.has_first_name and other.has_first_name
    )


def _is_formal(sentence: Sentence, person: NamedPerson) -> bool:
    """With a patronymic: a teacher and a child are no pair of readers."""
    return any(Part.patronymic in parts(token.text) for token in sentence[person.first : person.last + 1])


def _is_shared_surname(token: Token) -> bool:
    return token.is_capital and any(
        "Surn" in parse.tag and parse.tag.number == "plur" and parse.tag.case == "nomn"
        for parse in russian.parses(token.text)
    )
