"""Which clips a film has, and in which order, by rule. Pure: candidates in, an order and proposals out.

    choose     candidates and rules  → the clips in order, and for each other one why it is not among them
    merge      what the rules want, with what a person has put somewhere at its place beside its neighbours
    propose    the difference between the plan and that, clip by clip, each with its reason
    accept     the plan with some of the proposals, or all of them

A person's work is never overruled: a clip that somebody touched stays although the rules would drop it (that is
proposed, and done only when it is accepted by the clip's number), one that somebody left out does not come back.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from relay.errors import Refused
from relay.models import TextOrigin

T = TypeVar("T")


class Order(StrEnum):
    published = "published"
    district = "district"
    quote = "quote"
    age = "age"
    length = "length"
    best = "best"


class Chapters(StrEnum):
    none = "none"
    district = "district"
    quote = "quote"


class Reason(StrEnum):
    """Why a clip is in, is not in, or moves. SENTENCES has them for people."""

    chosen = "chosen"
    order = "order"
    by_hand = "by hand"
    not_allowed = "not allowed"
    district = "district"
    quote = "quote"
    origin = "origin"
    age = "age"
    length = "length"
    score = "score"
    used = "used"
    author = "author"
    family = "family"
    room = "room"
    not_taken = "not taken"
    unheard = "unheard"
    other_voice = "other voice"
    sentences = "sentences"
    whole = "whole"


SENTENCES: Mapping[Reason, str] = {
    Reason.chosen: "The rules choose it.",
    Reason.order: "By the rules it stands here.",
    Reason.by_hand: "A person has left it out.",
    Reason.not_allowed: "It may not be shown in a film any more.",
    Reason.district: "It is not from one of the chosen districts.",
    Reason.quote: "It does not read one of the chosen texts.",
    Reason.origin: "Its text is not from where the rules want.",
    Reason.age: "The participant's age is outside the limits, or not known.",
    Reason.length: "It is shorter or longer than the rules allow.",
    Reason.score: "Its picture or sound is not good enough for the rules.",
    Reason.used: "It is in another almanac already.",
    Reason.author: "The film has enough clips of this participant.",
    Reason.family: "The film has another clip of the same recording.",
    Reason.room: "The film is full.",
    Reason.not_taken: "The rules would choose it, but nobody has followed them since.",
    Reason.unheard: "None of the text's sentences is heard in it surely, with a pause before and behind it.",
    Reason.other_voice: "Others read the sentences of the text.",
    Reason.sentences: "By the rules other sentences of the text are taken from it.",
    Reason.whole: "By the rules all of it is shown.",
}

PENALTIES: Mapping[str, int] = {
    **dict.fromkeys(("no_sound", "lost_sound", "silent"), 40),
    "black": 30,
    "frozen": 25,
    **dict.fromkeys(("damaged", "short", "late_picture", "spherical", "stereo", "dolby_vision"), 20),
    "gap": 15,
    "low_resolution": 15,
    "clipped": 10,
    **dict.fromkeys(("quiet", "loud", "vertical", "interlaced"), 5),
}
"""Flag of an Inspection → the points that it costs. A judgement of ours: what spoils a film more costs more."""

PERFECT = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip that may be in a film. `seconds`: the film's time that it takes. `age` None: not known.

    `authors`: whatever tells its participant (an account, a name with a town); two clips that share one of them
    are by the same person. `used`: it is in another almanac. `recording`: its sha256; `usable`: frames from … to that a
    moderator lets be used; `naming`: seconds in which its name is read. Candidates are given in the order of
    publication.
    """

    clip: int
    seconds: float = 0.0
    district: str = ""
    quote: str = ""
    origin: TextOrigin = TextOrigin.unknown
    age: int | None = None
    authors: frozenset[str] = frozenset()
    family: int | None = None
    flags: tuple[str, ...] = ()
    used: bool = False
    recording: str = ""
    usable: tuple[int, int] = (0, 0)
    naming: float = 0.0

    @property
    def score(self) -> int:
        return PERFECT - sum(points for _, points in self.faults)

    @property
    def faults(self) -> list[tuple[str, int]]:
        """What its score is made of: flag and points lost, the worst first."""
        found = [(flag, PENALTIES[flag]) for flag in dict.fromkeys(self.flags) if flag in PENALTIES]
        return sorted(found, key=lambda fault: -fault[1])


