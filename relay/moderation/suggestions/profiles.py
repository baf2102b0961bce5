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
_KIN = (
    r"(?:дочь|дочк[аи]|дочери|дочурка|доченька|сын|сынок|сынишка|сыновья|внук|внуки|внучк[аи]|внученька|правнук|"
    r"правнучка|дети|ребята|реб[её]нок|ученики?|учениц[аы]|мама|мамы|папа|бабушка|дедушка|жители|жительница|т[её]тя|дядя|"
    r"муж|жена|брат|братик|сестр[аы]|сестр[её]нка|племянник|племянница|подруга|малыш|малыши|воспитанник|воспитанница|"
    r"воспитанники)\b"
)
_ANOTHER = re.compile(
    rf"\b(?:читает|читают|прочитал[аи]?|прочла|проч[её]л|рассказывает|исполняет)\s+(?:\w+\s+){{0,2}}?{_KIN}"
    rf"|\b{_KIN}[ ,]+(?:\w+[ ,]+){{0,5}}?"
    r"(?:читает|читают|прочитал\w*|прочла|проч[её]л|рассказывает|рассказал\w*|выучил\w*|прислал\w*)"
    rf"|\b{_KIN}, (?:и )?{_KIN}"
    rf"|(?:^|[.!?\n]\s*)(?:\w+\s+)?(?:{_KIN}|сыну|дочке|дочери|внуку|внучке)[.,]?\s+\d+\s+(?:год|лет)",
    re.IGNORECASE,
)
_MINE = re.compile(r"\b(?:мою|моего|нашу|нашего) (?:ученик|учениц|воспитанни|доч|сын|внук|внуч)\w*", re.IGNORECASE)
_READ_BY_ME = re.compile(r"\b(?:читаю|прочту|прочитаю)\b", re.IGNORECASE)
"""Then somebody else's reading was another one, long ago."""
LATIN_NAME = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ'’-]+(?: [A-ZÀ-Þ][a-zß-ÿ'’.-]+){1,2}")
OF_PUBLICS = re.compile(
    r"\b(?:news|live|club|online|official|studio|school|museum|media|tv|channel|music|band|shop)\b", re.IGNORECASE
)


def candidates(profiles: list[ClipText], texts: list[ClipText], publics: frozenset[str]) -> Iterator[Clue]:
    """`publics`: titles of the sources, folded, which are no people's names."""
    said = " ".join(words.text for words in texts)
    if _MINE.search(said) or (_ANOTHER.search(said) and not _READ_BY_ME.search(said)):
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
