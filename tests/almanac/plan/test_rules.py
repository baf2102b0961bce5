from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.almanac.plan import rules
from relay.almanac.plan.rules import Candidate, Chapters, Choice, Order, Proposal, ProposalKind, Reason, Rules, choose
from relay.errors import Refused
from relay.models import TextOrigin

DISTRICTS = ("Тосненский", "Кировский", "Волховский")


def clip(number: int, **known: object) -> Candidate:
    return replace(Candidate(number, seconds=10.0), **known)  # type: ignore[arg-type]


def pool_of(seed: int) -> list[Candidate]:
    """Made from one number, because drawing each field by itself takes hypothesis fifty times as long."""
    chance = Random(seed)
    return [
        Candidate(
            clip=number,
            seconds=chance.randint(1, 60),
            district=chance.choice(("", *DISTRICTS)),
            quote=chance.choice(("", "1", "2", "3")),
            age=chance.choice((None, chance.randint(5, 90))),
            authors=frozenset(chance.sample("абвгд", chance.randint(0, 2))),
            family=chance.choice((None, chance.randint(1, 4))),
            flags=tuple(chance.sample(("quiet", "black", "vertical", "odd"), chance.randint(0, 2))),
            used=chance.random() < 0.3,
        )
        for number in range(1, chance.randint(0, 24) + 1)
    ]


def rules_of(seed: int) -> Rules:
    chance = Random(seed)
    return Rules(
        order=chance.choice(list(Order)),
        chapters=chance.choice(list(Chapters)),
        districts=chance.choice(((), DISTRICTS[:1])),
        youngest=chance.choice((0, 12)),
        longest=chance.choice((0.0, 40.0)),
        score=chance.choice((0, 80)),
        per_author=chance.randint(0, 2),
        one_of_a_family=chance.random() < 0.5,
        apart=chance.random() < 0.5,
        unused=chance.random() < 0.3,
        length=chance.choice((0.0, 30.0, 120.0)),
    )


def subset_of(seed: int, numbers: Iterable[int]) -> set[int]:
    chance = Random(seed)
    return {number for number in numbers if chance.random() < 0.4}


seeds = st.integers(0, 2**32)


@pytest.mark.slow
@settings(max_examples=60)
@given(seeds)
def test_every_clip_is_in_or_told_why_not_and_the_rules_hold(seed):
    pool, wanted = pool_of(seed), rules_of(seed)
    kept = subset_of(seed, (one.clip for one in pool))
    out = subset_of(seed + 1, (one.clip for one in pool if one.clip not in kept))
    found = choose(pool, wanted, kept=kept, left_out=out)
    known = {one.clip: one for one in pool}
    assert sorted([*found.order, *found.left]) == sorted(known)
    assert kept <= set(found.order)
    assert not out & set(found.order)
    free = [known[number] for number in found.order if number not in kept]
    assert (
        sum(one.seconds for one in free) == 0
        or not wanted.length
        or (sum(known[number].seconds for number in found.order) <= wanted.length)
    )
    if wanted.one_of_a_family:
        families = Counter(known[number].family for number in found.order if known[number].family)
        assert all(families[one.family] == 1 for one in free if one.family)
    if wanted.per_author:
        authors = Counter(author for number in found.order for author in known[number].authors)
        assert all(authors[author] <= wanted.per_author for one in free for author in one.authors)
    if wanted.score:
        assert all(one.score >= wanted.score for one in free)
    if wanted.unused:
        assert not any(one.used for one in free)


@pytest.mark.slow
@settings(max_examples=60)
@given(seeds)
def test_who_is_left_out_for_want_of_room_would_not_have_fitted(seed):
    pool, wanted = pool_of(seed), replace(rules_of(seed), length=90.0)
    found = choose(pool, wanted)
    known = {one.clip: one for one in pool}
    full = sum(known[number].seconds for number in found.order)
    for number, reason in found.left.items():
        assert reason is not Reason.room or full + known[number].seconds > wanted.length