@dataclass(frozen=True, slots=True)
class Rules:
    """Zero and empty mean: no limit. Lengths in seconds. `per_author`: so many clips of one participant.

    `one_of_a_family`: never two clips of one recording. `apart`: no two equal quotes in a row. `unused`: nothing that
    is in another almanac. `length`: of the film's clips; what room there is is shared out fairly among districts.
    `voices`: number of the text that is read by many voices, sentence by sentence; then the text gives order and
    length. `gaps`: a sentence that nobody reads is left out.
    """

    order: Order = Order.published
    chapters: Chapters = Chapters.none
    districts: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    origins: tuple[TextOrigin, ...] = ()
    youngest: int = 0
    oldest: int = 0
    shortest: float = 0.0
    longest: float = 0.0
    score: int = 0
    per_author: int = 0
    one_of_a_family: bool = False
    apart: bool = False
    unused: bool = False
    length: float = 0.0
    voices: str = ""
    gaps: bool = False


NAMES: Mapping[str, str] = {
    **{name: name.replace("-", "_") for name in (
        "order", "chapters", "youngest", "oldest", "shortest", "longest", "score", "per-author", "unused", "length",
        "voices", "gaps",
    )},
    "district": "districts",
    "quote": "quotes",
    "origin": "origins",
    "family": "one_of_a_family",
    "quotes-apart": "apart",
}  # fmt: skip
"""Rules as people write them → the field of Rules."""

CHOOSING: Mapping[str, str] = {"clips": "approved", "family": "yes", "quotes-apart": "yes"}
"""What is taken for granted as soon as somebody gives a rule."""

YES, NO = ("yes", "on", "true", "1", "да"), ("no", "off", "false", "0", "", "нет")
_TIME = re.compile(r"(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d+)?)")


def read(written: Mapping[str, object]) -> Rules:
    """Rules as they are kept and typed: `{"order": "district", "length": "10:00"}`. Raises Refused."""
    values = {NAMES[_known(name)]: _value(name, str(text)) for name, text in written.items() if name != "clips"}
    found = Rules(**values)  # type: ignore[arg-type]
    if found.voices and found.chapters is not Chapters.none:
        raise Refused("One text by many voices has no chapters.", hint="Take one of the two rules away.")
    return found


def written(given: Iterable[str]) -> dict[str, str]:
    """`["order=district", "length=10:00"]` as a mapping; each rule was looked at. Raises Refused."""
    found = {}
    for word in given:
        name, equals, text = word.partition("=")
        if not equals:
            raise Refused("A rule is written name=value, not {rule}.", rule=word)
        found[name.strip()] = text.strip()
    read(found)
    return found


def seconds_of(text: str) -> float:
    """`90`, `1:30` or `1:02:03` in seconds. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    first, second, last = match.groups()
    hours, minutes = (first, second) if second is not None else (None, first)
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(last)


def age_of(text: str) -> int | None:
    """The first number of an age as it was written: `12`, `12 лет`."""
    found = re.search(r"\d{1,3}", text)
    return int(found[0]) if found else None


def _known(name: str) -> str:
    if name not in NAMES:
        raise Refused("There is no rule {rule}.", hint="Known are: {known}.", rule=name, known=", ".join(NAMES))
    return name


def _value(name: str, text: str) -> object:
    try:
        return _VALUES[name](text)
    except ValueError as error:
        raise Refused("The rule {rule} can't be {value}.", rule=name, value=text or "—") from error


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _yes(text: str) -> bool:
    if text.casefold() not in YES + NO:
        raise ValueError(text)
    return text.casefold() in YES


def _number(text: str) -> int:
    number = int(text or 0)
    if number < 0:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    return seconds_of(text) if text else 0.0


_VALUES: Mapping[str, Callable[[str], object]] = {
    "order": lambda text: Order(text or "published"),
    "chapters": lambda text: Chapters(text or "none"),
    "district": _several,
    "quote": _several,
    "origin": lambda text: tuple(TextOrigin(part) for part in _several(text)),
    **dict.fromkeys(("youngest", "oldest", "score", "per-author"), _number),
    **dict.fromkeys(("shortest", "longest", "length"), _seconds),
    **dict.fromkeys(("family", "quotes-apart", "unused", "gaps"), _yes),
    "voices": str.strip,
}


# --- choosing ---


@dataclass(frozen=True, slots=True)
class Choice:
    """`left`: every candidate that is not in `order`. `against`: clips that are in it only by a person's hand."""

    order: tuple[int, ...]
    left: Mapping[int, Reason] = field(default_factory=dict)
    against: Mapping[int, Reason] = field(default_factory=dict)


