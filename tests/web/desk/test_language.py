from __future__ import annotations

import pytest

from relay.moderation.people import accounts


@pytest.mark.slow
def test_the_desk_speaks_to_a_person_as_they_chose_wherever_they_sign_in(relay, town, visit):
    anna = visit("anna")
    answer = anna.sends("/language", language="fr", next="/campaigns/proryv80/clips?state=later")
    assert (answer.status_code, answer.headers["location"]) == (303, "/campaigns/proryv80/clips?state=later")
    assert '<html lang="fr">' in anna.sees("/almanacs")
    elsewhere = visit("anna")
    elsewhere.cookies.delete("relay-language")
    assert '<html lang="fr">' in elsewhere.sees("/almanacs")
    assert {one.language for one in accounts.listing(relay)} == {"fr"}


@pytest.mark.slow
def test_who_signs_out_leaves_no_language_behind_for_the_next_one(town, visit):
    anna = visit("anna")
    anna.sends("/language", language="fr")
    answer = anna.sends("/sign-out")
    assert any(each.startswith('relay-language=""; ') for each in answer.headers.get_list("set-cookie"))


@pytest.mark.slow
@pytest.mark.parametrize(("language", "next", "status"), [("tlh", "/", 400), ("fr", "https://elsewhere.test", 303)])
def test_another_language_or_site_is_not_gone_along_with(town, visit, language, next, status):
    answer = visit("anna").sends("/language", language=language, next=next)
    assert answer.status_code == status
    assert answer.headers.get("location", "/") == "/"
