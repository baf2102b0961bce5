"""All rules over all words of a clip, and what is left of their findings: one proposal a field, at most two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from relay.models import TextOrigin
from relay.moderation.suggestions import ages, latin, profiles, quotes, readers, text_origins, towns
from relay.moderation.suggestions.evidence import (
    SHOWN_FROM,
    SURE_FROM,
    ClipText,
    Clue,
    Evidence,
    Field,
    Knowledge,
    Origin,
    Suggestion,
)
from relay.moderation.suggestions.places import folded
from relay.moderation.suggestions.vocabulary import SAME_NAMES

AGREES = 0.05
"""A second place that says the same adds so much."""
CLOSE = 0.12
"""Two values whose confidence differs by less are both shown, and a person chooses."""
SUPPORTED = 0.9
"""Of a name that is merely mentioned, and is the profile's."""
KNOWN_DISTRICT = 0.8
WHY_DISTRICT = "The campaign's other clips from there are of this district."
TEXTS = frozenset({Origin.post, Origin.video_title, Origin.video_description})


def propose(words: Sequence[ClipText], knowledge: Knowledge | None = None) -> list[Suggestion]:
    """What a clip's words say of its fields, best first in each field; nothing below SHOWN_FROM."""
    knowledge = knowledge or Knowledge()
    found = list(_found(_distinct(words), knowledge))
    proposals = [each for field in Field for each in _best([one for one in found if one.field is field])]
    if any(one.field is Field.quote for one in proposals):
        proposals = [one for one in proposals if not is_told_by_quote(one)]
    return [*proposals, *_district_of_town(proposals, knowledge)]


def is_told_by_quote(one: Suggestion) -> bool:
    """A text of the selection has an author and is of no other book; that a family has it, too, is news."""
    return one.field is Field.text_author or (one.field is Field.origin and one.value == TextOrigin.book)


def _distinct(words: Sequence[ClipText]) -> list[ClipText]:
    """The same text in a post and below its video is read once."""
    return list(
        {(each.where is Origin.profile, " ".join(each.text.split())): each for each in reversed(words)}.values()
    )[::-1]


def _found(words: Sequence[ClipText], knowledge: Knowledge) -> Iterator[Clue]:
    texts = [each for each in words if each.where in TEXTS]
    for each in texts:
        places = list(towns.candidates(each, knowledge))
        yield from places
        yield from (one for one in readers.candidates(each, knowledge) if not _stands_in(one, places))
        yield from latin.candidates(each, knowledge)
        yield from ages.candidates(each)
        yield from quotes.candidates(each, knowledge.texts)
        yield from text_origins.candidates(each, knowledge.texts)
    posters = [each for each in words if each.where is Origin.profile]
    yield from profiles.candidates(posters, texts, knowledge.publics)
    yield from (_of_source(each) for each in words if each.where is Origin.source)


def _stands_in(name: Clue, places: Iterable[Clue]) -> bool:
    """`Поля` of Лодейное Поле is nobody's first name."""
    spans = ((place.evidence.start, place.evidence.end) for place in places)
    return any(start <= name.evidence.start and name.evidence.end <= end for start, end in spans)


def _of_source(words: ClipText) -> Clue:
    """The district that an organizer gave to the source."""
    whole = Evidence(words.where, "", words.text, "", 0, len(words.text))
    return Clue(Field.district, words.text, OF_SOURCE, WHY_SOURCE, whole)


OF_SOURCE = 0.76
WHY_SOURCE = "It is the district of the source that showed the post."


def _best(found: Sequence[Clue]) -> list[Suggestion]:
    """The likeliest value, and a second one where it is nearly as likely; then neither is sure, and weak ones fall."""
    merged = _whole_names(found) if found and found[0].field is Field.name else found
    ranked = sorted(map(_summed, _by_value(merged)), key=lambda one: -one.confidence)
    shown = [one for one in ranked if one.confidence >= SHOWN_FROM]
    if not shown:
        return []
    rivals = [one for one in shown[1:] if shown[0].confidence - one.confidence < CLOSE]
    if rivals and _is_doubtful(shown[0], rivals):
        return []
    return [_proposal(one, sure=not rivals and one.confidence >= SURE_FROM) for one in [shown[0], *rivals[:1]]]