def choose(
    pool: Sequence[Candidate],
    rules: Rules,
    *,
    kept: Collection[int] = frozenset(),
    left_out: Collection[int] = frozenset(),
    opening: int | None = None,
    closing: int | None = None,
) -> Choice:
    """What the rules make of the pool. `kept` are in whatever the rules say, `left_out` are not."""
    left = {one.clip: Reason.by_hand for one in pool if one.clip in left_out and one.clip not in kept}
    against: dict[int, Reason] = {}
    film = _Film(rules)
    wanted = [one for one in pool if one.clip not in left]
    for one in wanted:
        if one.clip in kept:
            if reason := unfit(one, rules) or film.too_many(one):
                against[one.clip] = reason
            film.add(one)
    fit = []
    for one in wanted:
        if one.clip not in kept:
            if reason := unfit(one, rules):
                left[one.clip] = reason
            else:
                fit.append(one)
    for one in film.in_turn(fit):
        if reason := film.too_many(one) or film.no_room(one):
            left[one.clip] = reason
        else:
            film.add(one)
    places = {one.clip: number for number, one in enumerate(pool)}
    film.clips.sort(key=lambda one: (_rank(one, rules), places[one.clip]))
    order = _arranged(film.clips, rules, opening, closing)
    return Choice(tuple(one.clip for one in order), left, against)


