"""Clips are found by the words that were heard in them, and the place is told; the words go when the clip goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, delete, func, select, update

from relay.models import Campaign, Clip, ClipState, HeardRecording, SearchChange, SearchSubject, SearchWord
from relay.search import index, said
from tests.heard_rows import hearing, keeps
from tests.moderation.town import Town

SAYS = "Нас эвакуировали по льду Ладожского озера | и Пётр нёс письма. Тогда мы ещё верили."


def place(sought: str, says: str = SAYS) -> tuple[float, str] | None:
    found = said.found_in(hearing(says).as_json(), sought)
    return None if found is None else (found.at, found.text)


def test_the_second_at_which_a_word_is_said_is_told_with_the_words_around() -> None:
    assert place("эвакуация") is None
    assert place("эвакуировали") == (1.5, "Нас эвакуировали по льду Ладожского озера и Пётр …")
    words = "эвакуировали по льду Ладожского озера и Пётр нёс письма. Тогда мы ещё верили."
    assert place("Петра письмо") == (5.5, f"… {words}")
    assert place("еще") == place("ЕЩЁ") == (8.0, "… и Пётр нёс письма. Тогда мы ещё верили.")


def test_the_place_is_where_most_of_the_words_stand_together() -> None:
    says = "лёд и снег | потом долго шли люди по дороге и трещал лёд под ними"
    assert place("трещал лёд", says) == (7.0, "… долго шли люди по дороге и трещал лёд под ними")


def test_a_word_that_is_not_typed_to_its_end_is_found_from_three_letters_on() -> None:
    assert place("ладож") is not None
    assert place("ладож ") is place("ла") is place("") is None


@pytest.mark.slow
def test_clips_are_found_by_what_is_said_in_any_form_of_the_word(relay, town, finds):
    one, other = town.has_clip(name="Анна", text=""), town.has_clip(name="Глеб", text="")
    keeps(relay, one, hearing(SAYS))
    keeps(relay, other, hearing("We crossed the frozen lake", language="en"))
    for sought in ("озеро", "письмо", "петр", "ладожским", "ладож", "анна письма", "верила еще"):
        assert finds(sought) == [one], sought
    assert finds("crossing lakes") == [other]
    assert finds("письма lake") == []


@pytest.mark.slow
def test_what_a_newer_model_heard_takes_the_place_of_the_old(relay, town, finds):
    clip = town.has_clip()
    keeps(relay, clip, hearing("Мы делили хлеб ниткой"))
    assert finds("хлебом") == [clip]
    with relay.transaction() as session:
        session.exec(update(HeardRecording).values(at=relay.now() - timedelta(days=1)))
    keeps(relay, clip, hearing("Мы делили хлев ниткой", model="better"))
    assert (finds("хлебом"), finds("хлев")) == ([], [clip])
    keeps(relay, clip, hearing("Мы делили хлеб поровну", model="better"))
    assert (finds("хлебом"), finds("хлев")) == ([clip], [])
    keeps(relay, clip, hearing(model=""))
    assert finds("хлебом") == [clip], "a look without words says nothing against those that were heard"


@pytest.mark.slow
def test_withdrawal_and_erasure_take_the_words_away(relay, town, finds):
    first, second = town.has_clip(), town.has_clip()
    for clip in (first, second):
        keeps(relay, clip, hearing(SAYS))
    assert finds("эвакуировали") == [first, second]
    with relay.transaction() as session:
        session.get_one(Clip, first).state = ClipState.withdrawn
    assert finds("эвакуировали") == [second]
    with relay.transaction() as session:
        session.exec(delete(HeardRecording))
    assert finds("эвакуировали") == []
    with relay.reading() as session:
        heard = select(func.count()).select_from(SearchWord).where(col(SearchWord.subject) == SearchSubject.heard)
        assert session.exec(heard).one() == 0


@pytest.mark.slow
def test_a_clip_of_a_recording_that_was_heard_before_is_found_too(relay, town, finds):
    clip = town.has_clip()
    keeps(relay, clip, hearing(SAYS))
    other = Town(relay, "other")
    row = town.clip(clip)
    with relay.transaction() as session:
        assert session.get_one(Campaign, other.campaign_id)
        twin = Clip(
            campaign_id=other.campaign_id, sha256=row.sha256, video_id=row.video_id, created_at=relay.now(),
            published_at=relay.now(),
        )  # fmt: skip
        session.add(twin)
        session.flush()
        number = twin.id
    assert finds("эвакуировали") == [clip, number]
    with relay.transaction() as session:
        session.delete(session.get_one(Clip, number))
    assert finds("эвакуировали") == [clip]


@pytest.mark.slow
def test_a_decision_leaves_nothing_to_write_anew(relay, town, finds):
    clip = town.has_clip()
    keeps(relay, clip, hearing(SAYS))
    finds("эвакуировали")
    with relay.transaction() as session:
        session.get_one(Clip, clip).state = ClipState.approved
    with relay.reading() as session:
        assert session.exec(select(func.count()).select_from(SearchChange)).one() == 0


@pytest.mark.slow
def test_the_doctor_finds_wrong_words_and_writes_them_anew(relay, town, finds):
    clip = town.has_clip()
    keeps(relay, clip, hearing(SAYS))
    assert (finds("письмо"), index.wrong(relay.store)) == ([clip], 0)
    with relay.transaction() as session:
        session.exec(delete(SearchWord).where(col(SearchWord.subject) == SearchSubject.heard))
    assert index.wrong(relay.store) == 1
    index.rebuild(relay.store)
    assert (finds("письмо"), index.wrong(relay.store)) == ([clip], 0)


DROP_TRIGGER = {
    "sqlite": "DROP TRIGGER search_heard_new",
    "postgresql": "DROP TRIGGER search_heard_new ON heardrecording",
}


@pytest.mark.slow
def test_twin_without_its_trigger_what_was_heard_is_not_found_and_the_doctor_says_so(relay, town, finds):
    clip = town.has_clip()
    finds("эвакуировали")
    with relay.transaction() as session:
        session.connection().execute(text(DROP_TRIGGER[relay.store.engine.dialect.name]))
    keeps(relay, clip, hearing(SAYS))
    assert finds("эвакуировали") == []
    with relay.reading() as session:
        assert not index.is_told_of_changes(session)
    assert index.wrong(relay.store) == 1


@pytest.mark.slow
def test_the_database_looks_words_up_and_goes_through_nothing(relay, town):
    if relay.store.path is None:
        pytest.skip("a plan of SQLite")
    wanted = (
        select(Clip.id)
        .where(*index.clips_with("письмо озеро"))
        .compile(relay.store.engine, compile_kwargs={"literal_binds": True})
    )
    with relay.reading() as session:
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {wanted}").all()
    plan = "\n".join(row[3] for row in rows)
    assert "SCAN searchword" not in plan, plan
    assert "SEARCH searchword USING PRIMARY KEY (subject=? AND word=?)" in plan, plan
    assert "SCAN clip\n" not in f"{plan}\n", plan
