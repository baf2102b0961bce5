"""Lists that a person keeps under a name: the filter as it stands in the address."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_
from sqlmodel import col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Account, SavedList, SavedView, need_id
from relay.records import find_campaign

LONGEST_NAME = 60
LONGEST_QUERY = 2000
MOST_VIEWS = 50


@dataclass(frozen=True, slots=True)
class KeptView:
    """`own`: the person may drop it. `by`: whose it is."""

    id: int
    name: str
    query: str
    shared: bool
    own: bool
    by: str


def listing(relay: Relay, slug: str, account: Account, subject: SavedList) -> list[KeptView]:
    """The person's own views of a list, and those that are shared, by name."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        rows = session.exec(
            select(SavedView, Account.name)
            .join(Account, col(Account.id) == col(SavedView.account_id))
            .where(SavedView.campaign_id == campaign.id, SavedView.subject == subject)
            .where(or_(col(SavedView.account_id) == account.id, col(SavedView.shared)))
            .order_by(col(SavedView.name), col(SavedView.id))
        ).all()
    return [
        KeptView(need_id(row), row.name, row.query, row.shared, row.account_id == account.id, by) for row, by in rows
    ]


def keep(
    relay: Relay, slug: str, account: Account, subject: SavedList, *, name: str, query: str, shared: bool = False
) -> int:
    """Keeps a filter under a name; the same name again is that view with another filter. Raises Refused, NotFound."""
    name = one_line(name, LONGEST_NAME)
    if not name:
        raise Refused("Give the view a name.")
    if len(query) > LONGEST_QUERY:
        raise Refused("This filter is too long to be kept.")
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        own = session.exec(
            select(SavedView).where(
                SavedView.campaign_id == campaign.id,
                SavedView.account_id == account.id,
                SavedView.subject == subject,
            )
        ).all()
        view = next((each for each in own if each.name == name), None)
        if view is None and len(own) >= MOST_VIEWS:
            raise Refused("You keep {most} views already: drop one first.", most=MOST_VIEWS)
        if view is None:
            view = SavedView(
                campaign_id=need_id(campaign),
                account_id=need_id(account),
                subject=subject,
                name=name,
                query=query,
                created_at=relay.now(),
            )
        view.query, view.shared = query, shared
        session.add(view)
        session.flush()
        return need_id(view)


def drop(relay: Relay, slug: str, account: Account, view_id: int, *, any_shared: bool = False) -> SavedList:
    """Forgets one's own view; with `any_shared` also one that somebody else shares. Raises NotFound."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        view = session.get(SavedView, view_id)
        if (
            view is None
            or view.campaign_id != campaign.id
            or not (view.account_id == account.id or (any_shared and view.shared))
        ):
            raise NotFound("There is no such view.")
        session.delete(view)
        return view.subject
