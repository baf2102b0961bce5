"""Who of those whom a text names is the reader. Whoever is remembered, and whoever wrote the text, is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from relay.moderation.suggestions import ages, others, russian
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, Knowledge, quoted
from relay.moderation.suggestions.naming import NamedPerson, people
from relay.moderation.suggestions.places import LARGE, folded, named, population
from relay.moderation.suggestions.reading import Sentence, Token, WordKind, segments, sentences
from relay.moderation.suggestions.vocabulary import (
    CAMPAIGNS,
    CLAUSES,
    DEEDS,
    FLOOR,
    FROM_WHOM,
    GIVES,
    LABELS,
    OFFICIALS,
    PAST_CALLED,
    PERFORMANCES,
    READS,
    REMEMBERED,
    ROLES,
    THANKS,
    WORKS,
    WRITERS,
    word_set,
)

SAYS, LABELLED, AGED, FROM_TOWN, IN_ROLE, PERFORMED = 0.93, 0.92, 0.9, 0.88, 0.85, 0.9
EXPLAINED, ELDER, SIGNED, MENTIONED, ONE_OF_SEVERAL = 0.76, 0.77, 0.7, 0.4, 0.01
"""ELDER: somebody's grandfather reads, or is quoted. ONE_OF_SEVERAL: no single name is the clip's."""
NEAR, ROLE_NEAR = 7, 12
ADDRESS = 8
PLACES = word_set("город поселок деревня село район округ пгт")
WHY = {
    SAYS: "The text says who reads.",
    LABELLED: "The text names the reader.",
    AGED: "An age or a class stands behind the name.",
    FROM_TOWN: "A town stands beside the name.",
    IN_ROLE: "The text says who that is.",
    SIGNED: "A town stands beside the name.",
    EXPLAINED: "The text says who that is.",
    MENTIONED: "The name stands in the text.",
}
COMMAS = frozenset(",;()")
IN_A_TAG = re.compile(r"[А-ЯЁ]?[а-яё]+")
DASHES = frozenset(":—–-")
QUOTES = frozenset('«"“„')


@dataclass(frozen=True, slots=True)
class _Place:
    """A person in a sentence, with what stands before and after."""

    person: NamedPerson
    sentence: Sentence
    before: Sentence
    after: Sentence

    @property
    def piece(self) -> Sentence:
        """What leads to the name, from the last comma or bracket on."""
        marks = [number for number, token in enumerate(self.before) if token.text in COMMAS]
        return self.before[marks[-1] + 1 :] if marks else self.before


def candidates(words: ClipText, knowledge: Knowledge) -> Iterator[Clue]:
    """Readers that a text names; those that are merely mentioned have little confidence."""
    read = sentences(words.text)
    known = {folded(town): town for town in knowledge.towns}
    strangers = _strangers(knowledge)
    found = [
        (clue, helps)
        for leading, sentence, following in zip([(), *read], read, [*read[1:], ()], strict=False)
        for clue, helps in _in(words, sentence, (leading, following), known, strangers)
    ]
    named_reader = any(not helps and clue.confidence >= IN_ROLE for clue, helps in found)
    idle = named_reader or (any(helps for _, helps in found) and _somebody_reads(read))
    yield from (clue for clue, helps in found if not (helps and idle and clue.confidence < SAYS))
    yield from _tagged(words, read)


def _somebody_reads(read: Sequence[Sentence]) -> bool:
    return any(_reads(token.text) for sentence in read for token in sentence if token.is_word)


def _strangers(knowledge: Knowledge) -> Mapping[str, frozenset[str]]:
    """Surnames of writers, and the first names that they have; of none it is not known."""
    own = {folded(word): frozenset[str]() for text in knowledge.texts for word in text.author.split()}
    return {**WRITERS, **own}


def _in(
    words: ClipText, sentence: Sentence, around: tuple[Sentence, Sentence], known: Mapping[str, str],
    strangers: Mapping[str, frozenset[str]],
) -> Iterator[tuple[Clue, bool]]:  # fmt: skip
    """What a sentence tells of each whom it names, and whether that is somebody who may only have helped."""
    found = people(sentence)
    crowd = others.crowd(sentence, found)
    for person in found:
        if _is_a_place(person, known):
            continue
        place = _place(sentence, person, found, around, known)
        confidence = _confidence(place, known)
        if person in crowd or (confidence and others.reads_with_others(person, place.before, place.after)):
            confidence = ONE_OF_SEVERAL
        if confidence and (confidence == AGED or not _is_stranger(person, strangers)):
            evidence = quoted(words, sentence[person.first].start, sentence[person.last].end)
            why = WHY.get(confidence, WHY[SAYS])
            yield Clue(Field.name, _tidy(person.value), confidence, why, evidence), others.helps(place.piece)


def _is_stranger(person: NamedPerson, strangers: Mapping[str, frozenset[str]]) -> bool:
    """A writer by surname, unless the first name is another one's."""
    surname = folded(person.surname)
    firsts = strangers.get(surname) or (strangers.get(surname.removesuffix("а")) if "." in person.value else None)
    if firsts is None:
        return surname in strangers
    names = [word.strip(".") for word in folded(person.value).replace(".", ". ").split()]
    initials = {name[0] for name in firsts}
    return not firsts or any(name in firsts or (len(name) == 1 and name in initials) for name in names)


