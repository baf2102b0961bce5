from __future__ import annotations

import io
import zipfile

import pytest

from relay.board.tables import BoardTable
from relay.models import EventKind, Role
from relay.moderation import audit
from relay.moderation.people import accounts, roles
from tests.board.region import Region

pytestmark = pytest.mark.slow
PATH = "/campaigns/proryv80/board/table"


@pytest.fixture
def region(relay) -> Region:
    return Region(relay)


@pytest.mark.parametrize("table", BoardTable)
def test_an_organizer_takes_a_table_and_it_goes_on_record(region, relay, olga, table):
    region.has_reader(name="Ольга Смирнова", district="Лужский")
    region.has_text("1", "Ольга Смирнова. Письмо")
    answer = olga.sends(PATH, table=table.value, format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="proryv80-{table}-2023-01-12.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert "Ольга Смирнова" in answer.content.decode("utf-8-sig")
    (deed,) = audit.listing(relay, audit.DeedFilter(kind=EventKind.table_taken))
    assert (deed.person, deed.campaign, deed.reason) == ("Ольга", "proryv80", f"{table}; csv")


def test_a_workbook_comes_whole_and_leaves_nothing_behind(region, relay, olga):
    region.has_reader(name="Ольга Смирнова")
    answer = olga.sends(PATH, table="clips", format="xlsx")
    assert "spreadsheetml" in answer.headers["content-type"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        assert "Ольга Смирнова" in parts.read("xl/worksheets/sheet1.xml").decode()
    assert list(relay.folder("work").iterdir()) == []


def test_in_russian_the_columns_are_parted_as_excel_does_there(region, olga):
    olga.remembers("relay-language", "ru")
    first = olga.sends(PATH, table="clips", format="csv").content.decode("utf-8-sig").splitlines()[0]
    assert first.startswith("№;Состояние;")


@pytest.mark.parametrize("who", ["pavel", "anna", "boris"])
def test_nobody_else_takes_one_and_nothing_goes_on_record(region, relay, visit, who):
    assert visit(who).sends(PATH, table="clips", format="csv").status_code == 403
    assert audit.listing(relay, audit.DeedFilter(kind=EventKind.table_taken)) == []


def test_an_organizer_of_this_campaign_takes_its_tables_and_no_others(region, relay, visit):
    Region(relay, "other")
    visit("anna")
    roles.set_role_in(relay, "anna", "proryv80", Role.organizer)
    person = visit("anna")
    assert person.sends(PATH, table="clips", format="csv").status_code == 200
    assert person.sends(PATH.replace("proryv80", "other"), table="clips", format="csv").status_code == 403
    assert {account.login for account in accounts.listing(relay)} == {"anna"}


@pytest.mark.parametrize("fields", [{"table": "accounts", "format": "csv"}, {"table": "clips", "format": "doc"}, {}])
def test_what_there_is_no_table_of(region, olga, fields):
    assert olga.sends(PATH, **fields).status_code in (400, 422)


def test_looking_is_not_taking(region, olga):
    assert olga.get(PATH).status_code == 405