@pytest.mark.parametrize("each", [1, 3, 8])
def test_a_length_is_filled_fairly(each):
    districts = [district for number, district in enumerate(DISTRICTS) for _ in range(8 + 5 * number)]
    Random(each).shuffle(districts)
    pool = [clip(number, district=district) for number, district in enumerate(districts, 1)]
    found = choose(pool, Rules(length=each * 3 * 10.0))
    assert set(Counter(pool[number - 1].district for number in found.order).values()) == {each}


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.sampled_from(("", "1", "2", "3")), max_size=14))
def test_equal_quotes_stand_apart_wherever_they_can(keys):
    row = list(range(len(keys)))
    found = rules.spread(row, keys)
    assert sorted(found) == row
    clashes = [pair for pair in pairwise(found) if keys[pair[0]] and keys[pair[0]] == keys[pair[1]]]
    most = max(Counter(key for key in keys if key).values(), default=0)
    assert len(clashes) == max(0, most - (len(keys) - most) - 1)


def test_what_stands_apart_already_is_not_moved():
    assert rules.spread([1, 2, 3, 4], ["a", "", "a", "b"]) == [1, 2, 3, 4]
    assert rules.spread([1, 2, 3], ["a", "b", "b"], before="a") == [2, 1, 3]


def test_equal_quotes_stand_apart_within_each_district():
    pool = [clip(1, district="А", quote="1"), clip(2, district="А", quote="1"), clip(3, district="А", quote="2")]
    pool += [clip(4, district="Б", quote="2"), clip(5, district="Б", quote="1")]
    found = choose(pool, Rules(order=Order.district, apart=True))
    assert found.order == (1, 3, 2, 4, 5)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (Order.published, (1, 2, 3)),
        (Order.district, (2, 1, 3)),
        (Order.quote, (2, 1, 3)),
        (Order.age, (2, 1, 3)),
        (Order.length, (3, 2, 1)),
        (Order.best, (2, 3, 1)),
    ],
)
def test_orders(order, wanted):
    pool = [
        clip(1, district="Тосненский", quote="2", age=70, seconds=30, flags=("silent",)),
        clip(2, district="кировский", quote="1", age=9, seconds=20),
        clip(3, district="", quote="", age=None, seconds=10, flags=("vertical",)),
    ]
    assert choose(pool, Rules(order=order)).order == wanted


def test_of_one_participant_and_of_one_recording_the_best_is_taken():
    pool = [
        clip(1, authors=frozenset("a"), flags=("quiet",)),
        clip(2, authors=frozenset("a")),
        clip(3, family=7, flags=("black",)),
        clip(4, family=7),
    ]
    found = choose(pool, Rules(per_author=1, one_of_a_family=True))
    assert found.order == (2, 4)
    assert found.left == {1: Reason.author, 3: Reason.family}


def test_a_score_can_be_explained():
    one = clip(1, flags=("vertical", "silent", "never heard of"))
    assert (one.score, one.faults) == (55, [("silent", 40), ("vertical", 5)])


def test_opening_and_closing_stand_where_they_are_pinned():
    pool = [clip(number) for number in range(1, 6)]
    found = choose(pool, Rules(), kept={4, 2}, opening=4, closing=2)
    assert found.order == (4, 1, 3, 5, 2)


def test_chapters_begin_once_and_never_at_a_stray_clip():
    pool = {one.clip: one for one in (clip(1, district="А"), clip(2, district="Б"), clip(3, district="А"), clip(4))}
    assert rules.chapters([1, 2, 3], pool, Chapters.district) == [(1, "А"), (2, "Б")]
    assert rules.chapters([1, 4, 2, 3], pool, Chapters.district) == [(1, "А"), (2, "Б")]
    assert rules.chapters([2, 1, 3], pool, Chapters.district, kept={2}) == [(1, "А")]
    assert rules.chapters([1, 2], pool, Chapters.none) == []


