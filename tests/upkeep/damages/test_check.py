from __future__ import annotations

from relay.upkeep.damages.check import MOST_NAMED, Check, named, none_or


def test_a_check_says_what_it_found_with_its_words_in_the_language_of_whoever_reads() -> None:
    found = Check("leases", "there are {count}", wrong=True, words={"count": 3})
    assert (found.text, found.mark) == ("there are 3", "✗")
    assert found.text_in(lambda said: f"<{said}>") == "<there are 3>"
    assert found.as_json() == {"what": "leases", "text": "there are 3", "wrong": True, "fixed": False}
    assert Check("leases", "none", fixed=True).mark == "✓"


def test_none_is_well_and_some_are_wrong_and_counted() -> None:
    assert none_or("leases", 0) == Check("leases", "none")
    assert (none_or("leases", 1).wrong, none_or("leases", 1).text) == (True, "there are 1")


def test_the_first_are_named_and_that_there_are_more() -> None:
    assert named(["a", 2]) == "a, 2"
    assert named(range(MOST_NAMED)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert named(range(MOST_NAMED + 1)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 …"
