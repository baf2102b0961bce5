from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest

from relay import spreadsheets
from relay.board import tables
from relay.board.tables import BoardTable, SheetFormat, TableText
from relay.errors import NotFound, Refused
from relay.models import ClipState, Consent, ConsentScope, EventKind, Match, MatchKind, Post
from relay.moderation import audit
from relay.moderation.withdrawal import withdraw
from relay.spreadsheets import FORMULA
from relay.web.words.board import table_text
from tests.moderation.town import OPENS

PLAIN = TableText(str, str, ",")
EVIL = "=1+1"
PEOPLE_ARE_NAMED = {"name": "Ольга", "town": "Луга", "district": "Лужский", "age": "44"}


def read(region, table: BoardTable, told: TableText = PLAIN) -> list[dict[str, str]]:  # type: ignore[no-untyped-def]
    text = "".join(tables.csv_lines(region.relay, region.slug, table, told))
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=told.separator))


@pytest.mark.slow
def test_clips_with_who_reads_who_decided_and_when(region):
    clip = region.has_reader(**PEOPLE_ARE_NAMED, quote="7")
    region.decided(clip, "Вера", OPENS, ClipState.rejected)
    region.decided(clip, "Анна", OPENS + timedelta(hours=3))
    region.has_clip()
    first, second = read(region, BoardTable.clips)
    assert first == {
        "No.": str(clip), "State": "approved", "Name, as credited": "Ольга", "Town": "Луга", "District": "Лужский",
        "Age": "44", "Who reads": "", "Text that is read": "7", "Where the text is from": "",
        "Whose words they are": "", "Published": "2023-01-11 01:00:00",
        "Length, seconds": "42.5", "Decided by": "Анна", "Decided at": "2023-01-11 03:00:00", "Reason": "",
        "Link": "https://vk.com/video101_456001", "Receipt": "",
    }  # fmt: skip
    assert (second["State"], second["Decided by"]) == ("awaiting", "")


@pytest.mark.slow
def test_posts_that_are_ours_or_look_like_it(region):
    region.has_clip(text="Читаю.\nДвумя строками", match=MatchKind.near)
    turned_down = region.has_clip()
    with region.relay.transaction() as session:
        session.get_one(Match, turned_down).turned_down = "Анна"
    (row,) = read(region, BoardTable.posts)
    assert (row["Text"], row["Match"], row["Videos"]) == ("Читаю.\nДвумя строками", "near", "1")


@pytest.mark.slow
def test_a_participant_with_two_clips_is_one_row(region):
    for state in (ClipState.approved, ClipState.rejected):
        region.has_reader(**PEOPLE_ARE_NAMED, state=state)
    region.has_reader(name="Дина", age="9", guardian="Мария")
    region.has_reader()
    olga, dina, nameless = read(region, BoardTable.participants)
    assert (olga["Name, as credited"], olga["Clips"], olga["Approved"]) == ("Ольга", "2", "1")
    assert (dina["Parent or guardian"], dina["Contact"]) == ("Мария", "'+7 900")
    assert nameless["Name, as credited"] == "Ольга Смирнова"  # the account that published


@pytest.mark.slow
def test_the_newest_consent_counts_and_where_none_is_that_is_told(region):
    clip, other = region.has_reader(name="Ольга", guardian="Мария"), region.has_reader()
    with region.relay.transaction() as session:
        for scope in (ConsentScope.archive, ConsentScope.film):
            session.add(Consent(clip_id=clip, scope=scope, evidence="письмо", person="Анна", at=OPENS))
    first, second = read(region, BoardTable.consents)
    assert (first["Consent"], first["Where it is written"], first["Noted by"]) == ("film", "письмо", "Анна")
    assert (first["Parent or guardian"], first["Agreed to, word for word"]) == ("Мария", "Да")
    assert (second["Clip"], second["Consent"], second["Noted at"]) == (str(other), "unknown", "")


def test_who_took_a_clip_back_is_named_nowhere(region):
    clip = region.has_reader(**PEOPLE_ARE_NAMED, guardian="Мария")
    assert "Ольга" in str([read(region, table) for table in BoardTable])
    withdraw(region.relay, clip, reason="Просила", person="Анна")
    told = str([read(region, table) for table in BoardTable])
    assert not [word for word in ("Ольга", "Луга", "Мария", "Читаю") if word in told]
    assert read(region, BoardTable.participants) == []


