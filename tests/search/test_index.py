"""The words of the index follow the texts, whoever changes them."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update
from sqlmodel import col, func, select

from relay.models import Clip, Post, SearchChange, SearchWord, Video
from relay.search import index


@pytest.mark.slow
def test_every_text_of_a_clip_is_searched(relay, town, finds):
    one = town.has_clip(name="Мария Журавлёва", town="Волхов", text="Письма с фронта", author="Пётр", title="Прадед")
    other = town.has_clip(name="Игорь", town="Тосно", text="Стихи", author="Анна", title="Бабушка")
    for sought in ("журавлевой", "Волхове", "письмо", "петра", "прадеду", "мария стихи письмо"[:5], "письмо волхове"):
        assert finds(sought) == [one], sought
    assert finds("Волхов Тосно") == []
    assert finds("стихами бабушке") == [other]
    assert finds("") == finds("…") == [one, other]


@pytest.mark.slow
def test_the_last_word_need_not_be_typed_to_its_end(town, finds):
    one = town.has_clip(town="Лодейное Поле")
    assert finds("лоде") == finds("поле лоде") == [one]
    assert finds("лоде ") == finds("лоде поле") == [], "a word that is followed by another one is whole"
    assert finds("ло") == [], "too many words begin so"


@pytest.mark.slow
def test_a_change_of_any_text_by_anybody_is_found(relay, town, finds):
    clip = town.has_clip(name="Ольга", text="Было", title="Раньше", author="Пётр")
    assert finds("ольга") == [clip]
    changes = ((Clip, {"name": "Тамара"}), (Post, {"text": "Стало"}), (Video, {"title": "Теперь"}))
    for table, values in changes:
        with relay.transaction() as session:
            session.exec(update(table).values(**values))
    assert finds("тамара стало теперь") == [clip]
    assert finds("было") == finds("раньше") == finds("ольгу") == []


@pytest.mark.slow
def test_what_changes_no_text_leaves_nothing_to_do(relay, town, finds):
    town.has_clip()
    finds("письмо")
    with relay.transaction() as session:
        session.exec(update(Clip).values(shots_failed=True, name=""))
        session.exec(update(Post).values(last_seen_at=relay.now()))
    with relay.reading() as session:
        assert session.exec(select(func.count()).select_from(SearchChange)).one() == 0


@pytest.mark.slow
def test_a_change_that_is_taken_back_is_not_noted(relay, town, finds):
    clip = town.has_clip(name="Ольга")
    finds("ольга")
    with pytest.raises(RuntimeError), relay.transaction() as session:
        session.exec(update(Clip).values(name="Тамара"))
        raise RuntimeError
    assert (finds("ольга"), finds("тамара")) == ([clip], [])


@pytest.mark.slow
def test_whoever_waits_is_told_what_is_left(relay, town, monkeypatch):
    monkeypatch.setattr(index, "CHUNK", 2)
    town.has_clip()
    town.has_clip()
    assert index.catch_up(relay.store, chunks=1) == 4
    assert index.catch_up(relay.store) == 0


@pytest.mark.slow
def test_words_that_are_wrong_are_found_and_written_anew(relay, town, finds):
    clip = town.has_clip(name="Ольга")
    finds("ольга")
    assert index.wrong(relay.store) == 0
    with relay.transaction() as session:
        session.exec(update(SearchWord).where(col(SearchWord.word) == "ольга").values(word="другая"))
    assert index.wrong(relay.store) > 0
    index.rebuild(relay.store)
    assert (index.wrong(relay.store), finds("ольга")) == (0, [clip])


@pytest.mark.slow
def test_every_table_of_texts_has_its_triggers(relay):
    with relay.reading() as session:
        assert index.is_told_of_changes(session)


DROP_TRIGGER = {
    "sqlite": "DROP TRIGGER search_clip_changed",
    "postgresql": "DROP TRIGGER search_clip_changed ON clip",
}


def test_twin_without_a_trigger_a_change_is_not_found_and_doctor_says_so(relay, town, finds):
    town.has_clip(name="Ольга")
    finds("ольга")
    with relay.transaction() as session:
        session.connection().execute(text(DROP_TRIGGER[relay.store.engine.dialect.name]))
        session.exec(update(Clip).values(name="Тамара"))
    assert finds("тамара") == []
    with relay.reading() as session:
        assert not index.is_told_of_changes(session)


@pytest.mark.slow
def test_posts_are_found_by_their_words_and_their_videos(relay, town):
    town.has_clip(text="Письма", title="Прадед", author="Пётр")
    town.has_clip(text="Стихи", author="Анна")
    index.catch_up(relay.store)
    with relay.reading() as session:
        for sought, expected in (("письмо", ["Письма"]), ("прадеда", ["Письма"]), ("анне", ["Стихи"]), ("мга", [])):
            found = session.exec(select(Post.text).where(*index.posts_with(sought))).all()
            assert list(found) == expected, sought
