"""Rows that were written before sentences kept their words (migration 0006)."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select

from relay.language.catalogue import translator
from relay.language.sentence import as_sentence, recalled, stored
from relay.models import Alert, Event
from relay.store import Store

sentences = import_module("relay.migrations.versions.0006_sentences")


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("VK asks for a captcha.", "ВКонтакте просит ввести капчу."),
        (
            "The wall of “Тихвин сегодня. Новости” is closed. Ask its owner to open it, or hand in links with: "
            "relay post add",
            "Стена «Тихвин сегодня. Новости» закрыта. Попросите владельца открыть доступ или передавайте ссылки "
            "командой relay post add",
        ),
        ("Тихвин (vk:club1): The community is closed.", "Тихвин (vk:club1): Сообщество закрыто."),
        ("Only 1.5 GB are free, Relay keeps 2.", "Свободно только 1,5 ГБ, а Relay оставляет 2."),
        ("vk:club1: readings in a row that failed: 3. VK took too long.",
         "vk:club1: подряд не удалось прочитать, раз: 3. ВКонтакте отвечала слишком долго."),
        ("Posts that could not be read: 1; the first: wall-1_9: it has no date.",
         "Не удалось разобрать постов: 1; первый из них: wall-1_9: у записи нет даты."),
        ("tosno/5: it does not say which message it is", "tosno/5: не сказано, какое это сообщение"),
        ("https://s47.example/a: no network that Relay reads",
         "https://s47.example/a: это не сеть, которую читает Relay"),
        ("Links to vk behind which is nothing that we may see: 1 of 2",
         "Ссылки на vk, за которыми нет ничего доступного нам: 1 из 2"),
        ("OK shows the newest 7 videos of this group only, and all of them are newer than asked for",
         "ОК показывает из видео этой группы только 7, и все они новее, чем нужно"),
        ("клип.mp4: it is still being written; it will be taken at the next sweep",
         "клип.mp4: файл ещё записывается; он будет взят при следующем обходе"),
        ("Never heard of it. Try again.", "Never heard of it. Try again."),
        ("Анна: {name} 100%", "Анна: {name} 100%"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_line_that_was_kept_in_english_is_known_again(kept: str, told: str) -> None:
    again = as_sentence(sentences.known(kept) or kept)
    assert again == kept
    assert translator("ru").tell(recalled(stored(again))) == told


@pytest.mark.slow
def test_the_upgrade_turns_lines_into_sentences_and_the_way_back_into_lines(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    line, odd = "Тихвин (vk:club1): The community is closed.", '{"message": 1'
    details = {"why": "Only 1.5 GB are free, Relay keeps 2.", "posts": ["wall-1_9: it has no date"], "n": 1}
    with store.engine.connect() as connection:
        command.upgrade(store._alembic(connection), sentences.down_revision)
        alert = "INSERT INTO alert (key, text, action_url, times, first_at, last_at)"
        event = "INSERT INTO event (at, subject, subject_id, what, person, details)"
        at = "2023-01-12 00:00:00"
        for words in (line, odd):
            connection.execute(
                text(f"{alert} VALUES (:key, :text, '', 1, :at, :at)"), {"key": words, "text": words, "at": at}
            )
        values = {"details": json.dumps(details), "at": at}
        connection.execute(text(f"{event} VALUES (:at, 'source', 1, 'unreadable', '', :details)"), values)
        connection.commit()
        command.upgrade(store._alembic(connection), "head")
        connection.commit()
    with store.reading() as session:
        told, kept = session.exec(select(Alert.text).order_by(Alert.id)).all()
        assert (told, told.words["said"].message, kept) == (line, "The community is closed.", odd)
        (happened,) = session.exec(select(Event.details)).all()
    assert happened == details
    assert happened["why"].words == {"free": 1.5, "min_free_gb": 2.0}
    assert translator("ru").tell(happened["posts"][0]) == "wall-1_9: у записи нет даты"
    with store.engine.connect() as connection:
        command.downgrade(store._alembic(connection), sentences.down_revision)
        connection.commit()
        assert [row[0] for row in connection.execute(text("SELECT text FROM alert ORDER BY id"))] == [line, odd]
        assert json.loads(connection.execute(text("SELECT details FROM event")).scalar()) == details
    store.close()
