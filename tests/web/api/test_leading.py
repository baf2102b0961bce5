"""What an organizer changes of a campaign, by programs."""

from __future__ import annotations

import pytest

from relay.collect import campaigns, sources
from relay.collect.leading import settings
from relay.collect.leading.pasting import PasteOutcome
from relay.web.api.routes import sources as routes
from tests.web.api.conftest import fails

HERE = "/campaigns/proryv80"


@pytest.mark.slow
def test_settings_are_changed_field_by_field(relay, town, program):
    olga = program("olga")
    before = olga.reads(f"{HERE}/settings")
    assert before["contact"] == ""
    told = olga.does("PATCH", f"{HERE}/settings", contact="Ольга, 12-34", districts="Волхов\nЛуга")
    assert told == {**before, "contact": "Ольга, 12-34", "districts": "Волхов\nЛуга"}


@pytest.mark.slow
def test_two_who_change_the_same_field_lose_nothing(relay, town, program):
    olga = program("olga")
    seen = olga.get(f"{HERE}/settings")
    settings.change(relay, "proryv80", {"contact": "Анна"}, {"contact": ""}, person="Анна")
    told = fails(olga.patch(f"{HERE}/settings", json={"contact": "Ольга", "seen": {"contact": ""}}), 409, "stale")
    assert "Анна" in told["detail"]
    late = {"if-match": seen.headers["etag"]}
    fails(olga.patch(f"{HERE}/settings", json={"contact": "Ольга"}, headers=late), 412, "changed")
    assert olga.reads(f"{HERE}/settings")["contact"] == "Анна"
    assert olga.does("PATCH", f"{HERE}/settings", title="Прорыв", seen={"title": olga.reads(HERE)["title"]})["title"]


@pytest.mark.slow
def test_tags_come_and_go(relay, town, program):
    olga = program("olga")
    assert olga.does("POST", f"{HERE}/hashtags", 201, tag="#Ладога")["posts"] == 0
    olga.does("POST", f"{HERE}/aliases", 201, tag="#ладогу")
    status = olga.does("DELETE", f"{HERE}/tags/ладогу")
    assert ("#Ладога" in status["hashtags"], status["aliases"]) == (True, [])
    fails(olga.delete(f"{HERE}/tags/none"), 404, "not-found")


@pytest.mark.slow
def test_into_the_archive_and_out_again(town, program):
    olga = program("olga")
    fails(olga.post(f"{HERE}/archive"), 400, "refused")
    olga.does("POST", f"{HERE}/stop")
    assert olga.does("POST", f"{HERE}/archive")["state"] == "archived"
    assert olga.does("POST", f"{HERE}/bring-back")["state"] == "stopped"
    fails(olga.put(f"{HERE}/window", json={"opens": "2030-01-01", "closes": "2030-01-02"}), 400, "refused")


@pytest.mark.slow
def test_days_are_moved_before_it_starts(relay, town, program):
    campaigns.new(relay, slug="spring", title="Весна", hashtags=["#весна"], opens="2030-03-01", closes="2030-03-08",
                  tz="Europe/Moscow")  # fmt: skip
    told = program("olga").does("PUT", "/campaigns/spring/window", opens="2030-04-01", closes="2030-04-08")
    assert (told["opens"][:10], told["closes"][:10]) == ("2030-04-01", "2030-04-08")


def test_many_sources_at_once_are_each_answered(relay, town, program):
    relay.sources["vk"].knows("gorod", "-1", "Город")
    olga = program("olga")
    told = olga.does("POST", f"{HERE}/sources/several", addresses=["vk:gorod, Луга", "vk:gorod", "tg:x"])
    outcomes = [PasteOutcome.found, PasteOutcome.twice, PasteOutcome.unknown]
    assert [line["outcome"] for line in told] == [outcome.value for outcome in outcomes]
    (source,) = olga.reads(f"{HERE}/sources")
    assert source["district"] == "Луга"
    place = f"{HERE}/sources/{source['id']}/district"
    assert olga.does("PUT", place, district="Мга", seen="Луга")["district"] == "Мга"
    fails(olga.put(place, json={"district": "Волхов", "seen": "Луга"}), 409, "stale")


LOCAL = "folder:/etc"


@pytest.mark.slow
def test_files_of_the_machine_are_no_source_for_whoever_asks_from_elsewhere(relay, town, program):
    told = fails(program("olga").post(f"{HERE}/sources", json={"address": LOCAL}), 400, "refused")
    assert "command line" in told["detail"]
    (line,) = program("olga").does("POST", f"{HERE}/sources/several", addresses=[LOCAL])
    assert line["outcome"] == "not here"
    assert sources.listing(relay, "proryv80") == []


@pytest.mark.slow
def test_twin_without_the_guard_the_machine_is_asked(relay, town, program, monkeypatch):
    asked = []
    monkeypatch.setattr(routes.pasting, "is_on_this_machine", lambda _address: False)
    monkeypatch.setattr(routes.sources, "add", lambda _relay, _slug, address, **_more: asked.append(address))
    with pytest.raises(AttributeError):
        program("olga").post(f"{HERE}/sources", json={"address": LOCAL})
    assert asked == [LOCAL]
