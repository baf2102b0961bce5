from __future__ import annotations

import pytest

from relay.collect import sources
from relay.collect.leading import at_once
from relay.collect.recheck import Rechecked
from tests.fakes.source import a_post
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


def test_every_source_is_read_and_one_is_told_how_far_it_is(relay):
    Town(relay)
    relay.sources["vk"].has(a_post("Мга #proryv80", "1"))
    sources.add(relay, "proryv80", "vk:tag")
    told = []
    (sweep,) = at_once.read(relay, "proryv80", lambda *each: told.append(each))
    assert (sweep.matched, sweep.new) == (1, 1)
    assert [each[:2] for each in told] == [(1, 1)]


def test_without_posts_of_clips_nothing_is_looked_up(relay):
    Town(relay)
    assert at_once.look_again(relay, "proryv80") == Rechecked()