def _tagged(words: ClipText, read: Sequence[Sentence]) -> Iterator[Clue]:
    """`#МашаСоколова` says something where it is the profile's name, `#читаетМашаСоколова` by itself."""
    for token in (token for sentence in read for token in sentence if token.kind is WordKind.tag):
        parts = sentences(" ".join(IN_A_TAG.findall(token.text)))
        found = people(parts[0]) if len(parts) == 1 else []
        if len(found) != 1 or found[0].is_single or found[0].case != "nomn" or _is_stranger(found[0], WRITERS):
            continue
        before = [each.text for each in parts[0][: found[0].first]]
        if found[0].last == len(parts[0]) - 1 and all(_reads(word) for word in before):
            confidence = SAYS if before else MENTIONED
            yield Clue(Field.name, found[0].value, confidence, WHY[confidence], quoted(words, token.start, token.end))


def _is_a_place(person: NamedPerson, known: Mapping[str, str]) -> bool:
    return person.is_single and folded(person.value) in known


def _tidy(name: str) -> str:
    return name if any(letter.isupper() for letter in name) else name.title()


def _place(
    sentence: Sentence, person: NamedPerson, everybody: Sequence[NamedPerson], around: tuple[Sentence, Sentence],
    known: Mapping[str, str],
) -> _Place:  # fmt: skip
    """What stands between this person and the ones before and behind; beside a name alone, the next sentences count."""
    start = max((other.last + 1 for other in everybody if other.last < person.first), default=0)
    end = min((other.first for other in everybody if other.first > person.last), default=len(sentence))
    after = sentence[person.last + 1 : end]
    before, (leading, following) = sentence[start : person.first], around
    if person.first == 0 and not [token for token in after if token.kind is not WordKind.tag]:
        comma = Token(",", sentence[-1].end, sentence[-1].end, WordKind.mark)
        after = [comma, *following] if following else after
        before = [*leading, comma] if _leads(leading, known) else before
    return _Place(person, sentence, before, after)


def _leads(sentence: Sentence, known: Mapping[str, str]) -> bool:
    """`Выборгский район, посёлок Гаврилово`, `7-А`, `Латвия, Даугавпилс`: a card's line before a name."""
    last = segments(sentence)[-1:]
    is_town = len(sentence) <= ADDRESS and bool(last) and len(last[0]) <= 2 and _is_place(last[0], known)
    return is_town or _is_address(sentence) or ages.ends(sentence)


def _is_address(sentence: Sentence) -> bool:
    """A sentence that names a place and says nothing: `Выборгский район, посёлок Гаврилово`."""
    lemmas = others.lemmas(sentence)
    return 0 < len(sentence) <= ADDRESS and not _nearest_verb(iter(sentence)) and bool(lemmas & PLACES)


def _confidence(place: _Place, known: Mapping[str, str]) -> float:
    """How likely the person is the reader; 0 for somebody else."""
    if others.is_behind_it(place.before, place.piece) or _is_author(place):
        return 0.0
    if place.person.case != "nomn":
        return _in_other_cases(place)
    if _is_read_by(place):
        return ELDER if _ends_in(place.before, REMEMBERED) else SAYS
    if _has_the_floor(place):
        return IN_ROLE
    if _is_remembered(place) or (place.piece and _does(_nearest_verb(reversed(place.piece[-1:])))):
        return 0.0
    return _beside(place, known)


def _in_other_cases(place: _Place) -> float:
    """`прочитано Марией Журавлёвой`, `в исполнении Марии Журавлёвой`, `Маше 8 лет`, `слово — Матвею Котову`."""
    if place.person.case == "ablt":
        read = others.lemmas(place.before) & {"прочитать", "прочитанный", "исполнить", "исполненный"}
        return PERFORMED if read else 0.0
    if place.person.case == "gent":
        return _whose(place)
    return _to_whom(place) if place.person.case == "datv" else 0.0


