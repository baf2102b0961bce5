from __future__ import annotations

import html
import re

import pytest
from sqlmodel import select

from relay.collect import campaigns
from relay.collect.leading import life, settings
from relay.models import CampaignState, Event, EventKind, Role
from relay.moderation.people import accounts, roles

HERE = "/campaigns/proryv80/settings"


def hidden(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def kinds(relay) -> list[str]:
    with relay.reading() as session:
        return [what.value for what in session.exec(select(Event.what).order_by(Event.id))]


@pytest.mark.slow
def test_texts_are_saved_and_said_to_be(relay, town, olga):
    fields = {"title": "Голоса", "guidelines": "Одобряем\r\nвсё", "districts": "Волховский\r\nМга"}
    was = {f"was_{name}": text for name, text in settings.shown(relay, "proryv80").items()}
    assert olga.sends(HERE, draft="settings-1", **fields, **was).headers["location"] == f"{HERE}?done=saved"
    page = olga.sees(HERE)
    assert "Одобряем\nвсё</textarea>" in page
    assert campaigns.get(relay, "proryv80").title == "Голоса"
    assert EventKind.settings_changed.value in kinds(relay)


@pytest.mark.slow
def test_a_conflict_shows_both_and_keeps_what_was_typed(relay, town, olga):
    was = {f"was_{name}": text for name, text in settings.shown(relay, "proryv80").items()}
    settings.change(relay, "proryv80", {"title": "Их название", "contact": "Им"}, settings.shown(relay, "proryv80"),
                    person="Анна")  # fmt: skip
    answer = olga.sends(HERE, title="Моё название", guidelines="Моё правило", **was)
    assert answer.status_code == 409
    assert "Анна has changed the same settings meanwhile." in answer.text
    assert 'value="Моё название"' in answer.text
    assert "Моё правило</textarea>" in answer.text
    assert '<td class="guidelines">Их название</td>' in answer.text
    assert hidden(answer.text, "was_title") == "Их название", "pressed again, it is meant"
    assert campaigns.get(relay, "proryv80").title == "Их название"
    again = {f"was_{name}": hidden(answer.text, f"was_{name}") for name in ("title", "guidelines")}
    assert olga.sends(HERE, title="Моё название", guidelines="Моё правило", **again).status_code == 303
    assert campaigns.get(relay, "proryv80").title == "Моё название"


def test_what_can_not_be_kept_is_told_and_stays_in_its_field(town, olga):
    answer = olga.sends(HERE, title=" ", was_title="Прорыв. Голоса памяти", contact="Я", was_contact="")
    assert answer.status_code == 400
    assert "The campaign needs a title." in answer.text
    assert ">\nЯ</textarea>" in answer.text


@pytest.mark.slow
def test_tags_come_and_go(relay, town, olga):
    assert olga.sends(f"{HERE}/tags", deed="hashtag", tag="Прорыв80").headers["location"] == f"{HERE}?done=tag"
    assert olga.sends(f"{HERE}/tags", deed="alias", tag="#прориф80").headers["location"] == f"{HERE}?done=tag"
    assert olga.sends(f"{HERE}/tags", deed="drop", tag="#proryv80").headers["location"] == f"{HERE}?done=dropped"
    found = campaigns.get(relay, "proryv80")
    assert (found.hashtags, found.aliases) == (["#Прорыв80"], ["#прориф80"])
    answer = olga.sends(f"{HERE}/tags", deed="alias", tag="про рыв!")
    assert (answer.status_code, 'value="про рыв!"' in answer.text) == (400, True)
    assert olga.sends(f"{HERE}/tags", deed="drop", tag="#Прорыв80").status_code == 400
    assert olga.sends(f"{HERE}/tags", deed="drop", tag="#other").status_code == 404


@pytest.mark.slow
def test_the_end_moves_later_and_somebody_elses_change_is_told(relay, town, olga):
    seen = hidden(olga.sees(HERE), "seen")
    answer = olga.sends(f"{HERE}/window", closes="17.01.2023", seen=seen)
    assert (answer.status_code, 'value="17.01.2023"' in answer.text) == (400, True)
    assert olga.sends(f"{HERE}/window", closes="25/01/2023", seen=seen).status_code == 400, "English asks which"
    assert olga.sends(f"{HERE}/window?lang=fr", closes="25/01/2023", seen=seen).status_code == 303
    now = campaigns.get(relay, "proryv80")
    assert campaigns.local(now, now.closes_at) == "2023-01-25T23:59:59+03:00"
    answer = olga.sends(f"{HERE}/window?lang=en", closes="26.01.2023", seen=seen)
    assert answer.status_code == 409
    assert "Somebody else has changed the days meanwhile." in answer.text
    assert 'value="26.01.2023"' in answer.text


@pytest.mark.slow
def test_before_it_starts_both_days_move(relay, olga):
    campaigns.new(relay, slug="spring", title="Весна", hashtags=["#весна"], opens="2023-03-01", closes="2023-03-08",
                  tz="Europe/Moscow")  # fmt: skip
    page = olga.sees("/campaigns/spring/settings")
    assert 'value="1 March 2023"' in page
    moved = {"opens": "2 March 2023", "closes": "9 March 2023", "seen": hidden(page, "seen")}
    assert olga.sends("/campaigns/spring/settings/window", **moved).status_code == 303
    found = campaigns.get(relay, "spring")
    assert campaigns.local(found, found.opens_at) == "2023-03-02T00:00:00+03:00"


@pytest.mark.slow
def test_it_is_stopped_archived_brought_back_and_started(relay, town, olga):
    for deed, state in (("stop", "stopped"), ("archive", "archived"), ("bring-back", "stopped"), ("start", "running")):
        assert olga.sends(f"{HERE}/state", deed=deed).headers["location"] == f"{HERE}?done={deed}"
        assert campaigns.get(relay, "proryv80").state is CampaignState(state)
        assert olga.get(f"{HERE}?done={deed}").status_code == 200
    assert olga.sends(f"{HERE}/state", deed="archive").status_code == 400, "it runs"
    assert olga.sends(f"{HERE}/state", deed="explode").status_code == 400


@pytest.mark.slow
def test_the_hand_in_page_is_switched_and_says_what_the_organizer_wrote(relay, town, olga, vera):
    was = settings.shown(relay, "proryv80")
    settings.change(relay, "proryv80", {"introduction": "Читаем <b>письма</b>.", "contact": "Библиотека",
                                        "districts": "Волховский"}, was, person="Ольга")  # fmt: skip
    assert vera.get("/take-part/proryv80").status_code == 404
    assert olga.sends(f"{HERE}/hand-in", is_open="true").status_code == 303
    page = vera.sees("/take-part/proryv80")
    assert "Читаем &lt;b&gt;письма&lt;/b&gt;." in page
    assert "Библиотека" in page
    assert '<option value="Волховский">' in page
    assert "http://desk.test/take-part/proryv80" in olga.sees(HERE)
    campaigns.stop(relay, "proryv80", person="Ольга")
    assert "because the campaign is over" in olga.sees(HERE)
    assert olga.sends(f"{HERE}/hand-in", is_open="false").status_code == 303
    assert not campaigns.get(relay, "proryv80").hand_in


@pytest.mark.slow
def test_comments_are_switched(relay, town, olga):
    assert olga.sends(f"{HERE}/comments", on="true").status_code == 303
    assert campaigns.get(relay, "proryv80").comments
    assert "Leave comments aside" in olga.sees(HERE)


@pytest.mark.slow
def test_guidelines_stand_folded_on_the_clips_page(relay, town, anna):
    clip = town.has_clip()
    assert "Guidelines for moderators" not in anna.sees(f"/clips/{clip}")
    was = settings.shown(relay, "proryv80")
    settings.change(relay, "proryv80", {"guidelines": "По <i>имени</i>."}, was, person="Ольга")
    page = anna.sees(f"/clips/{clip}")
    assert "По &lt;i&gt;имени&lt;/i&gt;." in page
    assert re.search(r"<details class=\"card guided\"><summary>", page), "folded"


@pytest.mark.slow
def test_whoever_organizes_one_campaign_leads_that_one_only(relay, town, visit):
    campaigns.new(relay, slug="spring", title="Весна", hashtags=["#весна"], opens="2023-03-01", closes="2023-03-08",
                  tz="Europe/Moscow")  # fmt: skip
    visit("anna")
    roles.set_role_in(relay, "anna", "proryv80", Role.organizer, person="Ольга")
    anna = visit("anna")
    assert accounts.of_login(relay, "anna").role is Role.moderator
    assert anna.get(HERE).status_code == 200
    assert anna.sends(f"{HERE}/state", deed="stop").status_code == 303
    assert "/tokens" not in anna.sees(HERE)
    for path in ("/campaigns/spring/settings", "/campaigns/spring/sources", "/new-campaign", "/tokens"):
        assert anna.get(path).status_code == 403, path
    assert anna.sends("/campaigns/spring/settings/state", deed="start").status_code == 403
    assert campaigns.get(relay, "spring").state is CampaignState.draft


@pytest.mark.slow
def test_in_the_archive_the_page_can_be_read_and_changes_nothing(relay, town, olga):
    campaigns.stop(relay, "proryv80", person="Ольга")
    life.archive(relay, "proryv80", person="Ольга")
    assert "Take it out of the archive" in olga.sees(HERE)
    assert olga.sends(HERE, title="Другое", was_title="Прорыв. Голоса памяти").status_code == 400
    assert "Другое" in olga.sends(HERE, title="Другое", was_title="Прорыв. Голоса памяти").text
    assert olga.sends(f"{HERE}/hand-in", is_open="true").status_code == 400
    assert olga.get("/campaigns/nothing/settings").status_code == 404
    for path in ("", "/state", "/tags", "/window", "/hand-in", "/comments"):
        assert olga.sends(f"/campaigns/nothing/settings{path}", deed="drop", tag="#a").status_code in (400, 404), path
