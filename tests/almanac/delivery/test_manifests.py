from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.assets import cards
from relay.almanac.delivery import manifests
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import ClipState
from tests.moderation.town import Town


@pytest.mark.slow
def test_the_plans_cards_and_looks_are_told(relay: Relay) -> None:
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=10)
    almanac = queries.new(relay, "proryv80", "film", title="Голоса", all_approved=True)
    assert manifests.planned(relay, almanac) == {"cards": [], "style": {}}
    cards.add(relay, "proryv80", "film", "chapter", before=1, words={"title": "Мга"}, person="Борис")
    (card,) = manifests.planned(relay, almanac)["cards"]
    assert card == {"before": 1, "kind": "chapter", "words": {"title": "Мга"}, "picture": None, "seconds": 0.0}


@pytest.mark.parametrize("content", [b"", b"{", b"7", b"\xff"])
def test_what_is_no_manifest_tells_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "film.json").write_bytes(content)
    assert manifests.read(tmp_path / "film.json") == manifests.read(tmp_path / "nowhere.json") == {}
