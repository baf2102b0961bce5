from __future__ import annotations

import html
import re

import pytest
from sqlmodel import select

from relay.intake.hand_in import hand_ins
from relay.models import Campaign, HandIn, Quote, TextOrigin
from relay.web.public import hand_in
from tests.web.conftest import InProcess
from tests.web.participant import FORM, PAGE, Participant
from tests.web.test_access import asked


@pytest.fixture
def person(relay, town, vera) -> Participant:
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    return Participant(relay, vera)


def rows(relay):
    with relay.reading() as session:
        return list(session.exec(select(HandIn)))


def told(page: str, field: str) -> str:
    """The sentence at a field."""
    match = re.search(rf'id="fault-{field}" role="alert"><svg.*?</svg>(.*?)</span>', page, re.DOTALL)
    return html.unescape(match[1]).strip() if match else ""


@pytest.mark.slow
def test_the_page_is_off_until_it_is_opened(relay, town, vera):
    answer = vera.get(PAGE)
    assert answer.status_code == 404
    assert "Nothing can be handed in here." in answer.text
    assert "Прорыв" not in answer.text
    assert vera.sends(PAGE, **FORM).status_code == 404
    assert "Sign in" not in answer.text, "a participant has no account"
    assert rows(relay) == []


@pytest.mark.slow
def test_where_the_text_is_from_may_be_told_or_not(relay, person):
    assert person.fills_in(origin="").status_code == 303
    assert person.hand_in.origin is TextOrigin.unknown
    answer = person.fills_in(origin="family", text_author=" прабабушка  Анна <Смирнова> ")
    assert (person.hand_in.origin, person.hand_in.text_author) == (TextOrigin.family, "прабабушка Анна <Смирнова>")
    receipt = person.browser.sees(f"{answer.headers['location']}?lang=en")
    assert "<dd>from the family&#39;s letters or diaries</dd>" in receipt
    assert "<dd>прабабушка Анна &lt;Смирнова&gt;</dd>" in receipt
    for language in ("en", "ru", "fr"):
        page = person.browser.sees(f"{PAGE}?lang={language}")
        assert [origin for origin in TextOrigin if f'name="origin" value="{origin}"' in page] == list(TextOrigin)
    assert person.fills_in(origin="attic").status_code == 400


@pytest.mark.slow
def test_it_asks_in_the_visitors_language(person):
    assert "Передать видео" in person.browser.sees(f"{PAGE}?lang=ru")
    page = person.browser.sees(f"{PAGE}?lang=en")
    assert "Hand in a video" in page
    assert "in the film “Прорыв. Голоса памяти”" in page


@pytest.mark.slow
def test_filled_in_it_gives_a_receipt_and_keeps_the_words_of_consent(relay, person):
    answer = person.fills_in()
    assert answer.status_code == 303
    hand_in = person.hand_in
    assert (hand_in.name, hand_in.town, hand_in.district, hand_in.age) == (
        "Вера Павлова",
        "Кировск",
        "Кировский",
        "60+",
    )
    assert (hand_in.origin, hand_in.contact, hand_in.state.value) == ("family", "vera@example.org", "begun")
    page = html.unescape(person.browser.sees(PAGE))
    sentences = hand_in.consent.split("\n")
    assert len(sentences) == 2
    for sentence in sentences:
        assert sentence in page
    assert f"№ {hand_in.number}" in person.sees()


@pytest.mark.slow
def test_consent_is_kept_in_the_language_in_which_it_was_read(person):
    person.browser.remembers("relay-language", "ru")
    person.fills_in()
    assert person.hand_in.consent.startswith("Я разрешаю показывать это видео")
    assert person.hand_in.language == "ru"


