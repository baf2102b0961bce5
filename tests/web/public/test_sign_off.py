from __future__ import annotations

import re

import pytest

from relay.almanac.delivery import sign_off
from relay.almanac.plan import queries
from relay.models import ClipState
from relay.web import rate_limit
from tests.almanac.cinema import FILM as BYTES
from tests.almanac.cinema import PICTURE, has_version
from tests.web.conftest import InProcess

FILM = ("proryv80", "film")
PAGE = "/almanacs/proryv80/film"


@pytest.fixture
def film(relay, town):
    town.has_clip(name="Анна", town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)


@pytest.fixture
def secret(relay, film):
    return sign_off.ask(relay, *FILM, to="К. А. Веденеев", position="глава", person="Ольга").secret


@pytest.mark.slow
def test_the_editor_makes_a_link_which_is_shown_once(relay, film, boris):
    answer = boris.sends(f"{PAGE}/1/sign-offs", to="К. А. Веденеев", position="глава", days="3")
    link = re.search(r'value="http://desk\.test(/sign-off/[\w-]+)"', answer.text)
    assert link is not None
    assert link[1] not in boris.sees(PAGE)
    assert "К. А. Веденеев" in boris.sees(PAGE)


@pytest.mark.slow
def test_somebody_without_an_account_watches_remarks_and_agrees(secret, vera, boris):
    here = f"/sign-off/{secret}"
    page = vera.sees(here)
    assert "К. А. Веденеев, глава" in page
    assert f'src="{here}/film.mp4"' in page
    assert vera.sends(f"{here}/remarks", text="Синявино", at="0:02").headers["location"] == here
    assert "Синявино" in vera.sees(here)
    assert vera.sends(f"{here}/verdict", verdict="agreed").status_code == 303
    page = vera.sees(here)
    assert "Protocol of the sign-off" in page
    assert f'action="{here}/verdict"' not in page
    again = vera.sends(f"{here}/verdict", verdict="remarks", words="нет")
    assert again.status_code == 400
    assert "it is final" in again.text
    assert "Agreed" in boris.sees("/sign-offs/1")
    assert 'class="badge sign-agreed"' in boris.sees(PAGE)


@pytest.mark.slow
def test_the_film_behind_the_link_plays_in_ranges_and_is_kept_nowhere(secret, vera):
    answer = vera.get(f"/sign-off/{secret}/film.mp4", headers={"range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, BYTES[4:8])
    for answer in (vera.get(f"/sign-off/{secret}/film.mp4"), vera.get(f"/sign-off/{secret}")):
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.slow
def test_a_picture_stands_for_the_film_until_it_plays(secret, vera, boris):
    for page, here, person in ((f"/sign-off/{secret}",) * 2 + (vera,), (PAGE, f"{PAGE}/1", boris)):
        assert f'poster="{here}/poster.jpg"' in person.sees(page)
        answer = person.get(f"{here}/poster.jpg")
        assert (answer.headers["content-type"], answer.content) == ("image/jpeg", PICTURE)


@pytest.mark.slow
def test_the_link_opens_nothing_else(secret, vera):
    vera.sees(f"/sign-off/{secret}")
    for path in (PAGE, f"{PAGE}/1", f"{PAGE}/plan", "/sign-offs/1", f"{PAGE}/preview.mp4", f"{PAGE}/making"):
        assert vera.get(path).status_code == 303
    assert vera.sends(f"{PAGE}/1/remarks", text="x").status_code == 401


@pytest.mark.slow
@pytest.mark.parametrize("end", ["expired", "revoked", "forged"])
def test_a_link_that_has_ended_shows_nothing(relay, clock, secret, vera, end):
    if end == "expired":
        clock.moves(hours=7 * 24)
    elif end == "revoked":
        sign_off.revoke(relay, 1, person="Ольга")
    else:
        secret = "x" * 43
    here = f"/sign-off/{secret}"
    answers = [vera.get(f"{here}{more}") for more in ("", "/film.mp4", "/poster.jpg")]
    answers += [vera.sends(f"{here}/verdict", verdict="agreed")]
    assert [answer.status_code for answer in answers] == [404] * 4
    for answer in answers:
        assert "This link does not work." in answer.text
        assert "Голоса" not in answer.text
        assert "Веденеев" not in answer.text


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False])
def test_whoever_tries_many_links_has_to_wait(app, secret, vera, guarded):
    """The twin never tires of answering."""
    app.state.rate_limit = rate_limit.RateLimit(most=5 if guarded else 10**6)
    answers = [vera.get(f"/sign-off/guess{number}").status_code for number in range(8)]
    assert answers == ([404] * 5 + [429] * 3 if guarded else [404] * 8)
    assert vera.get(f"/sign-off/{secret}").status_code == (429 if guarded else 200)


