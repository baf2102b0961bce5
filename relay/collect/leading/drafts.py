"""Answers to the questions of a new campaign, as they are kept between two pages, and after a closed browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from relay.collect.leading.answers import SetupAnswers
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Account, CampaignDraft, need_id


@dataclass(frozen=True, slots=True)
class DraftView:
    """A campaign that is not made yet. `language`: of its cards. `tried`: what trying it has found; empty before."""

    id: int
    answers: SetupAnswers
    language: str
    changed_at: datetime
    tried: Mapping[str, Any] = field(default_factory=dict)


def of(relay: Relay, account: Account) -> list[DraftView]:
    """Those of this person, newest first."""
    mine = select(CampaignDraft).where(CampaignDraft.account_id == account.id)
    with relay.reading() as session:
        return [_view(row) for row in session.exec(mine.order_by(col(CampaignDraft.changed_at).desc()))]


def get(relay: Relay, account: Account, draft_id: int) -> DraftView:
    """Raises NotFound, also for another person's."""
    with relay.reading() as session:
        return _view(_mine(session, account, draft_id))


def begin(relay: Relay, account: Account, answers: SetupAnswers, *, language: str) -> int:
    """Keeps first answers; returns the number of the draft."""
    kept = {**asdict(answers), "language": language}
    now = relay.now()
    with relay.transaction() as session:
        row = CampaignDraft(account_id=need_id(account), answers=kept, created_at=now, changed_at=now)
        session.add(row)
        session.flush()
        return need_id(row)


def answer(relay: Relay, account: Account, draft_id: int, **answers: Any) -> DraftView:
    """Keeps these answers (fields of SetupAnswers, and `language`); what was tried before holds no more.

    Raises NotFound.
    """
    with relay.transaction() as session:
        row = _mine(session, account, draft_id)
        if any(row.answers.get(name) != value for name, value in answers.items()):
            row.answers = {**row.answers, **answers}
            row.tried = {}
        row.changed_at = relay.now()
        session.add(row)
        return _view(row)


def note_trial(relay: Relay, account: Account, draft_id: int, tried: Mapping[str, Any]) -> None:
    """Raises NotFound."""
    with relay.transaction() as session:
        row = _mine(session, account, draft_id)
        row.tried, row.changed_at = dict(tried), relay.now()
        session.add(row)


def drop(relay: Relay, account: Account, draft_id: int) -> None:
    """Whether it is there or not: pressing twice is no mistake."""
    with relay.transaction() as session:
        session.exec(
            delete(CampaignDraft).where(col(CampaignDraft.id) == draft_id, col(CampaignDraft.account_id) == account.id)
        )


def _mine(session: Session, account: Account, draft_id: int) -> CampaignDraft:
    row = session.get(CampaignDraft, draft_id)
    if row is None or row.account_id != account.id:
        raise NotFound("There is no such page.")
    return row


def _view(row: CampaignDraft) -> DraftView:
    known = {each.name for each in fields(SetupAnswers)}
    answers = replace(SetupAnswers(), **{name: value for name, value in row.answers.items() if name in known})
    return DraftView(need_id(row), answers, str(row.answers.get("language", "")), row.changed_at, row.tried)
