from __future__ import annotations

from types import SimpleNamespace

import pytest

from relay.collect.recheck import ACCEPTED_BY
from relay.web.words import wording


def in_capitals(text: str) -> str:
    return text.upper() if "{" not in text else text


def test_where_the_tag_stood_or_who_took_the_post_in():
    assert wording.matched_in("text", in_capitals) == "IN THE POST"
    assert wording.matched_in("comment", in_capitals) == "IN A COMMENT BELOW THE POST"
    assert wording.matched_in("unheard of", in_capitals) == "UNHEARD OF"
    assert wording.matched_in(f"{ACCEPTED_BY}Анна", in_capitals) == "accepted by Анна"
    assert wording.matched_in(f"Анна {ACCEPTED_BY}", str) == f"Анна {ACCEPTED_BY}"


def test_a_search_has_a_name_of_ours_and_a_page_its_own():
    def titled(title: str, address: str) -> str:
        return wording.source_title(SimpleNamespace(title=title, address=address), in_capitals)

    assert titled("hashtag search", "vk:tag") == "HASHTAG SEARCH"
    assert titled("Тихвин", "vk:club1") == "Тихвин"
    assert titled("", "vk:club1") == "vk:club1"
    assert titled("", "vk:tag") == "vk:tag"
    assert titled("A page", ":tag:club1") == "A page"


def test_a_flag_that_nobody_has_named_is_a_warning():
    assert wording.flag("silent") == ("mute", "Silent: nothing can be heard")
    assert wording.flag("never_heard_of") == ("warn", "never heard of")


@pytest.mark.slow
def test_sources_are_sorted_by_what_a_person_has_to_know():
    def source(state: str, last_sweep: str | None = None) -> SimpleNamespace:
        return SimpleNamespace(state=state, last_sweep=last_sweep)

    read, again = source("active", last_sweep="yesterday"), source("active", last_sweep="today")
    unread, new = source("active", last_sweep=None), source("active")
    closed, gone, paused = source("attention", last_sweep="x"), source("gone"), source("paused", last_sweep="x")
    assert wording.health([read, unread, closed, new, paused, gone, again]) == {
        "fine": [read, again],
        "waiting": [unread, new],
        "attention": [closed, gone],
        "paused": [paused],
    }
    assert wording.health([]) == {"fine": [], "waiting": [], "attention": [], "paused": []}
