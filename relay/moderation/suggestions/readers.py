"""Who of those whom a text names is the reader. Whoever is remembered, and whoever wrote the text, is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relay.moderation.suggestions import ages, russian
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Knowledge, Origin, quoted
from relay.moderation.suggestions.naming import NamedPerson, people
from relay.moderation.suggestions.places import folded, named
from relay.moderation.suggestions.reading import Sentence, Token, WordKind, sentences
from relay.moderation.suggestions.vocabulary import word_set

READS = word_set(
    "читать прочитать прочесть прочитывать рассказывать рассказать исполнять исполнить вспоминать вспомнить озвучить "
    "декламировать продолжать продолжить присоединиться присоединяться прислать принять поделиться делиться записать "
    "представлять представить"
)
LABELS = word_set(
    "чтец чтица исполнитель исполнительница участник участница фио имя звать микрофон победитель победительница "
    "призер лауреат дипломант уважение рассказчик рассказчица ведущий исполнение"
)
STAFF = word_set(
    "руководитель оператор монтаж режиссер корреспондент журналист куратор организатор концертмейстер фото фотограф "
    "видеограф редактор"
)
"""Who helps or reports, and does not read."""
ROLES = word_set(
    "ученик ученица учащийся учащаяся воспитанник воспитанница студент студентка школьник школьница библиотекарь "
    "учитель учительница педагог воспитатель волонтер юнармеец сын дочь дочка сынок внук внучка правнук правнучка "
    "праправнук праправнучка первоклассник первоклассница гимназист гимназистка кадет курсант житель жительница "
    "сотрудник сотрудница методист артист артистка актер актриса пенсионер пенсионерка племянник племянница класс "
    "активист активистка краевед экскурсовод выпускник выпускница доброволец"
)
REMEMBERED = word_set(
    "дед дедушка прадед прадедушка прапрадед прапрадедушка бабушка прабабушка прапрабабушка отец мать папа мама дядя "
    "тетя автор поэт поэтесса писатель писательница герой память посвящать посвящаться посвятить лейтенант капитан "
    "майор полковник генерал сержант рядовой командир политрук маршал боец летчик снайпер медсестра санинструктор "
    "композитор художник фронтовик партизан защитник блокадник блокадница дневник стихотворение стих поэма"
)
OFFICIALS = word_set("губернатор глава мэр депутат директор министр президент")
DEEDS = word_set(
    "погибнуть воевать служить сражаться защищать родиться умереть пропасть командовать награждать наградить "
    "возложить выступить открыть поздравить спасти написать писать"
)
WRITERS = word_set(
    "берггольц савичева ахматова гранин адамович симонов твардовский тихонов инбер дудин жуков сталин шостакович "
    "воронов пушкин лермонтов рождественский прокофьев гамзатов асадов друнина светлов исаковский сурков лихачев "
    "матросов космодемьянский космодемьянская покрышкин говоров мерецков маринеско кобона шолохов бондарев васильев "
    "кассиль паустовский пантелеев чуковский маршак михалков барто евтушенко высоцкий окуджава бродский шефнер "
    "ботвинник ленин гагарин суворов кутузов ворошилов левитан толстой чехов есенин маяковский левитанский орлов- "
    "давыдов"
)  # fmt: skip
"""Surnames of those who wrote of the war, or are written of, in schoolbooks and on squares."""

SAYS, LABELLED, AGED, FROM_TOWN, IN_ROLE, PERFORMED = 0.93, 0.92, 0.9, 0.88, 0.85, 0.9
EXPLAINED, ELDER, MENTIONED = 0.76, 0.77, 0.4
"""ELDER: somebody's grandfather reads, or is quoted."""
NEAR, ROLE_NEAR = 7, 12
ADDRESS = 8
PLACES = word_set("город поселок деревня село район округ пгт")
WHY = {
    SAYS: "The text says who reads.",
    LABELLED: "The text names the reader.",
    AGED: "An age or a class stands behind the name.",
    FROM_TOWN: "A town stands beside the name.",
    IN_ROLE: "The text says who that is.",
    EXPLAINED: "The text says who that is.",
    MENTIONED: "The name stands in the text.",
}
TITLE_NAMED = {Origin.video_title}


@dataclass(frozen=True, slots=True)
class _Place:
    """A person in a sentence, with what stands before and after."""

    person: NamedPerson
    sentence: Sentence
    before: Sentence
    after: Sentence


