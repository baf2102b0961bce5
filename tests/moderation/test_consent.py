from __future__ import annotations

import pytest

from relay.context import Relay
from relay.errors import Refused
from relay.models import Consent
from relay.moderation import consent
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def clips(relay: Relay) -> list[int]:
    town = Town(relay)
    return [town.has_clip() for _ in range(3)]


def record(relay: Relay, clip: int, scope: str, evidence: str = "") -> None:
    with relay.transaction() as session:
        consent.record(session, clip, scope, evidence, person="Анна", now=relay.now())


def current(relay: Relay, *clips: int) -> dict[int, Consent]:
    with relay.reading() as session:
        return consent.current(session, clips)


def test_the_newest_counts_for_each_clip_and_no_other_clip_is_in_it(relay, clips):
    first, second, third = clips
    for clip, scope in ((first, "film"), (second, "public"), (first, "public"), (third, "film"), (second, "film")):
        record(relay, clip, scope)
    assert {clip: row.scope for clip, row in current(relay, first, second).items()} == {first: "public", second: "film"}
    assert current(relay) == {}
    assert current(relay, 99) == {}


def test_who_noted_it_when_and_on_what_evidence(relay, clips):
    record(relay, clips[0], "film", "  письмо\nот 12\tянваря " + "а" * 600)
    row = current(relay, clips[0])[clips[0]]
    assert (row.person, row.at) == ("Анна", relay.now())
    assert row.evidence.startswith("письмо от 12 января а")
    assert len(row.evidence) == 500


def test_a_scope_that_nobody_knows_is_refused_and_the_known_ones_are_named(relay, clips):
    with pytest.raises(Refused, match="There is no consent scope everything") as told:
        record(relay, clips[0], "everything")
    assert all(scope in told.value.line for scope in consent.SCOPES)
    assert current(relay, clips[0]) == {}
