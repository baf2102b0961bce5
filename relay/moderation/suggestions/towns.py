"""Where the reader lives: what stands after "г." or "жительница", at the end of a line, behind a name; districts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from relay.moderation.suggestions import others, places, russian
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Knowledge, quoted
from relay.moderation.suggestions.naming import people
from relay.moderation.suggestions.reading import Sentence, Token, WordKind, segments, sentences
from relay.moderation.suggestions.vocabulary import INSTITUTIONS, PUBLIC_EVENTS, ROLES, SENDERS, THEN, word_set

MARKER_LEMMAS = word_set("город поселок село деревня станица хутор поселение аул городок местечко слобода")
ABBREVIATED = word_set("г гор п пос пгт рп с д дер ст")
GREETED = word_set(
    "дорогой уважаемый милый поздравлять поздравить приветствовать приглашать пригласить спасибо благодарить"
)
RESIDENTS = word_set("житель жительница горожанин горожанка")
LIVING = word_set("жить живать проживать")
READING = word_set("читать прочитать прочесть прочитывать присоединяться присоединиться снять снимать записать запись")
JOINING = word_set("приветствовать присоединяться присоединиться читать прочитать участвовать передавать")
MARKED, RESIDENT, LIVES, FROM, ALONE, BEHIND, IN, TAGGED = 0.9, 0.92, 0.92, 0.82, 0.8, 0.88, 0.65, 0.62
NAMED_OF = 0.78
INSTITUTION_NEAR = 5
UNHEARD = 0.7
"""Of a name behind a marker that no gazetteer has."""

WHY = {
    MARKED: "It is called a town or a village.",
    RESIDENT: "Somebody lives there, it says.",
    FROM: "Somebody is from there, it says.",
    ALONE: "It stands by itself.",
    BEHIND: "It stands behind a name.",
    NAMED_OF: "A school or a library of that place is named.",
    IN: "It was read there.",
    TAGGED: "It is a hashtag of the post.",
}
DISTRICT_NAMED = "It is named there."

_OF_A_CLASS = re.compile(r"\d+|[А-ЕЖЗа-ежз«»\"-]|класс|кл|лет|года?")
OTHERS = word_set("он она они")
_WAR_YEAR = re.compile(r"19[0-5]\d")
WITH_US = (
    ["с", "вами"], ["с", "нами"], ["на", "связи"], ["читает"], ["помнит"], ["поддерживает"], ["присоединяется"],
    ["участвует"], ["скорбит"],
)  # fmt: skip
_DISTRICT = re.compile(
    r"\b([А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)?[сц]к)(?:ий|ого|ом|ому|им)\s+(?:муниципальн\w+\s+)?"
    r"(район\w*|р-н\w*|р/н|городско\w+ округ\w*)"
)
KINDS = (["городского", "типа"], ["воинской", "славы"])
STREETS = word_set("улица ул проспект пр просп площадь набережная переулок шоссе")
FORMER = word_set("ленинград сталинград петроград")
"""Nobody lives there today."""


@dataclass(frozen=True, slots=True)
class _Found:
    value: str
    confidence: float
    first: Token
    last: Token


def candidates(words: ClipText, knowledge: Knowledge) -> Iterator[Clue]:
    """Towns and districts that a text names as the reader's."""
    known = {places.folded(town): town for town in knowledge.towns}
    read = sentences(words.text)
    last = _last_words(read)
    for leading, sentence in zip([(), *read], read, strict=False):
        for found in _in(sentence, known, behind_name=_is_a_name(leading) or sentence is last):
            yield Clue(
                Field.town, found.value, found.confidence, _why(found.confidence),
                quoted(words, found.first.start, found.last.end),
            )  # fmt: skip
    yield from _districts(words)


def _why(confidence: float) -> str:
    return WHY.get(confidence) or WHY[MARKED]


def _districts(words: ClipText) -> Iterator[Clue]:
    for found in _DISTRICT.finditer(words.text):
        around = _sentence_around(words.text, found.start(), found.end())
        if any(lemma in THEN for lemma in map(russian.lemma, re.findall(r"[а-яё]+", around.lower()))):
            continue
        kind = "городской округ" if "округ" in found[2] else "район"
        yield Clue(
            Field.district, f"{found[1]}ий {kind}", MARKED, DISTRICT_NAMED, quoted(words, found.start(), found.end())
        )


