from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused
from relay.models import Clip, Quote, Source, Spotting, Video
from relay.moderation import desk
from relay.moderation.suggestions import service


def proposed(relay, clip):
    return {one.field.value: one.value for one in service.of_clip(relay, clip)}


def change(relay, kind, number, **values):
    with relay.transaction() as session:
        row = session.get_one(kind, number)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_the_clip_s_own_words_are_read(relay, town):
    clip = town.has_clip(text="Читает Мария Журавлёва, 9 лет, Луга. #proryv80", author="Ольга Журавлёва")
    assert proposed(relay, clip) == {"name": "Мария Журавлёва", "town": "Луга", "age": "9"}


def test_the_description_of_the_video_is_read(relay, town):
    clip = town.has_clip(text="", author="Ольга")
    change(relay, Video, 1, description="Читает Мария Журавлёва, г. Луга")
    assert proposed(relay, clip) == {"name": "Мария Журавлёва", "town": "Луга"}


@pytest.mark.slow
def test_what_is_filled_already_is_not_proposed(relay, town):
    clip = town.has_clip(name="Маша", text="Читает Мария Журавлёва, Луга")
    assert proposed(relay, clip) == {"town": "Луга"}


@pytest.mark.slow
def test_the_campaign_s_texts_towns_and_the_source_s_district(relay, town):
    first = town.has_clip(town="Назия", text="")
    desk.edit(relay, first, person="Анна", district="Кировский район")
    clip = town.has_clip(text="Отрывок № 7. Хор ветеранов, Назия", author="")
    with relay.transaction() as session:
        session.add(Quote(campaign_id=town.campaign_id, number="7", text="Хлеб", author="Д. Гранин"))
    assert proposed(relay, clip) == {"town": "Назия", "district": "Кировский район", "quote": "7"}
    other = town.has_clip(text="Читаем вслух", author="")
    source = Source(
        campaign_id=town.campaign_id, address="vk:club1", network="vk", district="Тосненский район",
        created_at=relay.now(),
    )  # fmt: skip
    with relay.transaction() as session:
        session.add(source)
        session.flush()
        post = desk.show(relay, other).posts[0].id
        session.add(Spotting(post_id=post, source_id=source.id or 0, at=relay.now()))
    assert proposed(relay, other) == {"district": "Тосненский район"}


@pytest.mark.slow
@pytest.mark.parametrize(("author_id", "name"), [("105", "Анна Крылова"), ("-105", None)])
def test_a_public_s_name_is_nobody_s(relay, town, author_id, name):
    clip = town.has_clip(text="Читаем вслух", author="Анна Крылова")
    change(relay, Video, 1, author="Анна Крылова", author_id=author_id)
    assert proposed(relay, clip).get("name") == name


def test_taking_fills_the_fields_and_leaves_the_words_on_record(relay, town):
    clip = town.has_clip(text="Читает Мария Журавлёва из Волхова")
    shown = service.take(relay, clip, ["all"], person="Анна")
    assert (shown.participant.name, shown.participant.town) == ("Мария Журавлёва", "Волхов")
    edited, taken = shown.history
    assert edited.changes == {"name": ["", "Мария Журавлёва"], "town": ["", "Волхов"]}
    assert (taken.person, taken.verdict) == ("Анна", "taken from words")
    assert "«Читает Мария Журавлёва из Волхова»" in taken.reason
    assert proposed(relay, clip) == {}


@pytest.mark.slow
def test_one_is_taken_by_itself(relay, town):
    clip = town.has_clip(text="Читает Мария Журавлёва из Волхова")
    service.take(relay, clip, ["town:Волхов"], person="Анна")
    with relay.reading() as session:
        assert session.exec(select(Clip.name, Clip.town)).one() == ("", "Волхов")


@pytest.mark.slow
def test_nothing_else_can_be_taken(relay, town):
    clip = town.has_clip(text="Читает Мария Журавлёва из Волхова")
    for chosen in (["town:Луга"], ["town:Волхов", "name:Ольга"], ["state:approved"], []):
        with pytest.raises(Refused, match="not proposed"):
            service.take(relay, clip, chosen, person="Анна")
    with pytest.raises(NotFound):
        service.take(relay, 99, ["all"], person="Анна")
    assert desk.show(relay, clip).participant.town == ""


def test_nothing_is_written_by_itself(relay, town):
    clip = town.has_clip(text="Читает Мария Журавлёва из Волхова")
    service.of_clip(relay, clip)
    shown = desk.show(relay, clip)
    assert (shown.participant.name, shown.history) == ("", [])