@pytest.mark.slow
def test_every_fault_stands_at_its_field_and_nothing_is_lost(relay, person):
    typed = {"way": "link", "url": "my video", "name": "В", "town": "Мга", "age": "14–17", "origin": "selection",
             "contact": "<b>+7</b>", "guardian": "", "agreed": ""}  # fmt: skip
    answer = person.fills_in(**typed)
    assert answer.status_code == 400
    page = answer.text
    assert told(page, "url").startswith("This is no link to a video."), "and not that its site is unknown"
    assert told(page, "name") == "Write the name as it should stand in the film."
    assert told(page, "quote") == "Write the number of the text."
    assert told(page, "agreed") == "Without this permission the video can't be taken."
    assert "under 18" in told(page, "guardian") and "under 18" in told(page, "guardian_agreed")
    assert told(page, "town") == ""
    for value in ("my video", "Мга", "&lt;b&gt;+7&lt;/b&gt;", "Кировский"):
        assert f'value="{value}"' in page
    for value in ("link", "14–17", "selection"):
        assert f'value="{value}" checked' in page
    assert "6 things are missing." in page
    assert rows(relay) == []


@pytest.mark.slow
def test_a_child_needs_a_guardians_word(person):
    person.fills_in(age="14–17", guardian="Мария Павлова", guardian_agreed="yes")
    assert person.hand_in.guardian == "Мария Павлова"
    assert person.hand_in.consent.split("\n")[2].endswith("I allow all that is written above. — Мария Павлова")


@pytest.mark.slow
def test_a_link_of_a_network_that_is_read_waits_at_once(person):
    answer = person.fills_in(way="link", url="vk.com/video1_2")
    assert answer.status_code == 303
    assert (person.hand_in.url, person.hand_in.state.value) == ("https://vk.com/video1_2", "waiting")
    assert person.headline() == "Thank you! The link is here."
    answer = person.fills_in(way="link", url="https://evil.example/video/1")
    assert told(answer.text, "url").startswith("Videos from this site can't be taken.")


@pytest.mark.slow
def test_a_text_of_the_selection_is_known_by_its_number(relay, town, person):
    with relay.transaction() as session:
        session.add(Quote(campaign_id=town.campaign_id, number="7", text="…"))
    answer = person.fills_in(origin="selection", quote="99")
    assert told(answer.text, "quote") == "There is no text No. 99 in the selection."
    assert person.fills_in(origin="selection", quote="№ 7").status_code == 303
    assert person.hand_in.quote == "7"


def test_what_only_a_program_fills_in_is_noticed(relay, person):
    answer = person.fills_in(website="https://spam.example")
    assert answer.status_code == 400
    assert told(answer.text, "website") == "Leave this field empty, please."
    assert rows(relay) == []


@pytest.mark.slow
def test_twin_without_that_field_the_program_gets_a_receipt(relay, person):
    assert person.fills_in().status_code == 303


@pytest.mark.slow
def test_a_flood_is_refused_and_what_was_typed_stays(relay, person):
    for _ in range(relay.settings.hand_ins_per_hour):
        assert person.fills_in().status_code == 303
    answer = person.fills_in(name="Шестая")
    assert answer.status_code == 429
    assert "From this address 5 videos were handed in already." in answer.text
    assert 'value="Шестая"' in answer.text
    assert len(rows(relay)) == 5


@pytest.mark.slow
def test_twin_without_the_limit_the_flood_goes_on(relay, person):
    relay.settings.hand_ins_per_hour = relay.settings.hand_ins_per_day = 0
    for _ in range(7):
        assert person.fills_in().status_code == 303


@pytest.mark.slow
def test_addresses_are_not_kept_and_one_home_is_one_visitor(app, person, monkeypatch):
    person.fills_in()
    assert re.fullmatch(r"[0-9a-f]{64}", person.hand_in.visitor)
    assert "192.0.2.1" not in repr(person.hand_in.model_dump())

    class Asking:
        def __init__(self, host):
            self.app, self.client = app, type("Client", (), {"host": host})

    digests = [hand_in.visitor_digest(Asking(host)) for host in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")]
    assert digests[0] == digests[1] != digests[2]
    assert hand_in.visitor_digest(Asking("192.0.2.1")) == person.hand_in.visitor


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}], ids=str)
def test_another_site_can_t_fill_it_in(relay, person, headers):
    token = person.browser.token()
    assert person.browser.post(PAGE, data={"form_token": token, **FORM}, headers=headers).status_code == 403
    assert rows(relay) == []