def _sentence_around(text: str, start: int, end: int) -> str:
    first = max(text.rfind(sign, 0, start) for sign in ".!?\n") + 1
    last = min((at for sign in ".!?\n" if (at := text.find(sign, end)) >= 0), default=len(text))
    return text[first:last]


def _last_words(read: Sequence[Sentence]) -> Sentence | None:
    """The sentence that a text ends with, where it is but the name of a large town, and people stand before."""
    told = [sentence for sentence in read if any(token.is_word for token in sentence)]
    words = [token.text for token in told[-1] if token.is_word] if len(told) > 1 else []
    value = places.exactly(words, {}) if 0 < len(words) <= 2 else ""
    if not value or places.population(value) < places.LARGE:
        return None
    return told[-1] if any(people(sentence) for sentence in told[:-1]) else None


def _is_a_name(sentence: Sentence) -> bool:
    """A sentence that is somebody's name and nothing else."""
    found = people(sentence)
    return len(found) == 1 and found[0].first == 0 and found[0].last == len(sentence) - 1


def _in(sentence: Sentence, known: Mapping[str, str], *, behind_name: bool) -> Iterator[_Found]:
    words = [token for token in sentence if token.is_word]
    lemmas = {lemma for token in words for lemma in russian.lemmas(token.text)} if _has_cyrillic(words) else frozenset()
    reported = bool(lemmas & PUBLIC_EVENTS)
    then = bool(lemmas & THEN) or reported
    yield from _tagged(sentence, known)
    taken: set[int] = set()
    for at in range(len(sentence)):
        found = _at(sentence, at, known, then=then)
        if found is not None and found.first.start not in taken and not _is_dated(sentence, found):
            taken |= {each.start for each in sentence if found.first.start <= each.start <= found.last.start}
            yield found
    if _is_an_address(sentence):
        return
    behind = frozenset() if reported else _behind_names(sentence) | {sentence[0].start for _ in range(behind_name)}
    for found in _alone(sentence, known, behind):
        start = found.first.start
        if start not in taken and (not then or start in behind) and not _is_dated(sentence, found):
            yield found


def _is_dated(sentence: Sentence, found: _Found) -> bool:
    """`Луга, 1944 год`, `Новинка, лето 1941`: as it was then."""
    behind = [token for token in sentence if token.start > found.last.start][:4]
    years = [number for number, token in enumerate(behind) if _WAR_YEAR.fullmatch(token.text)]
    return bool(years) and not any(token.is_capital or token.text in '«("' for token in behind[: years[0]])


def _is_an_address(sentence: Sentence) -> bool:
    """`улица Марата, Рыбинск`, `Peace Square, Прага`: where something stands."""
    words = [token for token in sentence if token.is_word]
    latin = bool(words) and not places.is_cyrillic(words[0].text) and places.is_cyrillic(words[-1].text)
    return latin or any(russian.lemma(token.text) in STREETS for token in words)


def _has_cyrillic(words: Sequence[Token]) -> bool:
    return any(places.is_cyrillic(word.text) for word in words)


def _tagged(sentence: Sentence, known: Mapping[str, str]) -> Iterator[_Found]:
    """Hashtags say little, but they do say something."""
    for token in sentence:
        if token.kind is WordKind.tag:
            word = token.text[1:].replace("_", " ")
            value = places.exactly([word], known)
            if value and not russian.is_common(word) and word[0].isupper():
                yield _Found(value, TAGGED, token, token)


def _at(sentence: Sentence, at: int, known: Mapping[str, str], *, then: bool) -> _Found | None:
    """What the word at this place leads to: a marker, "жительница", "живу в", "из", "в"."""
    token = sentence[at]
    if not token.is_word:
        return None
    if _is_marker(sentence, at) and not _is_greeted(sentence[:at]):
        found = _marked(sentence, at, known)
        return found if found is not None and (not then or _is_own_piece(sentence, at, found)) else None
    return _told(sentence, at, known, then=then)


def _is_greeted(before: Sentence) -> bool:
    """`Спасибо жителям посёлка …`, `Поздравляем жителей города …`."""
    told = {russian.lemma(token.text) for token in before if token.is_word}
    return bool(told & GREETED) and bool(told & RESIDENTS)


