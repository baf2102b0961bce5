"""Who is named and does not read: one of several, whoever teaches or films, whoever takes the baton next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from relay.moderation.suggestions import russian
from relay.moderation.suggestions.naming import NamedPerson
from relay.moderation.suggestions.reading import Sentence, Token
from relay.moderation.suggestions.vocabulary import BEHIND_IT, HELPERS, INSTITUTIONS, READS, SCHOOLS, STAFF, word_set

PASSING = word_set("передавать передать передача вызывать вызвать следующий приглашать пригласить")
"""Who is named with one of these is next."""
NEAR = 12
SCHOOL = re.compile(r"[А-Я]{0,4}ОУ|[НСО]?ОШ|ДШИ|ДМШ|ДДТ|ДДЮТ|ЦБС|ДК|СДК|КДЦ|ЦРТ|СОШ|[МГЧКФ][АБДОКУН]{2,6}")
_PUPIL = re.compile(r"(?:классни|курсни|группни)(?:к|ца)$|летн(?:ий|яя)$")
_ENUMERATED = re.compile(r"[,;/и]|\d+|[а-я]|лет|год(?:а|ика?|иков)?|класса?|кл|[()«»\"]|[А-Я]")
_LISTS = frozenset(",;/и")


def crowd(sentence: Sentence, found: Sequence[NamedPerson]) -> frozenset[NamedPerson]:
    """Those who are enumerated with commas: of several none is the clip's reader."""
    listed: set[NamedPerson] = set()
    for one, other in pairwise(found):
        between = [token.text for token in sentence[one.last + 1 : other.first]]
        marked = sentence[other.first - 1].short  # `с. Паша`
        if (
            one.case == other.case
            and not marked
            and between != ["и"]
            and _LISTS & set(between)
            and all(map(_ENUMERATED.fullmatch, between))
        ):
            listed |= {one, other}
    return frozenset(listed)


def is_behind_it(before: Sentence, piece: Sentence) -> bool:
    """`Руководитель студии — …`, `Педагог: …`, `Рук. …`, and not `читает педагог …`."""
    told = lemmas(piece)
    if any(token.is_word and russian.lemma(token.text) in READS for token in piece):
        return bool(told & {"подготовить"}) and _is_labelled(before)
    return bool(told & STAFF) or (_is_labelled(before) and bool(told & BEHIND_IT))


def _is_labelled(before: Sentence) -> bool:
    return bool(before) and before[-1].text in ":—–-"


def helps(piece: Sentence) -> bool:
    """Whether a teacher is named, who counts only where nobody else does."""
    return bool(lemmas(piece[-4:]) & HELPERS)


def is_pupil(lemma: str) -> bool:
    """`пятиклассница`, `семилетний`."""
    return bool(_PUPIL.search(lemma))


def is_of_school(piece: Sentence) -> bool:
    """`Зверева Полина, МОБУ СОШ № 3`, `(школа № 3)`."""
    words = [token for token in piece[:4] if token.is_word]
    return bool(words) and bool(SCHOOL.fullmatch(words[0].text) or russian.lemma(words[0].text) in INSTITUTIONS)


def is_behind_school(before: Sentence) -> bool:
    """`Тосно, шк. № 3, Белова Лера`."""
    words = [token for token in before[-NEAR:] if token.is_word]
    schools = any(SCHOOL.fullmatch(token.text) or russian.lemma(token.text) in SCHOOLS for token in words)
    return schools and before[-1].text in ",;()" and not any(_verbs(iter(before)))


def reads_with_others(person: NamedPerson, before: Sentence, after: Sentence) -> bool:
    """`Читают папа Сергей, мама Юля и Тося`: several read, and the person is one of them."""
    if " и " in person.value:
        return False
    verbs = (next(_verbs(reversed(before[-NEAR:])), ""), next(_verbs(iter(after[:NEAR])), ""))
    return any(_several_read(verb) for verb in verbs)


def _verbs(tokens: Iterator[Token]) -> Iterator[str]:
    for token in tokens:
        if token.is_word and russian.is_finite_verb(token.text):
            yield token.text


def _several_read(verb: str) -> bool:
    if not verb:
        return False
    tag = russian.parses(verb)[0].tag
    return (
        tag.number == "plur"
        and tag.person in ("3per", None)
        and tag.mood != "impr"
        and bool(russian.lemmas(verb) & READS)
    )


def lemmas(tokens: Sentence) -> frozenset[str]:
    """All that the words of a sentence may be forms of."""
    return frozenset(lemma for token in tokens if token.is_word for lemma in russian.lemmas(token.text))
