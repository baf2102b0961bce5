"""Rows that every stage looks up or adds."""

import pytest

from relay import records
from relay.context import Relay
from relay.errors import NotFound
from relay.models import Campaign


def test_a_campaign_is_found_by_its_slug(relay: Relay) -> None:
    with relay.transaction() as session:
        made = [Campaign(slug=slug, title=slug, hashtags=[slug], opens_at=relay.now(), closes_at=relay.now(),
                         created_at=relay.now()) for slug in ("proryv", "zima")]  # fmt: skip
        session.add_all(made)
    with relay.reading() as session:
        assert records.find_campaign(session, "zima").id == made[1].id


def test_a_campaign_that_is_not_there_is_told_with_where_to_look(relay: Relay) -> None:
    with relay.reading() as session, pytest.raises(NotFound) as told:
        records.find_campaign(session, "nothing")
    assert told.value.line == "There is no campaign nothing. See: relay campaign list"
