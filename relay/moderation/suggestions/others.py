"""Who is named and does not read: one of several, whoever teaches or films, whoever takes the baton next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from relay.moderation.suggestions import russian
from relay.moderation.suggestions.naming import NamedPerson
from relay.moderation.suggestions.reading import Sentence, WordKind
from relay.moderation.suggestions.vocabulary import BEHIND_IT, HELPERS, READS, STAFF, word_set

PASSING = word_set("передавать передать передача вызывать вызвать следующий приглашать пригласить")
"""Who is named with one of these is next."""
NEAR = 12
_PUPIL = re.compile(r"(?:классни|курсни|группни)(?:к|ца)$|летн(?:ий|яя)$")
_ENUMERATED = re.compile(r"[,;/и]|\d+|[а-я]|лет|год(?:а|ика?|иков)?|класса?|кл|[()«»\"]|[А-Я]")
_LISTS = frozenset(",;/и")


def crowd(sentence: Sentence, found: Sequence[NamedPerson]) -> frozenset[NamedPerson]:
    """Those who are enumerated with commas: of several none is the clip's reader."""
    listed: set[NamedPerson] = set()
    for one, other in zip(found, found[1:], strict=False):
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
    lemmas = _lemmas(piece)
    if any(token.is_word and russian.lemma(token.text) in READS for token in piece):
        return bool(lemmas & {"подготовить"}) and _is_labelled(before)
    return bool(lemmas & STAFF) or (_is_labelled(before) and bool(lemmas & BEHIND_IT))


def _is_labelled(before: Sentence) -> bool:
    return bool(before) and before[-1].text in ":—–-"


def helps(piece: Sentence) -> bool:
    """Whether a teacher is named, who counts only where nobody else does."""
    return bool(_lemmas(piece[-4:]) & HELPERS)


def is_pupil(lemma: str) -> bool:
    """`пятиклассница`, `семилетний`."""
    return bool(_PUPIL.search(lemma))


def reads_with_others(person: NamedPerson, before: Sentence, after: Sentence) -> bool:
    """`Читают папа Сергей, мама Юля и Тося`: several read, and the person is one of them."""
    if " и " in person.value:
        return False
    verbs = (next(_verbs(reversed(before[-NEAR:])), ""), next(_verbs(iter(after[:NEAR])), ""))
    return any(_several_read(verb) for verb in verbs)


def _verbs(tokens: Iterator[object]) -> Iterator[str]:
    for token in tokens:
        if token.kind is WordKind.word and russian.is_finite_verb(token.text):  # type: ignore[attr-defined]
            yield token.text  # type: ignore[attr-defined]


def _several_read(verb: str) -> bool:
    if not verb:
        return False
    tag = russian.parses(verb)[0].tag
    return tag.number == "plur" and tag.person in ("3per", None) and tag.mood != "impr" and bool(
        russian.lemmas(verb) & READS
    )


def _lemmas(tokens: Sentence) -> frozenset[str]:
    return frozenset(lemma for token in tokens if token.is_word for lemma in russian.lemmas(token.text))