def _whose(place: _Place) -> float:
    if _is_performance(place.piece) or _is_sent_by(place):
        return PERFORMED
    return AGED if others.lemmas(place.before[-1:]) & WORKS and ages.begins(place.after[:8]) else 0.0


def _to_whom(place: _Place) -> float:
    before = others.lemmas(place.before)
    if before & others.PASSING:
        return 0.0
    if "слово" in before and place.before[-1].text in DASHES:
        return IN_ROLE
    if _is_remembered(place):
        return 0.0
    behind = place.after[1:] if place.after and place.after[0].text in DASHES else place.after
    if behind and behind[0].kind is WordKind.number and ages.is_told(behind):
        return AGED
    given = _nearest_verb(iter(place.after[:NEAR]))
    return IN_ROLE if given is not None and russian.lemmas(given) & GIVES else 0.0


def _is_sent_by(place: _Place) -> bool:
    """`видео от Рината Сафина`."""
    words = _words(place.piece)[-6:]
    if "от" not in words or not others.lemmas(place.before[-9:]) & FROM_WHOM:
        return False
    return not any(russian.lemmas(word) & REMEMBERED for word in words[words.index("от") :])


def _words(tokens: Sentence) -> list[str]:
    return [token.text.lower() for token in tokens if token.is_word]


def _is_performance(piece: Sentence) -> bool:
    """`в исполнении …`, `в исполнении учителя …`."""
    at = next((number for number, token in enumerate(piece) if russian.lemma(token.text) in PERFORMANCES), None)
    return at is not None and not any(token.is_capital for token in piece[at + 1 :])


def _is_read_by(place: _Place) -> bool:
    """`читает её внучка Полина`, `Валентина Зуева читает`; no other verb may stand between."""
    left = _nearest_verb(reversed(place.before[-NEAR:]))
    if left is not None and _reads(left) and not _closed(place.before[-NEAR:], left):
        return not place.person.is_single or not _ends_in(place.before, REMEMBERED)
    right = _nearest_verb(iter(place.after[:NEAR]))
    if right is not None and (_belongs_to_next(place, right) or _is_quoted(place.after, right)):
        return False
    if place.person.is_single and _ends_in(place.before, REMEMBERED):
        return False
    return right is not None and _reads(right)


def _is_quoted(after: Sentence, verb: str) -> bool:
    """Whether the verb stands in a quotation."""
    at = next(number for number, token in enumerate(after) if token.text == verb)
    return any(token.text == "«" for token in after[:at]) and not any(token.text == "»" for token in after[:at])


def _belongs_to_next(place: _Place, verb: str) -> bool:
    """`Оператор Иван Сидоров, читает Пётр Гуляев`: the verb is the next one's."""
    end = place.person.last + 1 + len(place.after)
    following = next((person for person in people(place.sentence) if person.first == end), None)
    if following is None or place.after[-1].text != verb:
        return False
    return place.after[0].kind is WordKind.mark or following.case == "nomn"


def _closed(before: Sentence, verb: str) -> bool:
    """Whether a quotation or a clause ended between the verb and the name: `читает «Шинель». …` is another matter."""
    at = max(number for number, token in enumerate(before) if token.text == verb)
    since = before[at:]
    clause = any(
        one.text == "," and russian.lemma(other.text) in CLAUSES
        for one, other in pairwise(since) if other.is_word
    )  # fmt: skip
    return clause or any(russian.lemma(token.text) == "автор" for token in since if token.is_word)


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
    before = [russian.lemma(token.text) for token in place.before[-4:] if token.is_word]
    if "память" in before and set(before) & CAMPAIGNS:
        before.remove("память")
    if set(before) & (REMEMBERED | OFFICIALS):
        return True
    if place.after and place.after[0].text in QUOTES:
        return True
    if len(place.after) > 1 and place.after[0].text == "," and place.after[1].text in QUOTES:
        return True
    return _does(_nearest_verb(iter(place.after[:4]))) or bool(others.lemmas(place.before[-4:]) & DEEDS)


def _has_the_floor(place: _Place) -> bool:
    """`Слово берёт …`."""
    last = place.before[-1:]
    return bool(last) and bool(others.lemmas(last) & FLOOR) and "слово" in others.lemmas(place.before[-4:])


def _is_author(place: _Place) -> bool:
    """`«Ладожский лёд» А. Межирова`."""
    name = place.sentence[place.person.first : place.person.last + 1]
    return bool(place.before) and place.before[-1].text in '»”"' and any(token.short for token in name)


def _does(verb: str | None) -> bool:
    """Whether somebody does something else than read."""
    return verb is not None and not russian.lemmas(verb) & (READS | LABELS | {"жить"})


