from __future__ import annotations

import pytest

from relay.almanac import formats, plans, styles
from relay.almanac.styles import Change
from relay.almanac.themes import Transition
from relay.context import Relay
from relay.errors import Refused
from relay.models import ClipState, Track
from tests.moderation.town import OPENS, Town


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Борис"):
        town.has_clip(name=name, state=ClipState.approved)
    plans.new(relay, "proryv80", "film", all_approved=True)
    return town


def changed(relay: Relay, **words: object) -> dict[str, object]:
    return styles.change(relay, "proryv80", "film", Change(**words), person="boris")  # type: ignore[arg-type]


def track(relay: Relay, town: Town, *, cleared: str = "Договор") -> int:
    with relay.transaction() as session:
        row = Track(
            campaign_id=town.campaign_id,
            sha256="a" * 64,
            title="Время",
            cleared=cleared,
            seconds=60,
            person="anna",
            at=OPENS,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


@pytest.mark.slow
def test_a_style_is_changed_piece_by_piece_and_taken_away_again(relay: Relay, town: Town) -> None:
    number = track(relay, town)
    changed(relay, theme="paper", music=str(number), under="cards", captions=["ru", "en"], burn="ru")
    shown = changed(relay, into={2: "dip"}, transition="cut", format=formats.read("9:16", "720"), title=" Прорыв ")
    assert shown == styles.show(relay, "proryv80", "film")
    assert {key: shown[key] for key in ("theme", "width", "height", "transition", "into", "music", "under")} == {
        "theme": "paper", "width": 720, "height": 1280, "transition": "cut", "into": {"2": "dip"}, "music": number,
        "under": "cards",
    }  # fmt: skip
    assert (shown["captions"], shown["burn"], shown["title"]) == (["ru", "en"], "ru", "Прорыв")
    again = changed(relay, music="none", captions=["none"], burn="none", transition="none", into={2: "none"})
    assert (again["music"], again["captions"], again["burn"], again["into"]) == (None, [], "", {})
    assert again["transition"] is Transition.dissolve
    assert again["theme"] == "paper"


@pytest.mark.parametrize(
    "words",
    [
        {"theme": "gold"},
        {"transition": "wipe"},
        {"into": {1: "wipe"}},
        {"under": "everything"},
        {"framing": "cats"},
        {"credits": "nobody"},
        {"captions": ["klingon"]},
        {"burn": "x"},
        {"music": "7"},
        {"music": "seven"},
        {"format": formats.Format(fps=30)},
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_changed(
    relay: Relay, town: Town, words: dict[str, object]
) -> None:
    before = styles.show(relay, "proryv80", "film")
    with pytest.raises(Refused):
        changed(relay, subtitle="x", **words)
    assert styles.show(relay, "proryv80", "film") == before


def test_music_without_clearance_is_not_taken(relay: Relay, town: Town) -> None:
    number = track(relay, town, cleared=" ")
    with pytest.raises(Refused, match=f"Music {number} is not cleared"):
        changed(relay, music=str(number))
