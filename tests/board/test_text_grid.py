from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import event

from relay.board import figures, grid, tables, text_grid
from relay.board.grid import AgeGroup, CampaignText, Participants
from relay.board.tables import BoardTable, TableText
from relay.board.text_grid import HeardReadings, TextCell
from relay.models import Clip, ClipState, QuoteVerdict, ReadingAnswer, ReadingBasis, ReadingProposal
from tests.board.region import Region

TEXTS = [CampaignText("1", "Письмо"), CampaignText("2", "Дневник")]


def some(district: str, text: str, clips: int = 1, state: ClipState = ClipState.approved) -> Participants:
    return Participants(district, "", text, AgeGroup.unknown, False, state, clips)


def proposes(region: Region, clip: int, number: str, place: int = 0, **other: object) -> None:
    told = {"verdict": QuoteVerdict.read, "answer": ReadingAnswer.proposed, **other}
    row = ReadingProposal(
        clip_id=clip, place=place, number=number, evidence=0.9, margin=0.5, covered=1.0, first=0, last=9, start=0.0,
        end=9.0, basis=ReadingBasis.heard, at=region.relay.now(), **told,
    )  # fmt: skip
    with region.relay.transaction() as session:
        session.add(row)


def test_a_cell_for_every_text_and_district():
    found = [
        some("Лужский", "1", 2), some("Лужский район", "1", state=ClipState.later), some("", "2", 3),
        some("Лужский", "9"), some("Тосненский", ""),
    ]  # fmt: skip
    heard = [HeardReadings("Лужский район", "2", 4), HeardReadings("Кировский", "9", 5)]
    made = text_grid.text_grid(found, heard, TEXTS, ["Волховский"])
    assert made.districts == ["Волховский", "Лужский", "Тосненский", ""]
    assert made.cells == [
        TextCell("Лужский", "1", 2, 1, 0), TextCell("Лужский", "2", 0, 0, 4), TextCell("", "2", 3, 0, 0),
    ]  # fmt: skip
    assert (made.read, made.pairs) == (1, 6)
    assert [[cell.approved for cell in row] for _, row in made.rows()] == [[0, 2, 0, 0], [0, 0, 0, 3]]


def test_without_texts_or_clips_there_is_nothing():
    assert text_grid.text_grid([], [], TEXTS, []).rows() == [(TEXTS[0], []), (TEXTS[1], [])]
    assert text_grid.text_grid([some("А", "1")], [], [], []).pairs == 0


def test_all_spellings_of_a_district_are_one_column():
    found = [some("Лужский", "1", 2), some("Лужский район", "1"), some("", "1")]
    assert text_grid.spellings(found) == {"Лужский": ["Лужский", "Лужский район"]}


@pytest.mark.slow
def test_what_was_heard_counts_until_somebody_has_said_anything(region):
    region.has_text("1", "Письмо")
    region.has_text("2", "Дневник")
    first = region.has_reader(district="Лужский", town="Луга")
    told = region.has_reader(district="Лужский", town="Луга", quote="1")
    gone = region.has_reader(district="Лужский", town="Луга", state=ClipState.rejected)
    proposes(region, first, "1")
    proposes(region, first, "1", 1)
    proposes(region, first, "2", 2, verdict=QuoteVerdict.unsure)
    proposes(region, told, "1")
    proposes(region, told, "2", 1, answer=ReadingAnswer.refused)
    proposes(region, gone, "2")
    assert figures.board(region.relay, region.slug).texts.cells == [TextCell("Лужский", "1", 1, 0, 1)]
    text = "".join(tables.csv_lines(region.relay, region.slug, BoardTable.readings, TableText(str, str, ",")))
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert [(row["Number of the text"], row["Approved"], row["Heard, not confirmed"]) for row in rows] == [
        ("1", "1", "1"), ("2", "0", "0"),
    ]  # fmt: skip


@pytest.mark.slow
def test_as_many_statements_for_many_clips_as_for_one(region):
    region.has_text("1", "Письмо")
    asked = []

    def statements() -> int:
        asked.clear()
        with region.relay.reading() as session:
            campaign = session.get_one(grid.Campaign, 1)
            asked.clear()
            text_grid.read(session, campaign)
        return len(asked)

    event.listen(region.relay.store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    for number in range(3):
        proposes(region, region.has_reader(district=f"Район {number}", town="Луга"), "1")
        assert statements() == statements()
        if number == 0:
            few = statements()
    assert statements() == few
    with region.relay.reading() as session:
        assert len(text_grid.heard(session, session.get_one(grid.Campaign, 1))) == 3
        assert session.get(Clip, 1) is not None