def _beside(place: _Place, known: Mapping[str, str]) -> float:
    """By what stands beside the name: a label, an age or class, a town, a role, or nothing at all."""
    if set(_words(place.before[-4:])) & PAST_CALLED:
        return 0.0
    if others.lemmas(place.before[-4:]) & LABELS or _words(place.before)[-1:] == ["я"] or _is_thanked(place):
        return LABELLED
    piece = [token for token in place.after[:8] if token.kind is not WordKind.tag]
    if ages.begins(piece):
        return AGED
    if place.person.is_single:
        near = others.lemmas(place.before[-2:]) | (others.lemmas(piece[1:3]) if _is_explained(place) else frozenset())
        in_role = near & ROLES or any(others.is_pupil(lemma) for lemma in near)
        if in_role and not others.lemmas(place.before) & REMEMBERED:
            return IN_ROLE
        return SIGNED if not place.before and _is_followed_by_town(place, known) else 0.0
    return FROM_TOWN if _town_beside(place, known) or _is_on_a_card(place, known) else _described(place, piece)


def _described(place: _Place, piece: Sentence) -> float:
    """By who that is."""
    if _does(_nearest_verb(reversed(place.piece[-ROLE_NEAR:]))):
        return 0.0
    before = others.lemmas(place.before[-ROLE_NEAR:])
    if others.is_of_school(piece) or others.is_behind_school(place.before) or _performs_a_work(place):
        return IN_ROLE
    if (
        before & ROLES
        or any(others.is_pupil(lemma) for lemma in before)
        or others.lemmas(piece[:4]) & ROLES
        or ages.ends(place.before)
    ):
        return IN_ROLE
    if _does(_nearest_verb(reversed(place.before[-4:]))):
        return 0.0
    return EXPLAINED if _is_explained(place) else MENTIONED


def _performs_a_work(place: _Place) -> bool:
    """`Алексей Крылов — «Баллада о матери» (Ольга Киевская)`: whoever else is named there wrote it."""
    marks = [token.text for token in place.after[:2]]
    end = place.person.last + 1 + len(place.after)
    wrote = any(person.first >= end for person in people(place.sentence))
    return not place.before and wrote and len(marks) > 1 and marks[0] in "—–-:" and marks[1] in QUOTES


def _is_explained(place: _Place) -> bool:
    """`Елена Сергеевна Дашкова, заведующая библиотекой`: nothing but a name and who that is, and no verb."""
    rest = place.after[1:]
    if place.before or not rest or place.after[0].text not in ",(—–-" or not rest[0].is_word or rest[0].is_capital:
        return False
    told = russian.parses(rest[0].text)[:1]
    named = bool(told) and told[0].tag.case == "nomn" and told[0].tag.POS in ("NOUN", "ADJF", "PRTF")
    return named and not _nearest_verb(iter(rest)) and not others.lemmas(rest) & REMEMBERED


def _is_on_a_card(place: _Place, known: Mapping[str, str]) -> bool:
    """`Ивангород • ДК • Театральная студия «Сверчок» • Люба Нарышкина`: pieces, one of them a town, and no verb."""
    pieces = segments(place.sentence)
    name = place.sentence[place.person.first : place.person.last + 1]
    if len(pieces) < 3 or list(name) not in pieces or _nearest_verb(iter(place.sentence)):
        return False
    return any(len(piece) <= 2 and _is_place(piece, known) for piece in pieces)


def _is_thanked(place: _Place) -> bool:
    """`Спасибо Вам, Анна Сергеевна!`, to whoever read, when that is all that the sentence says."""
    words = _words(place.before)
    return words[:1] == ["спасибо"] and set(words) <= THANKS and not place.after


def _is_followed_by_town(place: _Place, known: Mapping[str, str]) -> bool:
    """`Зарина, Душанбе`, and not much more."""
    pieces = segments(place.after)
    return (
        0 < len(pieces) <= 2 and len(pieces[0]) <= 2 and place.after[0].text in ",(—–-|" and _is_place(pieces[0], known)
    )


def _town_beside(place: _Place, known: Mapping[str, str]) -> bool:
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
    ended = bool(place.before) and place.before[-1].text in (",", ":", "—")
    last = segments(place.before)[-1:] if ended else []
    return bool(last) and len(before) <= 4 and len(last[0]) <= 2 and _is_place(last[0], known)


def _is_place(words: Sentence, known: Mapping[str, str]) -> bool:
    return any(
        words[0].is_capital
        and bool(named([token.text for token in words[:length]], known))
        and not (length == 1 and russian.is_common(words[0].text) and population(words[0].text) < LARGE)
        for length in range(1, min(3, len(words)) + 1)
    )
