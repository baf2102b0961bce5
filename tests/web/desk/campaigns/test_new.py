from __future__ import annotations

import re

import pytest

from relay.collect import campaigns, sources
from relay.collect.leading import drafts, opening
from relay.models import CampaignState, Role
from relay.moderation.people import accounts, sessions
from relay.sources.vk import token_check
from relay.sources.vk.token_check import TokenKind, TokenVerdict
from relay.web.desk.campaigns import questions
from tests.fakes.source import FakeSource, a_post, a_video
from tests.web.conftest import Browser

ALL = {
    "spellings": {"aliases": "#прорыв80", "slug": "proryv"},
    "window": {"tz": "Europe/Moscow", "opens": "11.01.2023", "closes": "18.01.2023"},
    "places": {"sources": "vk:club1, Тосненский\nvk:nobody\nvk:tag"},
    "people": {"moderators": "Анна Щербакова\nОльга"},
}


@pytest.fixture
def network(relay) -> FakeSource:
    relay.sources["vk"].has(a_post("Читаю #proryv80", "1", owner_id="-1", videos=(a_video("1"),)))
    return relay.sources["vk"]


def begun(olga: Browser, title: str = "Прорыв") -> str:
    answer = olga.sends("/new-campaign", title=title, hashtags="proryv80", language="fr")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[0]


def answered(olga: Browser, **other: dict[str, str]) -> str:
    here = begun(olga)
    for step, fields in {**ALL, **other}.items():
        assert olga.sends(f"{here}/{step}", **fields).status_code == 303, step
    return here


