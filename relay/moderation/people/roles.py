"""Roles in single campaigns, beside the usual one."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import col, select

from relay.context import Relay
from relay.errors import Refused
from relay.models import CampaignRole, EventKind, Role, need_id
from relay.moderation.people import sessions
from relay.records import add_event, find_account, find_campaign


def role_of(written: str) -> Role | None:
    """A role by its word; nothing for an empty one. Raises Refused for what is no role."""
    if not written:
        return None
    if written not in list(Role):
        raise Refused("There is no role {role}. The roles are: {roles}.", role=written, roles=", ".join(Role))
    return Role(written)


def set_role_in(relay: Relay, login: str, slug: str, role: Role | None, *, person: str = "") -> None:
    """What a person may do in one campaign; None: what their usual role says again. Ends their sessions.

    Raises NotFound, and Refused for an organizer, who organizes all campaigns.
    """
    with relay.transaction() as session:
        account, campaign = find_account(session, login), find_campaign(session, slug)
        if role is not None and account.role is Role.organizer:
            raise Refused("An organizer organizes every campaign.", hint="Give another usual role first.")
        mine = (col(CampaignRole.account_id) == account.id, col(CampaignRole.campaign_id) == campaign.id)
        before = session.exec(select(CampaignRole.role).where(*mine)).first()
        if before is role:
            return
        session.exec(delete(CampaignRole).where(*mine))
        if role is not None:
            session.add(CampaignRole(account_id=need_id(account), campaign_id=need_id(campaign), role=role))
        sessions.end_all(session, account)
        said = {"role": role.value if role else "", "campaign": slug}
        add_event(session, relay.now(), account, EventKind.new_role, person, **said)