def test_who_belongs_to_no_district_is_not_shown_under_the_last_one():
    pool = {one.clip: one for one in (clip(1, district="А"), clip(2, district="Б"), clip(3), clip(4))}
    assert rules.chapters([1, 2, 3, 4], pool, Chapters.district) == [(1, "А"), (2, "Б"), (3, "")]
    assert rules.chapters([1, 2, 3, 4], pool, Chapters.district, kept={3}) == [(1, "А"), (2, "Б"), (4, "")]
    assert rules.chapters([3, 4], pool, Chapters.district) == [], "where nobody belongs to one, there are no chapters"


@pytest.mark.parametrize(
    ("limits", "known", "reason"),
    [
        ({"shortest": 10.0}, {"seconds": 10.0}, None),
        ({"shortest": 10.0}, {"seconds": 9.9}, Reason.length),
        ({"longest": 10.0}, {"seconds": 10.0}, None),
        ({"longest": 10.0}, {"seconds": 10.1}, Reason.length),
        ({"youngest": 12}, {"age": 12}, None),
        ({"youngest": 12}, {"age": 11}, Reason.age),
        ({"youngest": 12}, {"age": None}, Reason.age),
        ({"oldest": 12}, {"age": 12}, None),
        ({"oldest": 12}, {"age": 13}, Reason.age),
        ({"oldest": 12}, {"age": None}, Reason.age),
        ({"score": 95}, {"flags": ("quiet",)}, None),
        ({"score": 96}, {"flags": ("quiet",)}, Reason.score),
        ({"length": 10.0}, {"seconds": 10.0}, None),
        ({"length": 10.0}, {"seconds": 10.1}, Reason.room),
        ({"unused": True}, {"used": True}, Reason.used),
        ({"unused": True}, {"used": False}, None),
        ({}, {"used": True, "age": None, "seconds": 0.0}, None),
        ({"districts": ("киров ский", "Волхов")}, {"district": "ВОЛХОВ"}, None),
        ({"districts": ("Королёв",)}, {"district": "королев"}, None),
        ({"districts": ("Волхов",)}, {"district": ""}, Reason.district),
        ({"quotes": ("Письмо",)}, {"quote": " письмо "}, None),
        ({"quotes": ("Письмо",)}, {"quote": "Дневник"}, Reason.quote),
        ({"origins": (TextOrigin.family, TextOrigin.own)}, {"origin": TextOrigin.own}, None),
        ({"origins": (TextOrigin.family,)}, {"origin": TextOrigin.relative}, Reason.origin),
        ({"origins": (TextOrigin.family,)}, {}, Reason.origin),
    ],
)
def test_what_lies_on_a_limit_is_in_and_what_lies_beyond_is_told(limits, known, reason):
    found = choose([clip(1, **known)], Rules(**limits))
    assert found == (Choice((1,)) if reason is None else Choice((), {1: reason}))


@pytest.mark.parametrize(("limit", "taken"), [(0, (1, 2, 3)), (1, (1,)), (2, (1, 2)), (3, (1, 2, 3))])
def test_so_many_of_one_participant_and_no_more(limit, taken):
    pool = [clip(number, authors=frozenset({"a", str(number)})) for number in (1, 2, 3)]
    assert choose(pool, Rules(per_author=limit)).order == taken


def test_what_a_person_keeps_against_the_rules_is_in_and_told_with_its_reason():
    pool = [clip(1, family=7), clip(2, family=7), clip(3, used=True), clip(4)]
    found = choose(pool, Rules(one_of_a_family=True, unused=True), kept={2, 3, 1}, left_out={4, 3})
    assert found.order == (1, 2, 3)
    assert found.against == {2: Reason.family, 3: Reason.used}
    assert found.left == {4: Reason.by_hand}


