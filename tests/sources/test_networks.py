from __future__ import annotations

import pytest

from relay.language.catalogue import languages
from relay.ports import NetworkDescription, OwnerKind
from relay.sources import SOURCES, networks

ALL = [*(kind.description for kind in SOURCES), networks.describe(networks.WEB), networks.describe(networks.HAND_IN)]


@pytest.mark.parametrize("network", ALL, ids=lambda network: network.name)
def test_a_network_is_known_by_its_name_and_has_a_title_in_every_language(network: NetworkDescription) -> None:
    assert networks.describe(network.name) is network
    assert set(network.titles) >= set(languages())
    assert network.title("zz") == network.title() == network.titles["en"]


def test_a_network_that_nobody_reads_is_known_by_its_name_only() -> None:
    gone = networks.describe("myspace")
    assert (gone.title("ru"), gone.owners, gone.extractors, gone.links) == ("myspace", OwnerKind.account, (), None)


def test_no_two_networks_have_one_name() -> None:
    with pytest.raises(ValueError, match="vk"):
        networks.register(NetworkDescription(name="vk", titles={"en": "Another"}))
    assert networks.describe("vk").title() == "VK"


def test_the_downloader_may_use_the_readers_of_the_networks_and_no_others() -> None:
    assert set(networks.extractors()) == {
        *("vk", "vk:wallpost", "telegram:embed", "rutube", "odnoklassniki", "youtube", "plain:file"),
    }
    assert networks.list_extractors() == ("youtube", "youtube:tab")


def test_what_an_owner_is() -> None:
    pages = {network.name for network in ALL if network.owners.is_page}
    strangers = {network.name for network in ALL if not network.owners.is_participant}
    assert (pages, strangers) == ({"vk", "tg"}, {"tg", "rss", "links", "folder", "hand-in"})
