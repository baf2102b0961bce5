from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import date

import pytest

from relay import spreadsheets
from relay.errors import NotFound, Refused
from relay.models import ClipState, EventSubject, Role, Verdict
from relay.moderation import audit, desk
from relay.moderation.audit import DeedFilter
from relay.moderation.people import accounts
from relay.moderation.withdrawal import withdraw
from tests.moderation.town import Town


def decides(relay, clip, verdict=Verdict.approve, person="Анна", reason=""):
    desk.decide(relay, clip, verdict, person=person, seen=desk.show(relay, clip).state, reason=reason)


def told(relay, **wanted):
    return [(deed.person, deed.what) for deed in audit.listing(relay, DeedFilter(**wanted))]


def table_rows(relay):
    for deed in audit.everything(relay, DeedFilter()):
        yield {name: str(value) for name, value in asdict(deed).items()}


@pytest.mark.slow
def test_all_that_people_did_newest_first(relay, town, clock):
    clip = town.has_clip(name="Ольга")
    decides(relay, clip)
    clock.moves(minutes=1)
    desk.edit(relay, clip, person="Кира", name="Ольга Смирнова", consent="film", evidence="a letter")
    clock.moves(minutes=1)
    withdraw(relay, clip, reason="She called.", person="Олег")
    accounts.create(relay, "vera", "Вера", Role.viewer, password="a long password")
    deeds = audit.listing(relay, DeedFilter())
    assert [(deed.person, deed.what) for deed in deeds] == [
        ("Олег", "withdraw"),
        ("", "created"),
        ("Кира", "consent"),
        ("Кира", "edited"),
        ("Анна", "approve"),
    ]
    gone, account, _consent, edited, approved = deeds
    assert (gone.before, gone.after, gone.reason) == ("approved", "withdrawn", "She called.")
    assert (edited.before, edited.after, edited.title) == ("Ольга", "Ольга Смирнова", "Ольга Смирнова")
    assert (approved.subject, approved.subject_id, approved.campaign) == (EventSubject.clip, clip, "proryv80")
    assert (account.subject, account.title, account.campaign) == (EventSubject.account, "Вера", "")


@pytest.mark.slow
def test_filters(relay, town, clock):
    first, second = town.has_clip(), town.has_clip()
    decides(relay, first)
    decides(relay, second, Verdict.reject, "Кира", "offensive")
    elsewhere = Town(relay, "spring")
    elsewhere.number = 100
    clock.moves(days=1)
    decides(relay, elsewhere.has_clip(), person="Кира")
    assert told(relay, person="Кира") == [("Кира", "approve"), ("Кира", "reject")]
    assert told(relay, kind="reject") == [("Кира", "reject")]
    assert told(relay, kind="edited") == told(relay, kind="weather") == []
    assert told(relay, clip=first) == [("Анна", "approve")]
    assert told(relay, slug="proryv80") == [("Кира", "reject"), ("Анна", "approve")]
    assert told(relay, since=date(2023, 1, 13)) == [("Кира", "approve")]
    assert told(relay, until=date(2023, 1, 12)) == [("Кира", "reject"), ("Анна", "approve")]
    assert audit.people(relay) == ["Анна", "Кира"]
    with pytest.raises(NotFound):
        told(relay, slug="nowhere")
    for place in ("x", "2023-01-12~1", "2023-01-12T09:00:00+00:00~x~1"):
        with pytest.raises(Refused):
            told(relay, after=place)


@pytest.mark.slow
def test_a_day_is_the_campaigns(relay, town, clock):
    clock.moves(hours=13)  # 22:00 in London, 01:00 of the next day in Moscow
    decides(relay, town.has_clip())
    assert told(relay, slug="proryv80", since=date(2023, 1, 13)) == [("Анна", "approve")]
    assert told(relay, since=date(2023, 1, 13)) == []


@pytest.mark.slow
def test_pages_follow_each_other_without_gap_or_overlap_also_within_one_moment(relay, town):
    for _ in range(4):
        clip = town.has_clip()
        decides(relay, clip)
        desk.edit(relay, clip, person="Анна", name="Ольга")
    whole = [deed.place for deed in audit.listing(relay, DeedFilter())]
    paged: list[str] = []
    while part := audit.listing(relay, DeedFilter(after=paged[-1] if paged else ""), size=3):
        paged += [deed.place for deed in part]
    assert paged == whole
    assert len(set(whole)) == 8


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing(relay, town, monkeypatch):
    monkeypatch.setattr(audit, "CHUNK", 2)
    clip = town.has_clip()
    decides(relay, clip, Verdict.reject, "Анна", '=HYPERLINK("https://evil.test"; "click")')
    desk.edit(relay, clip, person="@Кира", name="+7, Ольга")
    decides(relay, town.has_clip())
    rows = (
        {name: str(value) for name, value in asdict(deed).items()} for deed in audit.everything(relay, DeedFilter())
    )
    text = "".join(audit.as_csv(rows))
    assert text.startswith("\ufeffat,campaign,person")
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(table) == 4
    cells = {cell for line in table for cell in line}
    assert {'\'=HYPERLINK("https://evil.test"; "click")', "'@Кира", "'+7, Ольга"} <= cells
    assert not [cell for cell in cells if cell.startswith(spreadsheets.FORMULA)]


def test_twin_a_cell_that_is_not_made_harmless_is_a_formula(relay, town, monkeypatch):
    monkeypatch.setattr(spreadsheets, "harmless", lambda cell: cell)
    decides(relay, town.has_clip(), Verdict.reject, "Анна", "=1+1")
    rows = (
        {name: str(value) for name, value in asdict(deed).items()} for deed in audit.everything(relay, DeedFilter())
    )
    assert ",=1+1" in "".join(audit.as_csv(rows))


@pytest.mark.slow
def test_pace_and_agreement_of_moderators(relay, town, clock):
    for _ in range(3):
        decides(relay, town.has_clip())
        clock.moves(seconds=20)
    decides(relay, town.has_clip(), person="Кира")
    anna, kira = audit.paces(relay)
    assert (anna.person, anna.pace.decisions, anna.pace.seconds, anna.pace.per_hour) == ("Анна", 3, 20.0, 180.0)
    assert (kira.pace.decisions, kira.agreement.clips) == (1, 0)
    assert audit.paces(relay, "proryv80") == [anna, kira]
    assert audit.agreement(relay).clips == 0
    assert desk.counts(relay, "proryv80")[ClipState.approved] == 4