def test_one_recording_is_one_recording_only_where_the_rule_says_so_and_no_family_is_none():
    pool = [clip(1, family=7), clip(2, family=7), clip(3), clip(4)]
    assert choose(pool, Rules()).order == (1, 2, 3, 4)
    assert choose(pool, Rules(one_of_a_family=True)).order == (1, 3, 4)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [(Chapters.none, (1, 2, 3, 4)), (Chapters.district, (2, 4, 1, 3)), (Chapters.quote, (1, 4, 2, 3))],
)
def test_chapters_keep_their_clips_together_in_the_order_of_publication(kind, wanted):
    pool = [
        clip(1, district="Б", quote="к"),
        clip(2, district="А", quote="м"),
        clip(3, district="", quote=""),
        clip(4, district="а", quote="К"),
    ]
    assert choose(pool, Rules(chapters=kind)).order == wanted


@pytest.mark.parametrize("flag", sorted(rules.PENALTIES))
def test_a_flag_costs_its_points_once_however_often_it_is_set(flag):
    points = rules.PENALTIES[flag]
    assert clip(1, flags=(flag, flag)).score == 100 - points
    assert 5 <= points <= 40


# What people write


def test_rules_as_people_write_them():
    given_words = [
        "order=district",
        "district=Тосненский, Кировский",
        "length=10:00",
        "quotes-apart=no",
        "per-author=1",
    ]
    assert rules.read(rules.written(given_words)) == Rules(
        order=Order.district, districts=("Тосненский", "Кировский"), length=600.0, per_author=1
    )
    assert rules.read({"clips": "approved"}) == Rules()


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("youngest=7", "youngest", 7),
        ("oldest=90", "oldest", 90),
        ("score=0", "score", 0),
        ("shortest=1:02:03", "shortest", 3723.0),
        ("longest=2:41.5", "longest", 161.5),
        ("length=", "length", 0.0),
        ("chapters=quote", "chapters", Chapters.quote),
        ("order=", "order", Order.published),
        ("quote=Письмо, , Дневник ,Письмо,", "quotes", ("Письмо", "Дневник")),
        ("family=нет", "one_of_a_family", False),
        ("family=да", "one_of_a_family", True),
        ("quotes-apart=ON", "apart", True),
        ("unused=", "unused", False),
    ],
)
def test_each_rule_is_understood_as_it_is_written(word, field, value):
    assert rules.read(rules.written([word])) == Rules(**{field: value})


@pytest.mark.parametrize("word", ["colour=red", "order=sideways", "length=soon", "score=-1", "family=perhaps", "order"])
def test_a_rule_that_is_none_is_refused(word):
    with pytest.raises(Refused):
        rules.written([word])


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("1:02:03", 3723), ("2:41.5", 161.5), (" 1:30\n", 90), ("0", 0)]
)
def test_times(text, seconds):
    assert rules.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["soon", "1:2:3:4", "-5", "1:", ":30", "1,5"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=text):
        rules.seconds_of(text)


@pytest.mark.parametrize(("text", "age"), [("12", 12), ("12 лет", 12), ("", None), ("взрослый", None)])
def test_ages(text, age):
    assert rules.age_of(text) == age


# Hand work