def _is_doubtful(best: Clue, rivals: Sequence[Clue]) -> bool:
    """Towns that only stand there, several ages, several names unless just two read: then nothing is proposed."""
    if best.confidence <= towns.ALONE + AGREES or best.field is Field.age:
        return True
    return best.field is Field.name and (len(rivals) > 1 or rivals[0].confidence < readers.SAYS)


def _by_value(found: Iterable[Clue]) -> Iterator[list[Clue]]:
    values: dict[str, list[Clue]] = defaultdict(list)
    for one in found:
        values[folded(one.value)].append(one)
    return iter(values.values())


def _summed(same: Sequence[Clue]) -> Clue:
    best = max(same, key=lambda one: one.confidence)
    places = {one.evidence.where for one in same}
    confidence = min(0.99, best.confidence + AGREES * (len(places) - 1))
    return Clue(best.field, best.value, confidence, best.why, best.evidence)


def _whole_names(found: Sequence[Clue]) -> list[Clue]:
    """`Полина` in the text is the Полина Кузьмина of the profile; where the text names somebody, no profile counts."""
    told = [one for one in found if one.evidence.where is not Origin.profile]
    profiles_ = [one for one in found if one.evidence.where is Origin.profile]
    kept = [_supported(one, profiles_) for one in told]
    full = [one for one in kept if not any(_is_part(one, other) for other in kept)]
    strong = [one for one in full if one.confidence >= SHOWN_FROM]
    said = [one for one in strong if one.confidence >= readers.LABELLED]
    strong = said or strong
    several = any(one.confidence == readers.ONE_OF_SEVERAL for one in told)
    return strong or ([] if several else profiles_)


def _supported(told: Clue, profiles_: Sequence[Clue]) -> Clue:
    if told.confidence == readers.ONE_OF_SEVERAL:
        return told
    for profile in profiles_:
        if _names(told.value) == _names(profile.value) and told.confidence < SUPPORTED:
            return Clue(told.field, told.value, SUPPORTED, told.why, told.evidence)
        if _is_signed(told.value, profile.value) or _names(told.value) > _names(profile.value):
            return Clue(told.field, told.value, SUPPORTED, told.why, told.evidence)
        short = _names(told.value) < _names(profile.value) or _is_called(told.value, profile.value)
        if short and told.confidence >= SHOWN_FROM:
            return Clue(told.field, profile.value, told.confidence, told.why, told.evidence)
    return told


def _is_signed(value: str, profile: str) -> bool:
    """`Антон Ж.` of Антон Жилин, who doesn't tell the surname."""
    words = value.split()
    whole = _names(profile)
    return len(words) == 2 and words[1].endswith(".") and folded(words[0]) in whole and any(
        word.startswith(folded(words[1].rstrip("."))) for word in whole - {folded(words[0])}
    )  # fmt: skip


def _is_called(value: str, profile: str) -> bool:
    """`Саша` is what Александра Титова is called."""
    return any(folded(value) in same and bool(_names(profile) & same) for same in SAME_NAMES)


def _is_part(one: Clue, other: Clue) -> bool:
    return _names(one.value) < _names(other.value) and other.confidence >= SHOWN_FROM


def _names(value: str) -> frozenset[str]:
    return frozenset(folded(value).split())


def _proposal(one: Clue, *, sure: bool) -> Suggestion:
    return Suggestion(one.field, one.value, round(one.confidence, 2), sure, one.why, one.evidence)


def _district_of_town(proposals: Sequence[Suggestion], knowledge: Knowledge) -> list[Suggestion]:
    """The district that the campaign's other clips from the town are of."""
    town = next((one for one in proposals if one.field is Field.town), None)
    if town is None or any(one.field is Field.district for one in proposals):
        return []
    known = {folded(name): district for name, district in knowledge.towns.items() if district}
    district = known.get(folded(town.value))
    if not district:
        return []
    evidence = Evidence(Origin.campaign, "", town.value, "", 0, len(town.value))
    return [Suggestion(Field.district, district, KNOWN_DISTRICT, town.sure, WHY_DISTRICT, evidence)]