class _Film:
    """What has been chosen so far, counted in the ways that the rules ask about."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clips: list[Candidate] = []
        self.seconds = 0.0
        self._of_district: dict[str, float] = {}
        self._of_author = Counter[str]()
        self._families: set[int] = set()

    def add(self, one: Candidate) -> None:
        self.clips.append(one)
        self.seconds += one.seconds
        district = _folded(one.district)
        self._of_district[district] = self._of_district.get(district, 0.0) + one.seconds
        self._of_author.update(one.authors)
        if one.family is not None:
            self._families.add(one.family)

    def too_many(self, one: Candidate) -> Reason | None:
        """What is wrong with a clip beside those that are in already."""
        if self.rules.one_of_a_family and one.family in self._families:
            return Reason.family
        most = max((self._of_author[author] for author in one.authors), default=0)
        return Reason.author if self.rules.per_author and most >= self.rules.per_author else None

    def no_room(self, one: Candidate) -> Reason | None:
        full = self.rules.length and self.seconds + one.seconds > self.rules.length
        return Reason.room if full else None

    def in_turn(self, fit: Sequence[Candidate]) -> Iterator[Candidate]:
        """The best first; where room is scarce, always from the district that has had the least time so far."""
        best = sorted(fit, key=lambda one: -one.score)
        if not self.rules.length:
            yield from best
            return
        waiting: dict[str, deque[Candidate]] = {}
        for one in best:
            waiting.setdefault(_folded(one.district), deque()).append(one)
        while waiting:
            district = min(waiting, key=lambda name: self._of_district.get(name, 0.0))
            yield waiting[district].popleft()
            if not waiting[district]:
                del waiting[district]


def unfit(one: Candidate, rules: Rules) -> Reason | None:
    """What is wrong with a clip by itself."""
    if rules.districts and _folded(one.district) not in map(_folded, rules.districts):
        return Reason.district
    if reason := _another_text(one, rules):
        return reason
    if (rules.youngest or rules.oldest) and not _old_enough(one.age, rules):
        return Reason.age
    if one.seconds < rules.shortest or (rules.longest and one.seconds > rules.longest):
        return Reason.length
    if rules.score and one.score < rules.score:
        return Reason.score
    return Reason.used if rules.unused and one.used else None


def _another_text(one: Candidate, rules: Rules) -> Reason | None:
    if rules.quotes and _folded(one.quote) not in map(_folded, rules.quotes):
        return Reason.quote
    return Reason.origin if rules.origins and one.origin not in rules.origins else None


def _old_enough(age: int | None, rules: Rules) -> bool:
    return age is not None and age >= rules.youngest and (not rules.oldest or age <= rules.oldest)


def _rank(one: Candidate, rules: Rules) -> tuple[object, ...]:
    """Ascending; what is not known comes last. Chapters keep their clips together, whatever the order is."""
    chapter = {
        Chapters.none: (),
        Chapters.district: (one.district == "", _folded(one.district)),
        Chapters.quote: (one.quote == "", _folded(one.quote)),
    }[rules.chapters]
    by: Mapping[Order, tuple[object, ...]] = {
        Order.published: (),
        Order.district: (one.district == "", _folded(one.district)),
        Order.quote: (one.quote == "", _folded(one.quote)),
        Order.age: (one.age is None, one.age or 0),
        Order.length: (one.seconds,),
        Order.best: (-one.score,),
    }
    return (*chapter, *by[rules.order])


def _arranged(taken: Sequence[Candidate], rules: Rules, opening: int | None, closing: int | None) -> list[Candidate]:
    """Opening first, closing last, and between them no two equal quotes in a row where that can be had."""
    first = [one for one in taken if one.clip == opening]
    last = [one for one in taken if one.clip == closing and one.clip != opening]
    between = [one for one in taken if one not in first and one not in last]
    if not rules.apart or Order.quote == rules.order or Chapters.quote == rules.chapters:
        return [*first, *between, *last]
    before = first[-1].quote if first else ""
    row: list[Candidate] = []
    for group in _together(between, rules):
        row += spread(group, [_folded(one.quote) for one in group], _folded(row[-1].quote if row else before))
    return [*first, *row, *last]


def _together(row: Sequence[Candidate], rules: Rules) -> list[list[Candidate]]:
    """Runs of clips that must not be mixed: those of one district, where districts are kept together."""
    if Order.district != rules.order and Chapters.district != rules.chapters:
        return [list(row)] if row else []
    groups: list[list[Candidate]] = []
    for one in row:
        if groups and _folded(groups[-1][0].district) == _folded(one.district):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def spread(row: Sequence[T], keys: Sequence[str], before: str = "") -> list[T]:
    """The row with as little change as it takes that no two neighbours have one key; an empty key is like no other.

    `before`: the key of what stands in front of the row. As long as one key makes up more than half of what is left,
    it has to come now; otherwise the next in line that differs from the last one does. Where it can't be had at all,
    equal keys stand together at the end.
    """
    if all(not key or key != other for key, other in pairwise([before, *keys])):
        return list(row)
    lines: dict[str, deque[int]] = {}
    for number, key in enumerate(keys):
        lines.setdefault(key or f"\0{number}", deque()).append(number)
    spread_out: list[T] = []
    last = before
    for left in range(len(row), 0, -1):
        most = max(lines, key=lambda key: len(lines[key]))
        others = [key for key in lines if key != last] or [last]
        key = most if 2 * len(lines[most]) > left and most != last else min(others, key=lambda key: lines[key][0])
        spread_out.append(row[lines[key].popleft()])
        if not lines[key]:
            del lines[key]
        last = key
    return spread_out


def chapters(
    order: Sequence[int], pool: Mapping[int, Candidate], kind: Chapters, kept: Collection[int] = frozenset()
) -> list[tuple[int, str]]:
    """Before which clip a chapter begins, and its title: each title once, and none where a person put a stray clip.

    Those at the end who belong to none begin a last one, without a title: nobody is shown under a foreign district.
    """
    if kind is Chapters.none:
        return []
    begun: dict[str, tuple[int, str]] = {}
    of_none = 0
    for clip in order:
        one = pool.get(clip)
        title = (one.district if kind is Chapters.district else one.quote) if one is not None else ""
        if title and clip not in kept:
            begun.setdefault(_folded(title), (clip, title))
        of_none = 0 if title else of_none or (0 if clip in kept else clip)
    return [*begun.values(), *([(of_none, "")] if begun and of_none else [])]


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


# --- proposing ---


class ProposalKind(StrEnum):
    add = "add"
    remove = "remove"
    move = "move"
    recut = "recut"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`after`: the clip behind which it comes to stand, None for the beginning. `hand`: it would undo a person's work,
    so it is done only when this very clip is named. `must`: the clip may not be shown any more."""

    kind: ProposalKind
    clip: int
    reason: Reason
    after: int | None = None
    hand: bool = False
    must: bool = False