def _told(sentence: Sentence, at: int, known: Mapping[str, str], *, then: bool) -> _Found | None:
    word = sentence[at].text.lower()
    lemma = russian.lemma(word)
    if lemma in RESIDENTS:
        if any(russian.lemma(token.text) in GREETED for token in sentence[:at] if token.is_word):
            return None
        return _name_at(sentence, at + 1, known, RESIDENT) or _past_marker(sentence, at + 1, known, RESIDENT)
    if word == "из":
        return _from(sentence, at, known, then=then)
    if word in ("в", "во") and at:
        return _within(sentence, at, known, then=then)
    if word == "спб" and not then:
        return _name_at(sentence, at, known, NAMED_OF)
    return None if then else _of_institution(sentence, at, known)


def _of_institution(sentence: Sentence, at: int, known: Mapping[str, str]) -> _Found | None:
    """`школа № 512 Невского района Санкт-Петербурга`, `детская библиотека Волхова`."""
    before = sentence[max(0, at - INSTITUTION_NEAR) : at]
    if not sentence[at].is_capital or any(token.text in ",;:()—–" for token in before):
        return None
    if not any(russian.lemma(token.text) in INSTITUTIONS for token in before if token.is_word):
        return None
    found = _name_at(sentence, at, known, NAMED_OF)
    return found if found is not None and not russian.is_common(found.value) else None


def _is_own_piece(sentence: Sentence, at: int, found: _Found) -> bool:
    """`…, г. Волхов`: what a sentence about that time ends with is where its reader lives."""
    begins = at == 0 or sentence[at - 1].kind is WordKind.mark
    rest = [token for token in sentence if token.start > found.last.start]
    return begins and (not rest or rest[0].kind is not WordKind.word)


def _is_marker(sentence: Sentence, at: int) -> bool:
    token = sentence[at]
    word = token.text if len(token.text) == 1 and not _is_shouted(sentence) else token.text.lower()
    if word in ABBREVIATED and (token.short or len(word) > 1 or _is_unstopped(sentence, at)):
        return not _is_year(sentence, at)
    return russian.lemma(word) in MARKER_LEMMAS


def _is_shouted(sentence: Sentence) -> bool:
    return all(token.text.isupper() for token in sentence if token.is_word) and len(sentence) > 2


def _is_unstopped(sentence: Sentence, at: int) -> bool:
    """`г Тосно`: the full stop is left out; `с` and `д` are too often something else."""
    return sentence[at].text in ("г", "п") and bool(_name_at(sentence, at + 1, {}, MARKED))


def _is_year(sentence: Sentence, at: int) -> bool:
    """`1943 г.`"""
    return at > 0 and sentence[at - 1].kind is WordKind.number and len(sentence[at - 1].text) == 4


def _marked(sentence: Sentence, at: int, known: Mapping[str, str]) -> _Found | None:
    """`г. Луга`, `в посёлке Мга`, `деревня Старая`; a name that nobody has heard of counts a little less."""
    start = _past_kind(sentence, at + 1)
    found = _name_at(sentence, start, known, MARKED)
    if found is not None or start >= len(sentence):
        return found
    return _unheard(sentence, start)


def _past_kind(sentence: Sentence, at: int) -> int:
    """Past `:` and `городского типа`."""
    words = [token.text.lower() for token in sentence[at : at + 2]]
    return at + 1 if words[:1] == [":"] else at + 2 if words in KINDS else at


def _unheard(sentence: Sentence, at: int) -> _Found | None:
    """A name that no gazetteer has stays as it stands: behind "посёлок" it mostly is in the nominative."""
    words = sentence[at : at + 2]
    if words[0].text.lower() in ("им", "имени") and len(words) > 1 and words[1].is_capital:
        return _Found(f"имени {words[1].text}", UNHEARD, words[0], words[1])
    if not words[0].is_capital or not places.is_cyrillic(words[0].text):
        return None
    found = russian.parses(words[0].text)[:1]
    if russian.lemma(words[0].text) in FORMER:
        return None
    first_half = bool(found) and found[0].tag.POS == "ADJF" and len(words) > 1 and words[1].is_capital
    told = words if first_half else words[:1]
    return _Found(" ".join(_titled(word.text) for word in told), UNHEARD, told[0], told[-1])