@pytest.mark.slow
def test_a_page_that_was_open_for_too_long_leads_back_to_itself(person):
    answer = person.browser.post(PAGE, data={"form_token": "old", **FORM})
    assert answer.status_code == 403
    assert f'href="{PAGE}"' in answer.text
    assert "/sign-in" not in answer.text


@pytest.mark.slow
def test_strangers_texts_are_only_text(person):
    evil = '"><script>alert(1)</script>{{7*7}}'
    person.fills_in(name=evil, town=evil, contact=evil)
    page = person.sees()
    assert "<script>alert" not in page
    assert html.escape("<script>") in page


@pytest.mark.slow
def test_a_campaign_s_title_can_t_break_the_sentence_of_consent(relay, town, person):
    with relay.transaction() as session:
        campaign = session.get_one(Campaign, town.campaign_id)
        campaign.title = "{title} <b> {0}"
        session.add(campaign)
    assert "“{title} &lt;b&gt; {0}”" in person.browser.sees(PAGE)
    assert person.fills_in().status_code == 303


@pytest.mark.slow
def test_behind_a_proxy_each_visitor_counts_for_themselves(app, person):
    """What a proxy on this machine says is believed by uvicorn before we see it; here another client is another one."""
    person.fills_in()
    other = InProcess(app, raises=True)
    other.inner.client = ("198.51.100.7", 1)
    person.browser._transport = other
    first = person.hand_in.visitor
    person.fills_in()
    assert person.hand_in.visitor != first


@pytest.mark.slow
def test_the_empty_form_says_what_may_be_sent(relay, person):
    relay.settings.max_video_mb, relay.settings.max_video_seconds = 100, 659.0
    page = person.browser.sees(PAGE)
    assert "Up to 100 megabytes and 10 minutes." in page
    assert " checked" not in page
    assert 'role="alert"' not in page
    assert "in the film “Прорыв. Голоса памяти”" in page


@pytest.mark.slow
def test_who_hands_in_too_much_is_told_and_keeps_what_was_typed(relay, person):
    relay.settings.hand_ins_per_hour = 1
    answer = person.fills_in()
    assert (answer.status_code, answer.headers["location"][:9]) == (303, "/receipt/")
    answer = person.fills_in(name="Шестая")
    assert answer.status_code == 429
    assert '<p class="notice" role="alert">From this address 1 ' in answer.text
    assert 'value="Шестая"' in answer.text
    assert len(rows(relay)) == 1
    assert (rows(relay)[0].language, len(rows(relay)[0].visitor)) == ("en", 64)


def digest(address: str | None) -> str:
    request = asked()
    request.scope["client"] = None if address is None else (address, 1)
    return hand_in.visitor_digest(request)


def test_visitors_are_told_apart_without_their_addresses():
    home, other = digest("192.0.2.1"), digest("192.0.2.2")
    assert home == digest("192.0.2.1")
    assert len({home, other, digest("testclient"), digest(None), digest("2001:db8::1")}) == 5
    assert re.fullmatch(r"[0-9a-f]{64}", home)
    assert digest(None) == digest("")


def test_a_homes_whole_network_is_one_visitor_in_ipv6_only():
    home = digest("2001:db8:1:2::1")
    assert home == digest("2001:db8:1:2:ffff:ffff:ffff:ffff") == digest("2001:db8:1:2::1%eth0")
    assert home != digest("2001:db8:1:3::1"), "the neighbours"
    assert digest("2001:db8:1:2:8000::1") == home, "and nothing finer"
