from __future__ import annotations

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from relay.context import Relay
from relay.installation_key import secret
from relay.moderation.people import keys
from tests.fakes.clock import FakeClock

PURPOSE = "a link of the tests"


def test_what_was_signed_says_when_it_ends_and_what_was_said(relay: Relay, clock: FakeClock) -> None:
    until = clock() + timedelta(minutes=5)
    token = keys.signed(relay, PURPOSE, "anna", 7, until=until)
    assert keys.opened(relay, PURPOSE, token, 2) == (until, ["anna", 7])
    clock.moves(days=1)
    assert keys.opened(relay, PURPOSE, token, 2) == (until, ["anna", 7]), "whether it has ended is asked by the caller"


@pytest.mark.parametrize("parts", [1, 3])
def test_a_token_with_other_parts_is_none_of_ours(relay: Relay, clock: FakeClock, parts: int) -> None:
    assert keys.opened(relay, PURPOSE, keys.signed(relay, PURPOSE, "anna", 7, until=clock()), parts) is None


def test_a_token_of_another_purpose_or_hand_is_none_of_ours(relay: Relay, clock: FakeClock) -> None:
    token = keys.signed(relay, PURPOSE, "anna", until=clock())
    assert keys.opened(relay, "another", token, 1) is None
    assert keys.opened(relay, PURPOSE, f"{token}x", 1) is None
    for said in (["soon", "anna"], "no list", {}):
        ours = URLSafeSerializer(secret(relay), salt=PURPOSE).dumps(said)
        assert keys.opened(relay, PURPOSE, ours, 1) is None


def test_a_secret_that_follows_from_the_key_has_160_bits_and_its_purpose_and_salt(relay: Relay) -> None:
    made = {keys.derived(relay, purpose, salt) for purpose in ("a", "b") for salt in ("", "1", "2")}
    assert len(made) == 6
    assert {len(each) for each in made} == {20}  # RFC 4226, 4: what authenticator apps take
    assert keys.derived(relay, "a", "1") in made