def candidates(words: ClipText, knowledge: Knowledge) -> Iterator[Clue]:
    """Readers that a text names; those that are merely mentioned have little confidence."""
    strangers = WRITERS | {folded(word) for text in knowledge.texts for word in text.author.split()}
    known = {folded(town): town for town in knowledge.towns}
    read = sentences(words.text)
    for leading, sentence, following in zip([[], *read], read, [*read[1:], []], strict=False):
        found = people(sentence)
        for person in found:
            if _is_a_place(person, known):
                continue
            confidence = _confidence(_place(sentence, person, found, (leading, following)), known)
            if confidence and (confidence == AGED or folded(person.surname) not in strangers):
                yield Clue(
                    Field.name, _tidy(person.value), confidence, WHY.get(confidence, WHY[SAYS]),
                    quoted(words, sentence[person.first].start, sentence[person.last].end),
                )  # fmt: skip


def _is_a_place(person: NamedPerson, known: dict[str, str]) -> bool:
    return person.is_single and folded(person.value) in known


def _tidy(name: str) -> str:
    return name if any(letter.isupper() for letter in name) else name.title()


def _place(
    sentence: Sentence, person: NamedPerson, everybody: list[NamedPerson], around: tuple[Sentence, Sentence]
) -> _Place:
    """What stands between this person and the ones before and behind; beside a name alone, the next sentences count."""
    start = max((other.last + 1 for other in everybody if other.last < person.first), default=0)
    end = min((other.first for other in everybody if other.first > person.last), default=len(sentence))
    after = sentence[person.last + 1 : end]
    before, (leading, following) = sentence[start : person.first], around
    if person.first == 0 and not [token for token in after if token.kind is not WordKind.tag]:
        comma = Token(",", sentence[-1].end, sentence[-1].end, WordKind.mark)
        after = [comma, *following] if following else after
        before = [*leading, comma] if _is_address(leading) else before
    return _Place(person, sentence, before, after)


def _is_address(sentence: Sentence) -> bool:
    """A sentence that names a place and says nothing: `Выборгский район, посёлок Гаврилово`."""
    lemmas = _lemmas(sentence)
    return 0 < len(sentence) <= ADDRESS and not _nearest_verb(iter(sentence)) and bool(lemmas & PLACES)


def _confidence(place: _Place, known: dict[str, str]) -> float:
    """How likely the person is the reader; 0 for somebody else."""
    if place.person.case == "ablt" and _lemmas(place.before) & {"прочитать", "прочитанный", "исполнить", "исполненный"}:
        return PERFORMED
    if place.person.case == "gent" and _is_performance(place.before):
        return PERFORMED
    if place.person.case != "nomn" or _lemmas(place.before[-3:]) & STAFF:
        return 0.0
    if _is_read_by(place):
        return ELDER if _ends_in(place.before, REMEMBERED) else SAYS
    if _is_remembered(place):
        return 0.0
    return _beside(place, known)


def _is_performance(before: Sentence) -> bool:
    return bool(before) and russian.lemma(before[-1].text) in ("исполнение", "чтение")


def _is_read_by(place: _Place) -> bool:
    """`читает её внучка Полина`, `Валентина Зуева читает`; no other verb may stand between."""
    left = _nearest_verb(reversed(place.before[-NEAR:]))
    if left is not None and _reads(left) and not _closed(place.before[-NEAR:], left):
        return not place.person.is_single or not _ends_in(place.before, REMEMBERED)
    right = _nearest_verb(iter(place.after[:NEAR]))
    if right is not None and _belongs_to_next(place, right):
        return False
    if place.person.is_single and _ends_in(place.before, REMEMBERED):
        return False
    return right is not None and _reads(right)


def _belongs_to_next(place: _Place, verb: str) -> bool:
    """`Оператор Иван Сидоров, читает Пётр Гуляев`: the verb is the next one's."""
    end = place.person.last + 1 + len(place.after)
    return place.after[-1].text == verb and end < len(place.sentence) and place.after[0].kind is WordKind.mark


def _closed(before: Sentence, verb: str) -> bool:
    """Whether a quotation ended between the verb and the name: `читает «Шинель». …` is another matter."""
    at = max(number for number, token in enumerate(before) if token.text == verb)
    return any(russian.lemma(token.text) == "автор" for token in before[at:] if token.is_word)


def _reads(verb: str) -> bool:
    """Somebody reads or read; `читаю` and `читайте` are not about whom the text names."""
    tag = russian.parses(verb)[0].tag
    return bool(russian.lemmas(verb) & READS) and tag.person in ("3per", None) and tag.mood != "impr"