def merge(current: Sequence[int], wanted: Sequence[int], placed: Collection[int]) -> list[int]:
    """`wanted`, with each of `placed` (clips that a person put where they are) beside the neighbour that it has now.

    The nearest neighbour counts, the one before it rather than the one behind; without any it comes last.
    """
    staying = set(wanted)
    row = [clip for clip in wanted if clip not in placed]
    there = set(row)
    for at, clip in enumerate(current):
        if clip not in placed or clip not in staying:
            continue
        before = next((away for away in range(1, at + 1) if current[at - away] in there), None)
        behind = next((away for away in range(1, len(current) - at) if current[at + away] in there), None)
        if before is not None and (behind is None or before <= behind):
            row.insert(row.index(current[at - before]) + 1, clip)
        elif behind is not None:
            row.insert(row.index(current[at + behind]), clip)
        else:
            row.append(clip)
        there.add(clip)
    return row


def propose(
    current: Sequence[int],
    target: Sequence[int],
    choice: Choice,
    *,
    allowed: Collection[int],
    hand: Collection[int],
    recut: Mapping[int, Reason] | None = None,
) -> list[Proposal]:
    """What has to happen to make the current order the target, with as few moves as possible.

    `allowed`: clips that may be shown; what is not among them leaves. `hand`: clips that a person touched: that the
    rules would drop one of them is proposed, though it is in the target. `recut`: clips of which something else is to
    be shown, and why.
    """
    aims, now = set(target), set(current)
    found = [
        Proposal(ProposalKind.remove, clip, _why_not(clip, choice, allowed), must=clip not in allowed)
        for clip in current
        if clip not in aims
    ]
    found += [
        Proposal(ProposalKind.remove, clip, choice.against[clip], hand=True)
        for clip in current
        if clip in aims and clip in hand and clip in choice.against
    ]
    staying = unmoved([clip for clip in current if clip in aims], target)
    for number, clip in enumerate(target):
        after = target[number - 1] if number else None
        if clip not in now:
            found.append(Proposal(ProposalKind.add, clip, Reason.chosen, after))
        elif clip not in staying:
            found.append(Proposal(ProposalKind.move, clip, Reason.order, after))
        elif recut and clip in recut:
            found.append(Proposal(ProposalKind.recut, clip, recut[clip], after))
    return found


def _why_not(clip: int, choice: Choice, allowed: Collection[int]) -> Reason:
    return choice.left.get(clip, Reason.not_allowed) if clip in allowed else Reason.not_allowed


def unmoved(current: Sequence[int], target: Sequence[int]) -> set[int]:
    """The longest part of the current order that the target has in the same order."""
    places = {clip: number for number, clip in enumerate(target)}
    ends: list[int] = []  # ends[n]: the smallest place in which an ascending row of n + 1 clips ends
    link: dict[int, int | None] = {}
    for clip in current:
        place = places[clip]
        at = bisect_left(ends, place)
        link[place] = ends[at - 1] if at else None
        ends[at : at + 1] = [place]
    found: set[int] = set()
    at_place = ends[-1] if ends else None
    while at_place is not None:
        found.add(target[at_place])
        at_place = link[at_place]
    return found


def accept(
    current: Sequence[int], target: Sequence[int], proposals: Iterable[Proposal], named: Collection[int] | None = None
) -> list[int]:
    """The order after some proposals: those of the clips `named`, or without it all that undo no person's work.

    What must leave leaves in any case. All of them together lead to the target.
    """
    done = [one for one in proposals if one.must or (one.clip in named if named is not None else not one.hand)]
    leaving = {one.clip for one in done if one.kind is ProposalKind.remove}
    coming = {one.clip for one in done if one.kind in (ProposalKind.add, ProposalKind.move)} - leaving
    row = [clip for clip in current if clip not in leaving and clip not in coming]
    there = set(row)
    for number, clip in enumerate(target):
        if clip in coming:
            before = next((other for other in reversed(target[:number]) if other in there), None)
            row.insert(row.index(before) + 1 if before is not None else 0, clip)
            there.add(clip)
    return row
