from __future__ import annotations

from relay.web.words.films import by_hand


def test_what_a_person_set_of_a_segment_is_said_once_in_order():
    assert by_hand("", []) == []
    assert by_hand("opening", []) == ["opens the film"]
    assert by_hand("", ["place", "in", "out", "name", "town"]) == [
        *("placed by hand", "trimmed by hand", "named by hand")
    ]
    assert by_hand("closing", ["out"]) == ["closes the film", "trimmed by hand"]
