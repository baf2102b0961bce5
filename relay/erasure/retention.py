"""How long is kept what nobody needs for ever: raw answers of networks, contacts, notes of what was sent and tried.

Each rule counts in days (RELAY_KEEP_…_DAYS, 0: for ever) from the end of the campaign, or from the note itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import String, cast, delete, update
from sqlmodel import Session, col, func, select

from relay.context import Relay
from relay.models import Alert, Campaign, Delivery, HandIn, Match, Post, SignInTry


class RetentionRule(StrEnum):
    """What a rule is about."""

    answers = "answers"
    contacts = "contacts"
    logs = "logs"


@dataclass(frozen=True, slots=True)
class RetentionView:
    """`days` 0: kept for ever. `due`: rows that are over it, `removed`: those that were blanked or deleted."""

    rule: RetentionRule
    days: int
    due: int
    removed: int


def prune(relay: Relay, *, dry_run: bool = False) -> list[RetentionView]:
    """Carries the rules out, or only counts. One unit of work for each rule."""
    return [_carried_out(relay, rule, dry_run=dry_run) for rule in RetentionRule]


def days_of(relay: Relay, rule: RetentionRule) -> int:
    settings = relay.settings
    return {
        RetentionRule.answers: settings.keep_answers_days,
        RetentionRule.contacts: settings.keep_contacts_days,
        RetentionRule.logs: settings.keep_logs_days,
    }[rule]


def _carried_out(relay: Relay, rule: RetentionRule, *, dry_run: bool) -> RetentionView:
    days = days_of(relay, rule)
    if not days:
        return RetentionView(rule, 0, 0, 0)
    before = relay.now() - timedelta(days=days)
    with relay.reading() as session:
        due = _DUE[rule](session, before)
    if not dry_run and due:
        with relay.transaction() as session:
            _DO[rule](session, before)
    return RetentionView(rule, days, due, 0 if dry_run else due)


def _over(before: datetime) -> Any:
    return select(Campaign.id).where(col(Campaign.closes_at) < before)


def _answers(before: datetime) -> tuple[Any, ...]:
    """Of posts that no campaign needs any more."""
    still = select(Match.post_id).where(col(Match.campaign_id).not_in(_over(before)))
    return col(Post.id).not_in(still), col(Post.last_seen_at) < before, cast(Post.raw, String) != "{}"


def _contacts(before: datetime) -> tuple[Any, ...]:
    return col(HandIn.campaign_id).in_(_over(before)), (HandIn.contact != "") | (HandIn.visitor != "")


def _count(session: Session, table: Any, *conditions: Any) -> int:
    return int(session.exec(select(func.count()).select_from(table).where(*conditions)).one())


def _sent(before: datetime) -> tuple[Any, ...]:
    return col(Delivery.sent_at).is_not(None), col(Delivery.sent_at) < before


def _resolved(before: datetime) -> tuple[Any, ...]:
    kept = select(Delivery.alert_id)
    return col(Alert.resolved_at).is_not(None), col(Alert.resolved_at) < before, col(Alert.id).not_in(kept)


def _logs(session: Session, before: datetime) -> int:
    return (
        _count(session, SignInTry, col(SignInTry.at) < before)
        + _count(session, Delivery, *_sent(before))
        + _count(session, Alert, *_resolved(before))
    )


def _drop_logs(session: Session, before: datetime) -> None:
    session.exec(delete(SignInTry).where(col(SignInTry.at) < before))
    session.exec(delete(Delivery).where(*_sent(before)))
    session.exec(delete(Alert).where(*_resolved(before)))


_DUE: dict[RetentionRule, Callable[[Session, datetime], int]] = {
    RetentionRule.answers: lambda session, before: _count(session, Post, *_answers(before)),
    RetentionRule.contacts: lambda session, before: _count(session, HandIn, *_contacts(before)),
    RetentionRule.logs: _logs,
}
_DO: dict[RetentionRule, Callable[[Session, datetime], object]] = {
    RetentionRule.answers: lambda session, before: session.exec(
        update(Post).where(*_answers(before)).values(raw={}).execution_options(synchronize_session=False)
    ),
    RetentionRule.contacts: lambda session, before: session.exec(
        update(HandIn).where(*_contacts(before)).values(contact="", visitor="")
        .execution_options(synchronize_session=False)
    ),
    RetentionRule.logs: _drop_logs,
}  # fmt: skip