def orders_of(seed: int) -> tuple[list[int], list[int]]:
    chance = Random(seed)
    return tuple(chance.sample(range(8), chance.randint(0, 8)) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.slow
@settings(max_examples=60)
@given(seeds)
def test_what_was_placed_by_hand_keeps_its_neighbour(seed):
    current, wanted = orders_of(seed)
    placed = subset_of(seed, current)
    wanted = list(dict.fromkeys([*wanted, *placed]))
    row = rules.merge(current, wanted, placed)
    assert sorted(row) == sorted(wanted)
    for left, right in pairwise(current):
        if right in placed and left in row and left not in placed:
            between = row[row.index(left) + 1 : row.index(right)]
            assert row.index(left) < row.index(right)
            assert set(between) <= placed
    assert [one for one in row if one not in placed] == [one for one in wanted if one not in placed]


@pytest.mark.slow
@settings(max_examples=60)
@given(seeds)
def test_all_proposals_together_lead_to_the_target(seed):
    current, target = orders_of(seed)
    found = rules.propose(current, target, Choice(tuple(target)), allowed=range(8), hand=())
    assert rules.accept(current, target, found) == target
    moves = [one for one in found if one.kind is ProposalKind.move]
    stayed = [one for one in current if one in target]
    assert len(moves) == len(stayed) - len(rules.unmoved(stayed, target))


@pytest.mark.slow
@settings(max_examples=60)
@given(seeds)
def test_one_proposal_touches_one_clip(seed):
    current, target = orders_of(seed)
    for one in rules.propose(current, target, Choice(tuple(target)), allowed=range(8), hand=()):
        after = rules.accept(current, target, [one], {one.clip})
        assert [clip for clip in after if clip != one.clip] == [clip for clip in current if clip != one.clip]
        assert (one.clip in after) == (one.kind is not ProposalKind.remove)


def test_against_a_persons_work_is_only_proposed_and_done_when_named():
    pool = [clip(1, district="А"), clip(2, district="Б"), clip(3, district="Б")]
    wanted = Rules(districts=("А",))
    choice = choose(pool, wanted, kept={2})
    found = rules.propose([1, 2, 3], list(choice.order), choice, allowed={1, 2, 3}, hand={2})
    assert [(one.clip, one.kind, one.reason, one.hand) for one in found] == [
        (3, ProposalKind.remove, Reason.district, False),
        (2, ProposalKind.remove, Reason.district, True),
    ]
    assert rules.accept([1, 2, 3], list(choice.order), found) == [1, 2]
    assert rules.accept([1, 2, 3], list(choice.order), found, {2}) == [1, 3]


def test_what_has_to_happen_is_told_in_the_order_of_the_film():
    choice = Choice((5, 2, 1, 4), {3: Reason.score, 9: Reason.used}, {2: Reason.length, 4: Reason.author})
    found = rules.propose([1, 2, 3, 4, 9], [5, 2, 1, 4], choice, allowed={1, 2, 3, 4, 5}, hand={4, 1})
    assert found == [
        Proposal(ProposalKind.remove, 3, Reason.score),
        Proposal(ProposalKind.remove, 9, Reason.not_allowed, must=True),
        Proposal(ProposalKind.remove, 4, Reason.author, hand=True),
        Proposal(ProposalKind.add, 5, Reason.chosen, None),
        Proposal(ProposalKind.move, 1, Reason.order, 2),
    ]
    unknown = rules.propose([7], [], Choice(()), allowed={7}, hand={7})
    assert unknown == [Proposal(ProposalKind.remove, 7, Reason.not_allowed)]
    row, target = [1, 2, 3, 4, 9], [5, 2, 1, 4]
    assert rules.accept(row, target, found) == [5, 2, 1, 4]
    assert rules.accept(row, target, found, set()) == [1, 2, 3, 4]
    assert rules.accept(row, target, found, {5}) == [5, 1, 2, 3, 4]
    assert rules.accept(row, target, found, {1}) == [2, 1, 3, 4]
    assert rules.accept(row, target, found, {3, 4}) == [1, 2]
    assert rules.accept([], [3, 1, 2], rules.propose([], [3, 1, 2], Choice(()), allowed={1}, hand=())) == [3, 1, 2]
    both = [Proposal(ProposalKind.remove, 1, Reason.author, hand=True), Proposal(ProposalKind.move, 1, Reason.order, 2)]
    assert rules.accept([1, 2], [2, 1], both, {1}) == [2], "who leaves does not come"


@pytest.mark.parametrize(
    ("current", "wanted", "placed", "row"),
    [
        ([1, 2, 3], [3, 2, 1], {2}, [3, 1, 2]),  # as near to both: behind the one before it
        ([1, 9, 2, 3], [3, 2, 1], {2}, [2, 3, 1]),  # the nearer one is behind it
        ([1, 2, 9, 3], [3, 2, 1], {2}, [3, 1, 2]),  # the nearer one is before it
        ([1, 2], [2, 1], {2}, [1, 2]),
        ([2, 1, 3], [3, 1, 2], {2}, [3, 2, 1]),
        ([2, 9, 1], [1, 2], {2}, [2, 1]),
        ([2], [2, 1], {2}, [1, 2]),  # no neighbour is left
        ([1, 2, 3], [3, 1], {2}, [3, 1]),  # it is not wanted
        ([1, 2, 3], [3, 2, 1], {2, 3}, [1, 2, 3]),  # two of them stay together
        ([3, 2, 1], [1, 2, 3], {2, 3}, [3, 2, 1]),
        ([1, 2, 3, 4], [4, 3, 2, 1], {3}, [4, 2, 3, 1]),
    ],
)
def test_what_was_placed_stands_beside_its_neighbour(current, wanted, placed, row):
    assert rules.merge(current, wanted, placed) == row


@pytest.mark.parametrize(
    ("keys", "before", "row"),
    [
        ("aab", "", [0, 2, 1]),
        ("baac", "", [0, 1, 3, 2]),  # half of what is left may wait
        ("bcaaa", "", [2, 0, 3, 1, 4]),  # more than half must come now
        ("cbba", "", [0, 1, 3, 2]),  # the next in line, not in the alphabet
        ("aab", "a", [2, 0, 1]),
        ("aaa", "", [0, 1, 2]),
        ("aaab", "", [0, 3, 1, 2]),
        (" a aab ", "", [0, 1, 2, 3, 5, 4, 6]),
        ("", "a", []),
    ],
)
def test_equal_neighbours_are_parted_with_as_little_change_as_it_takes(keys, before, row):
    found = rules.spread(list(range(len(keys))), [key.strip() for key in keys], before)
    assert found == row


def test_what_stays_is_the_longest_part_that_is_in_order():
    assert rules.unmoved([], [1]) == set()
    assert rules.unmoved([1, 2, 3, 4, 5], [5, 1, 2, 3, 4]) == {1, 2, 3, 4}
    assert rules.unmoved([3, 1, 4, 2, 5], [1, 2, 3, 4, 5]) in ({1, 2, 5}, {3, 4, 5}, {1, 4, 5})
    assert len(rules.unmoved([5, 4, 3, 2, 1], [1, 2, 3, 4, 5])) == 1


def quoted(*quotes: str, **known: object) -> list[Candidate]:
    return [clip(number, quote=quote, **known) for number, quote in enumerate(quotes, 1)]


def test_equal_quotes_stand_apart_only_where_that_is_wished_and_makes_sense():
    pool = quoted("а", "А", "б")
    assert choose(pool, Rules()).order == (1, 2, 3)
    assert choose(pool, Rules(apart=True)).order == (1, 3, 2)
    assert choose(pool, Rules(apart=True, order=Order.quote)).order == (1, 2, 3)
    assert choose(pool, Rules(apart=True, chapters=Chapters.quote)).order == (1, 2, 3)
    assert choose(pool, Rules(apart=True), kept={1}, opening=1).order == (1, 3, 2)
    assert choose(quoted("б", "а", "а"), Rules(apart=True), kept={2}, opening=2).order == (2, 1, 3)
    assert choose(pool, Rules(apart=True), kept={1}, opening=1, closing=1).order == (1, 3, 2)
    assert choose(pool, Rules(apart=True), kept={2}, closing=2).order == (1, 3, 2)
    assert choose([], Rules(apart=True)) == Choice(())


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        (Rules(apart=True), (1, 3, 2, 4)),
        (Rules(apart=True, order=Order.district), (1, 4, 2, 3)),
        (Rules(apart=True, chapters=Chapters.district), (1, 4, 2, 3)),
    ],
)
def test_districts_that_are_kept_together_are_not_mixed(wanted, order):
    pool = [clip(1, district="А", quote="1"), clip(2, district="а", quote="1"), clip(3, district="Б", quote="2")]
    pool.append(clip(4, district="А", quote="3"))
    assert choose(pool, wanted).order == order


