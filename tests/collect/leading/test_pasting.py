from __future__ import annotations

import dataclasses

import pytest

from relay.collect import campaigns, sources
from relay.collect.leading import life, pasting
from relay.collect.leading.pasting import Pasted, PastedLine, PasteOutcome
from relay.context import Relay
from relay.errors import ConfigError, Refused, TryLater
from relay.models import Campaign
from relay.sources.folder import FolderSource
from tests.collect.conftest import SLUG
from tests.fakes.source import FakeSource

LIST = """
# communities of the region
vk:gorod, Тосненский район
https://vk.com/gorod
vk:closed\tВолховский
vk:nobody
vk:club5 vk:club6
tg:channel
"""


def pasted(relay: Relay, text: str, **more: object) -> list[PastedLine]:
    wanted = pasting.lines_of(text, relay)
    return list(pasting.add_all(relay, SLUG, wanted, person="Ольга", **{"here": False, **more}))  # type: ignore[arg-type]


def outcomes(lines: list[PastedLine]) -> list[str]:
    return [line.outcome.value for line in lines]


@pytest.mark.slow
def test_a_list_is_read_as_people_write_it(relay: Relay) -> None:
    assert pasting.lines_of(LIST, relay) == [
        Pasted("vk:gorod", "Тосненский район"),
        Pasted("https://vk.com/gorod"),
        Pasted("vk:closed", "Волховский"),
        Pasted("vk:nobody"),
        Pasted("vk:club5"),
        Pasted("vk:club6"),
        Pasted("tg:channel"),
    ]
    assert pasting.lines_of("vk:gorod;Луга\r\n vk:tag,\n\n#про", relay) == [
        Pasted("vk:gorod", "Луга"),
        Pasted("vk:tag"),
        Pasted("#про"),
    ]
    assert len(pasting.lines_of("vk:tag\n" * 5000, relay)) == pasting.MOST_LINES


@pytest.mark.slow
def test_each_line_is_answered_and_a_bad_one_stops_nothing(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    network.turns_away("vk:closed")
    lines = pasted(relay, LIST, district="Другой")
    assert outcomes(lines) == ["found", "twice", "closed", "missing", "found", "found", "unknown"]
    assert [line.is_fine for line in lines] == [True, True, False, False, True, True, False]
    assert "is closed" in lines[2].why
    assert [(row.address, row.district) for row in sources.listing(relay, SLUG)] == [
        ("vk:club1", "Тосненский район"),
        ("vk:club5", "Другой"),
        ("vk:club6", "Другой"),
    ]
    assert outcomes(pasted(relay, LIST)) == ["there", "twice", "closed", "missing", "there", "there", "unknown"]
    assert len(sources.listing(relay, SLUG)) == 3, "pasting it again adds nothing"
    assert sources.listing(relay, SLUG)[0].district == "Тосненский район"


@pytest.mark.slow
@pytest.mark.parametrize("error", [TryLater("VK does not answer."), ConfigError("There is no access token for VK.")])
def test_a_network_that_does_not_answer_is_told_and_asked_again_later(
    relay: Relay, campaign: Campaign, network: FakeSource, error: Exception
) -> None:
    network.breaks(error)
    (line,) = pasted(relay, "vk:gorod")
    assert (line.outcome, line.outcome in pasting.AGAIN) == (PasteOutcome.unreadable, True)
    assert line.why.startswith(str(error))
    network.recovers()
    network.breaks(None)  # type: ignore[arg-type]
    assert outcomes(pasted(relay, "vk:gorod")) == ["found"]


def test_what_takes_too_long_waits_for_another_time(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    assert outcomes(pasted(relay, "vk:gorod\nvk:club5", patience=-1.0)) == ["waits", "waits"]
    assert sources.listing(relay, SLUG) == []
    assert outcomes(pasted(relay, "vk:gorod\nvk:club5", patience=60.0)) == ["found", "found"]


@pytest.fixture
def with_folder(relay: Relay) -> Relay:
    folder = FolderSource(relay.settings, relay.store, relay.clock)
    return dataclasses.replace(relay, sources={**relay.sources, "folder": folder})


@pytest.mark.slow
def test_files_of_the_machine_are_not_for_whoever_sits_at_a_desk(with_folder: Relay, campaign: Campaign) -> None:
    place = with_folder.folder("videos of ours")
    assert outcomes(pasted(with_folder, f"folder:{place}")) == ["not here"]
    assert outcomes(pasted(with_folder, f" folder:{place}")) == ["not here"]
    assert sources.listing(with_folder, SLUG) == []
    assert pasting.is_on_this_machine("links:/etc/passwd")
    assert not pasting.is_on_this_machine("links:https://example.org/list.csv")


def test_twin_the_command_line_adds_them(with_folder: Relay, campaign: Campaign) -> None:
    place = with_folder.folder("videos of ours")
    assert outcomes(pasted(with_folder, f"folder:{place}", here=True)) == ["found"]


@pytest.mark.slow
def test_nothing_is_added_to_a_campaign_in_the_archive(relay: Relay, campaign: Campaign, network: FakeSource) -> None:
    campaigns.stop(relay, SLUG, person="Ольга")
    life.archive(relay, SLUG, person="Ольга")
    with pytest.raises(Refused, match="is archived"):
        pasted(relay, "vk:gorod")