def _nearest_verb(tokens: Iterator[Token]) -> str | None:
    return next((token.text for token in tokens if token.is_word and russian.is_finite_verb(token.text)), None)


def _ends_in(before: Sentence, lemmas: frozenset[str]) -> bool:
    last = next((token for token in reversed(before) if token.is_word), None)
    return last is not None and bool(russian.lemmas(last.text) & lemmas)


def _is_remembered(place: _Place) -> bool:
    """A forebear, a writer, a hero; somebody who does something else than read; the author of «…»."""
    before = [token for token in place.before[-4:] if token.is_word]
    if any(russian.lemma(token.text) in REMEMBERED | OFFICIALS for token in before):
        return True
    if place.after and place.after[0].text in ("«", '"', "“"):
        return True
    if len(place.after) > 1 and place.after[0].text == "," and place.after[1].text in ("«", '"', "“"):
        return True
    return _does(_nearest_verb(iter(place.after[:4]))) or bool(_lemmas(place.before[-4:]) & DEEDS)


def _does(verb: str | None) -> bool:
    """Whether somebody does something else than read."""
    return verb is not None and not russian.lemmas(verb) & (READS | LABELS | {"жить"})


def _beside(place: _Place, known: dict[str, str]) -> float:
    """By what stands beside the name: a label, an age or class, a town, a role, or nothing at all."""
    if _lemmas(place.before[-4:]) & LABELS or [token.text.lower() for token in place.before[-1:]] == ["я"]:
        return LABELLED
    piece = [token for token in place.after[:8] if token.kind is not WordKind.tag]
    if ages.begins(piece):
        return AGED
    if place.person.is_single:
        return IN_ROLE if _lemmas(place.before[-2:]) & ROLES and not _lemmas(place.before) & REMEMBERED else 0.0
    return FROM_TOWN if _town_beside(place, known) else _described(place, piece)


def _described(place: _Place, piece: Sentence) -> float:
    """By who that is."""
    if _lemmas(place.before[-ROLE_NEAR:]) & ROLES or _lemmas(piece[:4]) & ROLES or ages.ends(place.before):
        return IN_ROLE
    if _does(_nearest_verb(reversed(place.before[-4:]))):
        return 0.0
    return EXPLAINED if _is_explained(place) else MENTIONED


def _is_explained(place: _Place) -> bool:
    """`Елена Сергеевна Дашкова, заведующая библиотекой`: nothing but a name and who that is, and no verb."""
    rest = place.after[1:]
    if place.before or not rest or place.after[0].text not in ",(—–-" or not rest[0].is_word or rest[0].is_capital:
        return False
    told = russian.parses(rest[0].text)[:1]
    named = bool(told) and told[0].tag.case == "nomn" and told[0].tag.POS in ("NOUN", "ADJF", "PRTF")
    return named and not _nearest_verb(iter(rest)) and not _lemmas(rest) & REMEMBERED


def _town_beside(place: _Place, known: dict[str, str]) -> bool:
    after = [token for token in place.after if token.is_word]
    between = "".join(token.text for token in place.after[:1] if token.kind is WordKind.mark)
    if after and russian.lemma(after[0].text) in (
        "город",
        "поселок",
        "деревня",
        "село",
        "гор",
        "г",
        "п",
        "д",
        "пос",
        "пгт",
    ):
        return True
    if len(after) > 1 and after[0].text.lower() == "из":
        return _is_place(after[1:], known) or russian.lemma(after[1].text) in ("город", "поселок", "деревня", "село")
    if between in (",", "(", "—", "–", "-", "|") and _is_place(after, known):
        return True
    before = [token for token in place.before if token.is_word]
    if _is_address(place.before) or _is_address(after[:2]):
        return True
    ended = place.before[-1:] and place.before[-1].text in (",", ":", "—")
    return bool(ended) and len(before) <= 2 and _is_place(before, known)


def _is_place(words: Sentence, known: dict[str, str]) -> bool:
    return any(
        words[0].is_capital
        and bool(named([token.text for token in words[:length]], known))
        and not (length == 1 and russian.is_common(words[0].text))
        for length in range(1, min(3, len(words)) + 1)
    )


def _lemmas(tokens: Sentence) -> frozenset[str]:
    return frozenset(lemma for token in tokens if token.is_word for lemma in russian.lemmas(token.text))
