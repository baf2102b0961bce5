"""The name of whoever posted, where that is a person and the words don't name another reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relay.moderation.suggestions import naming
from relay.moderation.suggestions.evidence import ClipText, Clue, Field, quoted
from relay.moderation.suggestions.reading import sentences

OWN, SAID_I = 0.72, 0.8
WHY_OWN, WHY_I = "It is the name of the profile.", "The post says “I”, and this is the name of its profile."

_I = re.compile(r"\b(?:[Чч]итаю|[Пп]рочитаю|[Рр]ассказываю|[Мм]не|[Яя]|[Мм]о[йяеиё]\w{0,2}|I|my|My|je|Je|mon|ma)\b")
_ANOTHER = re.compile(
    r"\b(?:читает|читают|прочитал[аи]?|прочла|рассказывает|исполняет)\s+(?:\w+\s+){0,2}?"
    r"(?:доч\w+|сын\w*|внук|внучка|дет[ия]|ребят\w*|ученик\w*|учениц\w*|мам[аы]|папа|бабушка|дедушка|жител\w+|т[её]тя|дядя)"
    r"|\b(?:доч\w+|сын|внук|внучка|дети|ученики|жители|т[её]тя|дядя|дедушка|бабушка|муж)\s+(?:\w+\s+){0,3}?"
    r"(?:читает|читают|прочитал\w*|прочла|рассказывает|рассказал\w*)",
    re.IGNORECASE,
)
LATIN_NAME = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ'’-]+(?: [A-ZÀ-Þ][a-zß-ÿ'’.-]+){1,2}")
OF_PUBLICS = re.compile(
    r"\b(?:news|live|club|online|official|studio|school|museum|media|tv|channel|music|band|shop)\b", re.IGNORECASE
)


def candidates(profiles: list[ClipText], texts: list[ClipText], publics: frozenset[str]) -> Iterator[Clue]:
    """`publics`: titles of the sources, folded, which are no people's names."""
    said = " ".join(words.text for words in texts)
    if _ANOTHER.search(said):
        return
    told_i = bool(_I.search(said))
    for profile in profiles:
        if profile.text.casefold() not in publics and is_person(profile):
            yield Clue(
                Field.name, " ".join(profile.text.split()), SAID_I if told_i else OWN, WHY_I if told_i else WHY_OWN,
                quoted(profile, 0, len(profile.text)),
            )  # fmt: skip


def is_person(profile: ClipText) -> bool:
    """A first name and a surname, and nothing else; the network's word that it is a public counts first."""
    if profile.person is False:
        return False
    if LATIN_NAME.fullmatch(profile.text.strip()):
        return bool(profile.person) and not OF_PUBLICS.search(profile.text)
    read = sentences(profile.text)
    found = naming.people(read[0]) if len(read) == 1 else []
    if len(read) == 1 and len(read[0]) == len(found) == 2:
        return all(person.is_single and person.case == "nomn" for person in found)
    whole = len(found) == 1 and found[0].first == 0 and found[0].last == len(read[0]) - 1
    return whole and found[0].case == "nomn" and found[0].has_first_name and not found[0].is_single