@pytest.mark.slow
@pytest.mark.parametrize("table", BoardTable)
@pytest.mark.parametrize("language", ["en", "ru", "fr"])
def test_no_cell_of_any_table_is_a_formula(region, table, language):
    _write_formulas_everywhere(region)
    told = table_text(language)
    rows = read(region, table, told)
    assert any(EVIL in cell for row in rows for cell in row.values())
    assert not [cell for row in rows for cell in (*row, *row.values()) if cell.startswith(FORMULA)]


@pytest.mark.slow
def test_twin_a_table_that_does_not_care_runs_them(region, monkeypatch):
    _write_formulas_everywhere(region)
    monkeypatch.setattr(spreadsheets, "harmless", lambda cell: cell)
    assert [cell for row in read(region, BoardTable.clips) for cell in row.values() if cell.startswith(FORMULA)]


def _write_formulas_everywhere(region) -> None:  # type: ignore[no-untyped-def]
    words = ("name", "town", "district", "age", "relation", "quote", "reason")
    clip = region.has_reader(**dict.fromkeys(words, EVIL), guardian=EVIL)
    region.has_text(EVIL, EVIL)
    region.video_of(clip, url=EVIL, author=EVIL)
    region.decided(clip, EVIL, OPENS)
    with region.relay.transaction() as session:
        session.add(Consent(clip_id=clip, scope=ConsentScope.film, evidence=EVIL, person=EVIL, at=OPENS))
        post = session.get_one(Post, 1)
        post.text = post.author = post.url = post.network = EVIL


def test_words_of_the_program_are_told_in_the_readers_language(region):
    region.has_reader(reason="bad_quality: тихо", state=ClipState.rejected)
    (row,) = read(region, BoardTable.clips, table_text("ru"))
    assert row["Состояние"] == "Отклонён"
    assert row["Причина"].endswith("тихо")
    assert row["Причина"] != "bad_quality: тихо"


@pytest.mark.slow
def test_a_table_is_read_a_part_at_a_time(region, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 3)
    clips = [region.has_reader(name=f"Ольга {number}") for number in range(7)]
    for table in set(BoardTable) - {BoardTable.readings}:
        found = [int(next(iter(row.values()))) for row in read(region, table)]
        assert found == sorted(found)
        assert len(found) == len(clips)


@pytest.mark.slow
def test_taking_a_table_goes_on_record_and_writes_it(region, tmp_path, clock):
    region.has_reader(**PEOPLE_ARE_NAMED)
    for kind in SheetFormat:
        path = tmp_path / f"clips.{kind}"
        tables.take(region.relay, region.slug, BoardTable.clips, path, PLAIN, kind=kind, person="Ольга")
        assert path.stat().st_size > 100
    deeds = audit.listing(region.relay, audit.DeedFilter(kind=EventKind.table_taken))
    assert [(deed.person, deed.reason) for deed in deeds] == [("Ольга", "clips; xlsx"), ("Ольга", "clips; csv")]


def test_a_file_that_is_there_is_not_written_over_and_nothing_goes_on_record(region, tmp_path):
    path = tmp_path / "clips.csv"
    path.write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        tables.take(region.relay, region.slug, BoardTable.clips, path, PLAIN, kind=SheetFormat.csv, person="Ольга")
    with pytest.raises(Refused, match="can't be written"):
        nowhere = tmp_path / "none" / "clips.csv"
        tables.take(region.relay, region.slug, BoardTable.clips, nowhere, PLAIN, kind=SheetFormat.csv, person="Ольга")
    assert path.read_text() == "mine"
    assert audit.listing(region.relay, audit.DeedFilter(kind=EventKind.table_taken)) == []


@pytest.mark.slow
def test_of_a_campaign_that_is_not_there_no_file_is_left(region, tmp_path):
    path = tmp_path / "clips.csv"
    with pytest.raises(NotFound):
        tables.take(region.relay, "other", BoardTable.clips, path, PLAIN, kind=SheetFormat.csv, person="Ольга")
    assert not path.exists()


def test_what_there_is_no_table_of():
    assert tables.asked_for("clips", ".XLSX") == (BoardTable.clips, SheetFormat.xlsx)
    for what, suffix in (("accounts", ".csv"), ("clips", ".doc"), ("clips", "")):
        with pytest.raises(Refused):
            tables.asked_for(what, suffix)


def test_a_files_name_tells_campaign_table_and_day():
    name = tables.file_name("proryv80", BoardTable.posts, SheetFormat.csv, datetime(2023, 1, 12))  # noqa: DTZ001
    assert name == "proryv80-posts-2023-01-12.csv"