def test_without_a_limit_the_best_comes_first_whatever_its_district():
    pool = [
        clip(1, district="А", flags=("clipped",), authors=frozenset("x")),
        clip(2, district="Б"),
        clip(3, district="Б", flags=("quiet",), authors=frozenset("x")),
    ]
    assert choose(pool, Rules(per_author=1)).left == {1: Reason.author}
    assert choose(pool, Rules(per_author=1, length=100.0)).left == {3: Reason.author}


def test_what_is_kept_takes_room_of_its_district_and_of_the_film():
    pool = [clip(1, district="А"), clip(2, district="А"), clip(3, district="Б"), clip(4, district="Б")]
    found = choose(pool, Rules(length=30.0), kept={1})
    assert (found.order, found.left) == ((1, 2, 3), {4: Reason.room})
    assert choose(pool, Rules(length=20.0), kept={1}).order == (1, 3)
    assert choose(pool, Rules(length=5.0), kept={1, 2}).order == (1, 2)


def test_every_reason_has_a_sentence_of_its_own():
    assert set(rules.SENTENCES) == set(Reason)
    assert len(set(rules.SENTENCES.values())) == len(Reason)
    assert rules.SENTENCES[Reason.room] == "The film is full."
    assert rules.SENTENCES[Reason.by_hand] == "A person has left it out."