def _titled(word: str) -> str:
    return word.title() if word.isupper() else word


def _past_marker(sentence: Sentence, at: int, known: Mapping[str, str], confidence: float) -> _Found | None:
    if at < len(sentence) and sentence[at].is_word and _is_marker(sentence, at):
        return _name_at(sentence, at + 1, known, confidence)
    return None


def _from(sentence: Sentence, at: int, known: Mapping[str, str], *, then: bool) -> _Found | None:
    """`Мы из Волхова`, `Мария Журавлёва, 34 года, из Волхова`, but not `письмо из Сталинграда`."""
    found = _name_at(sentence, at + 1, known, FROM) or _past_marker(sentence, at + 1, known, FROM)
    if found is None and _is_epithet(sentence[at + 1 : at + 2]):
        found = _name_at(sentence, at + 2, known, FROM)
    before = sentence[at - 1] if at else None
    if found is None or _goes_on_to(sentence, found) or _is_passed_to(sentence[:at]):
        return None
    if then and before is not None and before.text.lower() in ("я", "мы"):
        return found
    if then:
        return found if before is not None and before.is_capital and _is_read(sentence, at) else None
    if before is None or not before.is_word:
        return found
    near = _near(sentence, at)
    ours = not near & {"мы", "я"} or any(token.text.lower() in ("я", "мы") for token in sentence[:at])
    if before.is_capital or (near & (SENDERS | ROLES) and ours) or russian.lemmas(before.text) & (LIVING | JOINING):
        return found
    return found if any(person.last == at - 1 for person in people(sentence)) else None


def _near(sentence: Sentence, at: int) -> frozenset[str]:
    """Of the three words before, up to the next mark."""
    near: set[str] = set()
    for token in reversed(sentence[max(0, at - 3) : at]):
        if not token.is_word or (near and russian.is_finite_verb(token.text)):
            break
        near |= russian.lemmas(token.text)
    return frozenset(near)


def _is_epithet(words: Sentence) -> bool:
    """`из солнечного Сочи`."""
    told = russian.parses(words[0].text)[:1] if words and words[0].is_word and not words[0].is_capital else ()
    return bool(told) and told[0].tag.POS == "ADJF"


def _is_passed_to(before: Sentence) -> bool:
    """`Передаю слово Диме Носову из Волхова`."""
    return any(token.is_word and russian.lemma(token.text) in others.PASSING for token in before) and any(
        person.case != "nomn" and person.last == len(before) - 1 for person in people(before)
    )


def _goes_on_to(sentence: Sentence, found: _Found) -> bool:
    """`эстафету из Гатчины в Лугу`."""
    rest = [token for token in sentence if token.start > found.last.start]
    return len(rest) > 1 and rest[0].text in ("в", "на") and rest[1].is_capital


def _is_read(sentence: Sentence, at: int) -> bool:
    """Whether somebody reads or tells now, behind that place."""
    return any(
        parse.tag.tense == "pres" and parse.normal_form in ("читать", "рассказывать", "вспоминать")
        for token in sentence[at:] if token.is_word for parse in russian.parses(token.text)[:1]
    )  # fmt: skip


def _within(sentence: Sentence, at: int, known: Mapping[str, str], *, then: bool) -> _Found | None:
    """`живу в Луге`; `читаю в Луге` says less, `воевал в Луге` nothing."""
    near = {lemma for token in sentence[max(0, at - 4) : at] if token.is_word for lemma in russian.lemmas(token.text)}
    if sentence[at - 1].text.lower() == "я" and not then:
        return _name_at(sentence, at + 1, known, LIVES)
    if near & LIVING and near & OTHERS and any(token.text.lower() in ("я", "мы") for token in sentence):
        return None
    if near & LIVING:
        found = _name_at(sentence, at + 1, known, LIVES) or _past_marker(sentence, at + 1, known, LIVES)
        return found if found is not None and _is_now(sentence[max(0, at - 4) : at]) else None
    ours = [token.text.lower() for token in sentence[max(0, at - 2) : at]] == ["у", "нас"]
    if (near & READING or ours) and not then:
        return _name_at(sentence, at + 1, known, IN)
    return None


