"""How old the reader is, and who it is: a pupil of class 5, the granddaughter of a veteran."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relay.moderation.suggestions import naming, russian
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, quoted
from relay.moderation.suggestions.naming import people
from relay.moderation.suggestions.reading import Sentence, Token, WordKind, sentences
from relay.moderation.suggestions.vocabulary import word_set

YOUNGEST, OLDEST = 2, 110
YEARS = word_set("год лет года годик годика годиков годков годочков ans years yo")
TOLD, BESIDE, SPOKEN, BARE = 0.93, 0.88, 0.8, 0.78
WHY_TOLD, WHY_BESIDE = "The text tells the age.", "The age stands beside a name."
WHY_RELATION = "The text says who reads."

_FORM = re.compile(r"\b[Вв]озраст\s*[:—–-]\s*(\d{1,3})\b")
_ME = re.compile(
    r"\b(?:[Мм]не|[Ее]му|[Ее]й|I am|I'm|j'ai|J'ai)\s+(?:всего |уже |только )?(\d{1,3})\s*"
    r"(?:лет|год[а]?|ans|years old)\b"
)
_CHILD = re.compile(r"\b[Мм]не (\d{1,2})(?=\s*(?:[.,!)]|$))")
_NUMBERS = ("три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать")
_IN_WORDS = re.compile(rf"\b[Мм]не ({'|'.join(_NUMBERS)}) (?:лет|года)\b")
_STEMS = ("трех", "четырех", "пяти", "шести", "семи", "восьми", "девяти", "десяти", "одиннадцати", "двенадцати")
_OLD = re.compile(r"\b(?i:(\w+)летн(?:ий|яя)) (?=[А-ЯЁ])")
_READS = re.compile(r"\b(?:читает|прочитал[аи]?|проч[её]л|прочла|чтец)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:[Ее]му|[Ее]й) (\d{1,2})(?=\s*(?:[.,!)]|$))")
_ELDER = re.compile(r"\b[А-ЯЁа-яё]+\s+(\d{1,3})\s+(?:лет|год[а]?),")
_THEN = re.compile(r"\b(?:был[оаи]?|исполнил\w+|когда|тогда|назад|спустя)\b", re.IGNORECASE)
_RELATION = re.compile(
    r"\b((?i:ученик|учениц|учащ(?:ий|ая)ся|студент|воспитанни[кц]|гимназист|кадет|внук|внучк|правнук|правнучк|"
    r"праправнук|праправнучк|первокласс)[а-яё]*)((?:\s+(?:\d{1,2}|[«\"][А-ЯЁа-яё\s-]{1,24}[»\"]|[а-яё№-]+)){0,5})"
)
_CLASS = re.compile(r"\b(\d{1,2}\s*(?:[-–]?\s*го\s*)?(?:[«\"]?[А-ЕЖЗа-ежз][»\"]?)?\s*класс)\b")
_CLAUSE = word_set("читает читают прочитал прочитала прочла прочёл и из в на рассказывает с у со")


def begins(tokens: Sentence) -> bool:
    """Whether an age or a class stands at the beginning: `, 5 лет`, `(9 лет)`, `, 7 «Б» класс`, `, ученик`."""
    words = [token for token in tokens if token.kind is not WordKind.mark]
    return _is_age(words) or _is_class(words) or _is_her_age(tokens)


def _is_her_age(tokens: Sentence) -> bool:
    """`, ей 11`, `, 11,`."""
    words = [token.text.lower() for token in tokens[:4]]
    ended = len(words) == 3 or words[3:] == [","]
    if len(words) > 1 and words[0] == "," and words[1].isdigit() and words[2:3] in ([], [","]):
        return _fits(words[1])
    return len(words) > 2 and words[0] == "," and words[1] in ("ему", "ей") and words[2].isdigit() and ended


def is_told(tokens: Sentence) -> bool:
    """`8 лет`, and `8` where nothing follows."""
    ended = len(tokens) == 1 or tokens[1].kind is WordKind.mark
    return _is_age(tokens) or (ended and _fits(tokens[0].text))


def ends(tokens: Sentence) -> bool:
    """Whether a class stands at the end: `7 «Б» класс Иванов Пётр`."""
    near = [token for token in tokens if token.kind is not WordKind.mark][-2:]
    if any(token.is_word and russian.lemma(token.text) == "класс" for token in near):
        return True
    return len(near) > 1 and near[0].kind is WordKind.number and len(near[0].text) < 3 and len(near[1].text) == 1


def _is_age(words: Sentence) -> bool:
    if words and words[0].text.lower() in ("ему", "ей", "мне", "aged"):
        words = words[1:]
    return (
        len(words) > 1 and words[0].kind is WordKind.number and words[1].text.lower() in YEARS and _fits(words[0].text)
    )


def _is_class(words: Sentence) -> bool:
    if words and words[0].text.lower() == "из":
        words = words[1:]
    if not words or words[0].kind is not WordKind.number or int(words[0].text[:4]) > 12:
        return False
    near = [token.text.lower() for token in words[1:3]]
    return any(russian.lemma(word) in ("класс", "кл") for word in near) or (len(near) > 0 and len(near[0]) == 1)


def _fits(number: str) -> bool:
    return YOUNGEST <= int(number[:4]) <= OLDEST


def candidates(words: ClipText) -> Iterator[Clue]:
    yield from _ages(words)
    yield from _relations(words)


def _ages(words: ClipText) -> Iterator[Clue]:
    for pattern, confidence in ((_FORM, TOLD), (_ME, TOLD), (_CHILD, SPOKEN)):
        for found in pattern.finditer(words.text):
            if _fits(found[1]) and not _THEN.search(words.text[found.start() : found.end() + 24]):
                yield _age(words, found[1], confidence, WHY_TOLD, found.start(), found.end())
    for sentence in sentences(words.text):
        for number, token in enumerate(sentence):
            if _is_bare(sentence, number):
                yield _age(words, token.text, BARE, WHY_BESIDE, token.start, token.end)
            elif token.kind is WordKind.number and _is_age(sentence[number:]) and _stands_beside(sentence, number):
                yield _age(words, token.text, BESIDE, WHY_BESIDE, token.start, sentence[number + 1].end)
    yield from _elders(words)
    yield from _by_pronoun(words)
    yield from _in_words(words)


def _in_words(words: ClipText) -> Iterator[Clue]:
    """`Мне семь лет`, `семилетний Ярик`."""
    for pattern, numbers, confidence in ((_IN_WORDS, _NUMBERS, TOLD), (_OLD, _STEMS, BESIDE)):
        for found in pattern.finditer(words.text):
            number = found[1].lower().replace("ё", "е")
            if number in numbers:
                yield _age(words, str(numbers.index(number) + YOUNGEST + 1), confidence, WHY_TOLD, *found.span())


def _by_pronoun(words: ClipText) -> Iterator[Clue]:
    """`Читает Вова, ему 13.`: of whoever reads in the same sentence or the one before."""
    for found in _PRONOUN.finditer(words.text):
        before = re.split(r"[.!?\n]\s*", words.text[: found.start()])[-2:]
        if _fits(found[1]) and any(_READS.search(part) for part in before) and not _THEN.search(" ".join(before)):
            yield _age(words, found[1], BARE, WHY_TOLD, found.start(1), found.end(1))


def _age(words: ClipText, value: str, confidence: float, why: str, start: int, end: int) -> Clue:
    return Clue(Field.age, value, confidence, why, quoted(words, start, end))


def _stands_beside(sentence: Sentence, at: int) -> bool:
    """A piece of its own between commas or brackets, in a sentence that begins with a name or ends with one."""
    before = sentence[at - 1] if at else None
    after = sentence[at + 2] if at + 2 < len(sentence) else None
    if before is None and len(sentence) == 2:
        return True
    by_name = any(person.last == at - 1 for person in people(sentence))
    goes_on = after is not None and (after.is_capital or russian.is_finite_verb(after.text))
    ended = after is None or after.kind is not WordKind.word or (by_name and goes_on)
    whole = (before is None or before.kind is WordKind.mark or by_name) and ended
    capitals = [token for token in sentence if token.is_capital and not (token is sentence[0] and _is_thing(token))]
    named = bool(capitals) or not any(token.text[0].isupper() for token in sentence)
    return whole and named and before is not None and not _is_past(sentence)


def _is_thing(token: Token) -> bool:
    """`Дочка`, `Дом`: a noun that is nobody's name, which a sentence begins with."""
    return russian.is_known(token.text) and not naming.parts(token.text)