def test_the_brake_lets_go_after_a_while_and_forgets_the_oldest(relay, clock, monkeypatch):
    monkeypatch.setattr(rate_limit, "ADDRESSES", 2)
    one = rate_limit.RateLimit(most=1)
    one.count("a", relay.now())
    assert one.is_reached("a", relay.now())
    assert not one.is_reached("b", relay.now())
    clock.moves(minutes=10)
    assert not one.is_reached("a", relay.now())
    for address in "abc":
        one.count(address, relay.now())
    assert not one.is_reached("a", relay.now())


@pytest.mark.slow
def test_a_link_is_revoked_on_the_films_page(relay, secret, boris, vera):
    assert "Revoke the link" in boris.sees(PAGE)
    assert boris.sends("/sign-offs/1/revoke").status_code == 303
    assert "link revoked" in boris.sees(PAGE)
    assert vera.get(f"/sign-off/{secret}").status_code == 404
    assert boris.get("/sign-offs/7").status_code == 404


@pytest.mark.slow
def test_remarks_stand_at_their_moment_and_are_ticked_off(film, boris, anna):
    assert boris.sends(f"{PAGE}/1/remarks", text="Громче", at="0:02.5").status_code == 303
    page = boris.sees(PAGE)
    assert 'data-seek="2.48"' in page or 'data-seek="2.5"' in page
    assert "Громче" in anna.sees(PAGE)
    boris.sends(f"{PAGE}/remarks/1", done="true", version="1")
    assert "Open again" in boris.sees(PAGE)
    late = boris.sends(f"{PAGE}/1/remarks", text="Поздно", at="9:00")
    assert late.status_code == 400
    assert "this moment is not in it" in late.text
    assert boris.get(f"{PAGE}?version=9").status_code == 404


@pytest.mark.slow
def test_each_part_of_the_page_behind_a_link_is_kept_by_nobody(relay, secret, vera):
    here = f"/sign-off/{secret}"
    kinds = {"": "text/html; charset=utf-8", "/film.mp4": "video/mp4", "/poster.jpg": "image/jpeg"}
    for part, kind in kinds.items():
        answer = vera.get(here + part)
        told = [answer.headers[name] for name in ("content-type", "cache-control", "x-robots-tag")]
        assert (answer.status_code, told) == (200, [kind, "no-store", "noindex, nofollow, noarchive"])
    page = vera.sees(here)
    assert f'src="{here}/film.mp4" poster="{here}/poster.jpg"' in page
    assert f'action="{here}/verdict"' in page
    assert "/almanacs" not in page
    answer = vera.sends(f"{here}/remarks", text="Синявино", at="0:02.4")
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    assert [(one.seconds, one.text) for one in sign_off.shown(relay, secret).remarks] == [(2.4, "Синявино")]
    answer = vera.sends(f"{here}/remarks", text="x", at="soon")
    assert answer.status_code == 400
    assert '<p class="notice" role="alert">soon is no time.' in answer.text
    answer = vera.sends(f"{here}/verdict", verdict="remarks", words="Ещё раз проверить даты")
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    known = sign_off.shown(relay, secret)
    assert (known.verdict, known.words) == ("remarks", "Ещё раз проверить даты")
    assert "Ещё раз проверить даты" in vera.sees(here)


@pytest.mark.slow
def test_links_that_lead_nowhere_are_counted_for_each_address(app, secret, vera, visit):
    app.state.rate_limit = rate_limit.RateLimit(most=2)
    other = visit("vera")
    other._transport = InProcess(app, raises=True)
    other._transport.inner.client = ("198.51.100.7", 1)
    assert [vera.get(f"/sign-off/{guess}").status_code for guess in ("x", "y" * 100, "z" * 101)] == [404, 404, 400]
    answer = vera.get(f"/sign-off/{secret}")
    assert answer.status_code == 429
    assert "Too many links that do not work. Try again in ten minutes." in answer.text
    assert vera.sends(f"/sign-off/{secret}/verdict", verdict="agreed").status_code == 429
    assert other.get(f"/sign-off/{secret}/poster.jpg").status_code == 200