def _is_now(near: Sentence) -> bool:
    return any(
        parse.tag.tense == "pres" for token in near if token.is_word for parse in russian.parses(token.text)[:1]
        if parse.normal_form in LIVING
    )  # fmt: skip


def _name_at(sentence: Sentence, at: int, known: Mapping[str, str], confidence: float) -> _Found | None:
    """The longest name of a place that begins here, with capital letters."""
    for length in range(min(places.LONGEST, len(sentence) - at), 0, -1):
        tokens = sentence[at : at + length]
        if not all(token.is_word for token in tokens) or not (tokens[-1].is_capital or _is_all_small(sentence)):
            continue
        value = places.named([token.text for token in tokens], known)
        if value and not _describes(sentence, at + length, value):
            return _Found(value, confidence, tokens[0], tokens[-1])
    return None


def _describes(sentence: Sentence, behind: int, value: str) -> bool:
    """`Ладожского озера`, `Сиверской школы`: an adjective to what follows."""
    if not value.endswith(("ий", "ый", "ой")) or behind >= len(sentence):
        return False
    following = sentence[behind]
    told = russian.parses(following.text)[:1] if following.is_word and not following.is_capital else ()
    return bool(told) and told[0].tag.POS in ("NOUN", "ADJF") and not _is_marker(sentence, behind)


def _is_all_small(sentence: Sentence) -> bool:
    return not any(token.is_capital for token in sentence)


def _alone(sentence: Sentence, known: Mapping[str, str], behind: frozenset[int]) -> Iterator[_Found]:
    """`Мария Журавлёва, Луга`: a piece between commas that is a name of a place and nothing else."""
    for piece in [*segments(sentence), *_tails(sentence)]:
        tokens = [token for token in piece if token.is_word]
        if len(tokens) != len(piece) or not 0 < len(tokens) <= places.LONGEST:
            found = _with_us(piece, known)
            if found is not None:
                yield found
            continue
        value = places.exactly([token.text for token in tokens], known)
        if not value or not (tokens[0].is_capital or _is_all_small(sentence)):
            if (found := _with_us(piece, known)) is not None:
                yield found
            continue
        common = len(tokens) == 1 and places.is_common(tokens[0].text) and places.folded(value) not in known
        is_behind = tokens[0].start in behind
        if not is_behind and (common or not places.is_cyrillic(value)):
            continue
        yield _Found(value, BEHIND if is_behind else ALONE, tokens[0], tokens[-1])


def _behind_names(sentence: Sentence) -> frozenset[int]:
    """Where a piece begins that stands right behind somebody's name, or behind the age and class that follow it."""
    starts: set[int] = set()
    named = {sentence[person.first].start for person in others.crowd(sentence, people(sentence))}
    for person in people(sentence):
        for piece in segments(sentence[person.last + 1 :]):
            if piece[0].start in named:
                break
            starts.add(piece[0].start)
            if piece[0].kind is not WordKind.number and not _is_role(piece):
                break
    return frozenset(starts) | {tail[0].start for tail in _tails(sentence)}


def _tails(sentence: Sentence) -> Iterator[Sentence]:
    """`Андреева Вера 5б Приозерск`: what stands behind a name and a class without any comma."""
    for person in people(sentence):
        start = at = person.last + 1
        while start < len(sentence) and _OF_A_CLASS.fullmatch(sentence[start].text):
            start += 1
        if at < start < len(sentence) and sentence[start].is_capital:
            yield segments(sentence[start:])[0]


def _is_role(piece: Sentence) -> bool:
    """`ученик`, `7 класс`, `школа № 3`: what may stand between a name and its town."""
    return not piece[0].is_capital or any(token.kind is WordKind.number for token in piece)


def _with_us(piece: Sentence, known: Mapping[str, str]) -> _Found | None:
    """`Токсово с вами`, `Луга читает`."""
    words = [token.text.lower() for token in piece]
    for tail in WITH_US:
        if words[-len(tail) :] == tail and 0 < len(piece) - len(tail) <= places.LONGEST:
            value = places.exactly([token.text for token in piece[: -len(tail)]], known)
            if value:
                return _Found(value, IN, piece[0], piece[-len(tail) - 1])
    return None
