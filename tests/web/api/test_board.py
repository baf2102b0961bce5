"""The board's figures and the tables of a campaign, by programs."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest

from relay.models import ClipState
from tests.web.api.conftest import fails

pytestmark = pytest.mark.slow

HERE = "/campaigns/proryv80"


def test_what_moderators_do_only_organizers_read(town, program):
    town.has_clip(name="Анна", state=ClipState.approved)
    assert "moderators" in program("olga").reads(f"{HERE}/board")
    assert "moderators" not in program("pavel").reads(f"{HERE}/board")


def test_a_table_is_taken_along_and_that_goes_on_record(town, program):
    town.has_clip(name="=1+1", town="Мга", state=ClipState.approved)
    olga = program("olga")
    answer = olga.post(f"{HERE}/tables/clips", json={"format": "csv"}, headers={"accept-language": "ru"})
    assert answer.headers["content-disposition"].startswith('attachment; filename="proryv80-clips-')
    text = answer.content.decode("utf-8-sig")
    assert "Район" in text.splitlines()[0]
    assert '"=1+1' not in text and ";=1+1" not in text, "a formula of a stranger"
    sheet = olga.post(f"{HERE}/tables/participants", json={"format": "xlsx"})
    assert "xl/workbook.xml" in ZipFile(BytesIO(sheet.content)).namelist()
    taken = [row for row in olga.reads("/audit", limit=50) if row["what"] == "table taken"]
    assert [row["person"] for row in taken] == ["Ольга", "Ольга"]


def test_whom_a_table_is_not_for(town, program):
    for who in ("anna", "boris", "pavel"):
        fails(program(who).post(f"{HERE}/tables/posts", json={}), 403, "forbidden")
    fails(program("olga").post(f"{HERE}/tables/passwords", json={}), 400, "unreadable")