@pytest.mark.slow
def test_every_question_leads_to_the_next_one_and_proposes_an_answer(olga, network):
    here = begun(olga)
    assert here == "/new-campaign/1"
    assert 'value="#прорыв80"' in olga.sees(f"{here}/spellings")
    assert 'id="slug" name="slug" value="proryv80"' in olga.sees(f"{here}/spellings")
    assert "12 January 2023" in olga.sees(f"{here}/window"), "today, as English writes it"
    assert '<option value="Europe/Samara">' in olga.sees(f"{here}/window")
    assert "12.01.2023" in olga.sees(f"{here}/window?lang=ru")
    assert "12/01/2023" in olga.sees(f"{here}/window?lang=fr")
    assert "vk:tag" in olga.sees(f"{here}/places")
    for step, then in (("spellings", "window"), ("window", "places"), ("places", "token"), ("people", "try")):
        assert olga.sends(f"{here}/{step}", **ALL[step]).headers["location"] == f"{here}/{then}"
    assert olga.sends(f"{here}/token", token="").headers["location"] == f"{here}/people"
    assert "Go on with “Прорыв”" in olga.sees("/new-campaign?lang=en")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "field", "fields", "said"),
    [
        ("spellings", "aliases", {"aliases": "про рыв!"}, "is no hashtag"),
        ("spellings", "slug", {"slug": "Про"}, "is no short name"),
        ("window", "closes", {"closes": "18.1"}, "the year is missing"),
        ("window", "opens", {"opens": "01/02/2023"}, "which number is the day"),
        ("window", "closes", {"closes": "10.01.2023"}, "before it opens"),
        ("window", "tz", {"tz": "Moscow"}, "is no time zone"),
        ("places", "sources", {"sources": "# nothing"}, "needs a place"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_nothing_typed_is_lost(olga, network, step, field, fields, said):
    here = begun(olga)
    answer = olga.sends(f"{here}/{step}", **{**ALL[step], **fields})
    assert answer.status_code == 400
    assert re.search(rf'id="fault-{field}">.*?{re.escape(said)}', answer.text, re.DOTALL)
    assert f'aria-describedby="fault-{field}"' in answer.text
    assert fields[next(iter(fields))] in answer.text


@pytest.mark.slow
def test_without_a_title_or_a_tag_nothing_begins(relay, olga):
    answer = olga.sends("/new-campaign", title=" ", hashtags="про рыв!", language="ru")
    assert answer.status_code == 400
    assert "fault-title" in answer.text
    assert "fault-hashtags" in answer.text
    assert "про рыв!" in answer.text
    assert drafts.of(relay, accounts.of_login(relay, "olga")) == []


@pytest.mark.slow
def test_a_try_shows_figures_and_makes_nothing_and_they_are_there_after_a_break(relay, olga, network):
    here = answered(olga)
    assert olga.sends(f"{here}/try").headers["location"] == f"{here}/try"
    page = olga.sees(f"{here}/try")
    assert "<b>1</b> videos" in page
    assert "There is no vk:nobody." in page
    assert campaigns.all_campaigns(relay) == []
    assert olga.sends(f"{here}/window", **{**ALL["window"], "closes": "20.01.2023"}).status_code == 303
    assert "<b>1</b> videos" not in olga.sees(f"{here}/try"), "other days were not tried"


@pytest.mark.slow
def test_it_is_made_with_sources_and_people_and_the_draft_goes(relay, olga, network):
    here = answered(olga)
    page = olga.sends(f"{here}/make").text
    (made,) = campaigns.all_campaigns(relay)
    assert (made.state, made.slug, made.language, made.aliases) == (
        CampaignState.running, "proryv", "fr", ["#прорыв80"],
    )  # fmt: skip
    assert campaigns.local(made, made.closes_at) == "2023-01-18T23:59:59+03:00"
    assert [(row.address, row.district) for row in sources.listing(relay, "proryv")] == [
        ("vk:club1", "Тосненский"), ("vk:tag", ""),
    ]  # fmt: skip
    assert "1 source could not be added" in page
    assert ">\nvk:nobody</textarea>" in page, "ready to be put right"
    assert page.count("/sign-in/") == 1, "Olga has an account already"
    assert accounts.of_login(relay, "anna.shcherbakova").role is Role.moderator
    assert olga.get(f"{here}/try").status_code == 404
    assert olga.sends(f"{here}/make").status_code == 404, "pressed twice, made once"
    assert len(campaigns.all_campaigns(relay)) == 1


def test_what_was_tried_is_made_by_the_addresses_that_were_found(relay, olga, network):
    network.knows("gorod", "-9", "Город")
    here = answered(olga, places={"sources": "vk:gorod, Луга"})
    olga.sends(f"{here}/try")
    network.turns_away("vk:gorod")  # its name is somebody else's by now
    assert olga.sends(f"{here}/make").status_code == 200
    assert [(row.address, row.district) for row in sources.listing(relay, "proryv")] == [("vk:club9", "Луга")]


@pytest.mark.slow
def test_making_goes_on_after_a_break(relay, olga, network):
    here = answered(olga)
    opening.campaign_of(relay, drafts.get(relay, accounts.of_login(relay, "olga"), 1).answers, language="fr")
    assert olga.sends(f"{here}/make").status_code == 200
    assert len(campaigns.all_campaigns(relay)) == 1
    assert len(sources.listing(relay, "proryv")) == 2


@pytest.mark.slow
def test_what_is_not_answered_is_asked_before_anything_is_made(relay, olga, network):
    here = begun(olga)
    for deed in ("try", "make"):
        assert olga.sends(f"{here}/{deed}").headers["location"] == f"{here}/spellings"
    assert "One question is still open." in olga.sees(f"{here}/try")
    assert campaigns.all_campaigns(relay) == []


@pytest.mark.slow
def test_a_token_is_tested_kept_and_never_shown(olga, network, tmp_path, monkeypatch):
    wrong = TokenVerdict(TokenKind.wrong, "VK does not accept the access token.")
    works = TokenVerdict(TokenKind.service, "The token works: it is a service token.", may={"wall.get": True})
    verdicts = iter([wrong, works])
    monkeypatch.setattr(token_check, "probe", lambda *_words, **_more: next(verdicts))
    here = answered(olga)
    bad, good = (olga.sends(f"{here}/token", token=token) for token in ("bad-token", "good-token"))
    assert (bad.status_code, good.status_code) == (400, 200)
    assert (tmp_path / ".env").read_text("utf-8").endswith("RELAY_VK_TOKEN=good-token\n")
    assert "good-token" not in good.text + olga.sees(f"{here}/token")
    assert "bad-token" not in bad.text
    assert "Reads walls" in good.text


@pytest.mark.slow
def test_what_somebody_has_begun_is_theirs_alone(relay, app, olga, network):
    here = begun(olga)
    accounts.create(relay, "zoya", "Зоя", Role.organizer, password="password of zoya")
    zoya = Browser(app)
    zoya.remembers("relay", sessions.sign_in(relay, "zoya", "password of zoya"))
    for path in ("window", "try"):
        assert zoya.get(f"{here}/{path}").status_code == 404
    for path in ("window", "try", "make", "token"):
        assert zoya.sends(f"{here}/{path}", token="x", **ALL["window"]).status_code == 404
    zoya.sends(f"{here}/drop")
    assert olga.get(f"{here}/window").status_code == 200
    assert olga.sends(f"{here}/drop").headers["location"] == "/new-campaign"
    assert olga.get(f"{here}/window").status_code == 404


def test_zones_are_places_where_people_live():
    known = questions.zones()
    assert {"Africa/Abidjan", "Europe/Moscow", "Pacific/Wallis"} <= set(known)
    assert known == sorted(known)
    assert not [name for name in known if name.startswith(("Etc/", "posix/")) or "/" not in name]