def _is_bare(sentence: Sentence, at: int) -> bool:
    """`Саша, 13, Выборг`."""
    token, behind = sentence[at], sentence[at + 1 : at + 2]
    if token.kind is not WordKind.number:
        return False
    if at and _is_given(sentence, at):
        return True
    if at > 2 and sentence[at - 1].text.lower() in ("ему", "ей") and sentence[at - 2].text == ",":
        return _fits(token.text) and any(person.last == at - 3 for person in people(sentence))
    if at < 2 or sentence[at - 1].text != "," or not _fits(token.text):
        return False
    ended = not behind or behind[0].text in ",)"
    return ended and sentence[at - 2].is_capital and any(person.last == at - 2 for person in people(sentence))


def _is_given(sentence: Sentence, at: int) -> bool:
    """`Григорию 11, он из Луги`."""
    ended = at + 1 == len(sentence) or sentence[at + 1].kind is WordKind.mark
    last = at - 2 if sentence[at - 1].text in "—–-" else at - 1
    given = any(person.last == last and person.case == "datv" for person in people(sentence))
    return ended and given and _fits(sentence[at].text)


def _is_past(sentence: Sentence) -> bool:
    return bool(_THEN.search(" ".join(token.text for token in sentence)))


def _elders(words: ClipText) -> Iterator[Clue]:
    """`Моей прабабушке 96 лет, она сама читает`."""
    for found in _ELDER.finditer(words.text):
        sentence = re.split(r"[.!?\n]", words.text[found.start() : found.start() + 120])[0]
        reads = re.search(r"\b(?:сам[аи]?\s+)?(?:читает|рассказывает|вспоминает)\b", sentence)
        if reads and _fits(found[1]) and not _THEN.search(sentence):
            yield _age(words, found[1], SPOKEN, WHY_TOLD, found.start(1), found.end() - 1)


def _relations(words: ClipText) -> Iterator[Clue]:
    for found in _RELATION.finditer(words.text):
        if any(parse.tag.case == "nomn" for parse in russian.parses(found[1])):
            end = found.end(1) + len(_told(found[2]))
            yield _relation(words, found.start(), end)
    for found in _CLASS.finditer(words.text):
        yield _relation(words, found.start(), found.end(), BESIDE - 0.05)


def _told(more: str) -> str:
    """Up to the verb or the next name."""
    kept: list[str] = []
    for part in re.split(r"(?=\s)", more):
        word = part.strip()
        if word.lower() in _CLAUSE or (word and russian.is_finite_verb(word)):
            break
        kept.append(part)
    return "".join(kept)


def _relation(words: ClipText, start: int, end: int, confidence: float = BESIDE) -> Clue:
    value = words.text[start:end].strip()
    value = value[0].lower() + value[1:]
    return Clue(Field.relation, " ".join(value.split()), confidence, WHY_RELATION, quoted(words, start, end))