def test_faults_add_up_the_worst_first():
    one = clip(1, flags=("clipped", "gap", "black", "low_resolution", "frozen"))
    assert one.faults == [("black", 30), ("frozen", 25), ("gap", 15), ("low_resolution", 15), ("clipped", 10)]
    assert one.score == 5
    assert {clip(1, flags=(flag,)).score for flag in ("no_sound", "lost_sound", "silent")} == {60}
    assert {clip(1, flags=(flag,)).score for flag in ("damaged", "short", "late_picture", "spherical", "stereo")} == {
        80
    }
    assert {clip(1, flags=(flag,)).score for flag in ("quiet", "loud", "vertical", "interlaced")} == {95}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score"], "A rule is written name=value, not score."),
        (["order=sideways"], "The rule order can't be sideways."),
        (["score=x"], "The rule score can't be x."),
        (["length=soon"], "The rule length can't be soon."),
        (["origin=attic"], "The rule origin can't be attic."),
        (["family=perhaps"], "The rule family can't be perhaps."),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(words, said):
    with pytest.raises(Refused) as refused:
        rules.written(words)
    assert refused.value.line == said


def test_a_rule_that_is_not_known_is_told_with_those_that_are():
    with pytest.raises(Refused) as refused:
        rules.read({"colour": "red"})
    assert refused.value.line == (
        "There is no rule colour. Known are: order, chapters, youngest, oldest, shortest, longest, score, per-author, "
        "unused, length, voices, gaps, district, quote, origin, family, quotes-apart."
    )
    assert rules.written([" score = 7 ", "length=5"]) == {"score": "7", "length": "5"}
    assert rules.read({"score": "", "chapters": "", "shortest": "", "family": "1", "clips": "x"}) == Rules(
        one_of_a_family=True
    )


def test_what_may_not_be_shown_leaves_whatever_is_named():
    choice = choose([clip(1), clip(3)], Rules())
    found = rules.propose([1, 2], [1, 3], choice, allowed={1, 3}, hand={2})
    assert [(one.clip, one.reason, one.must) for one in found if one.kind is ProposalKind.remove] == [
        (2, Reason.not_allowed, True)
    ]
    assert rules.accept([1, 2], [1, 3], found, set()) == [1]
