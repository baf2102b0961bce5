"""All networks together, and one that joins from outside."""

from __future__ import annotations

import pytest

from relay.sandbox.network import Network
from relay.sandbox.web import web_app
from tests.fakes.clock import FakeClock
from tests.sandbox.toy import Toy, ToySite
from tests.sandbox.visitor import Visitor


def test_a_network_joins_with_its_hosts_pages_faults_and_counts(network: Network) -> None:
    toy = network.joins(ToySite(Toy()))
    toy.says("hello")
    visitor = Visitor(web_app(network), "https://toy.example")
    assert "toy.example" in network.hosts
    assert visitor.get("/words").text == "hello"
    network.pages_answer(503)
    assert [visitor.get("/words").status_code for _ in range(2)] == [503, 200]
    assert network.visits == {"toy words": 3}
    assert network.faults_at("toy.example") is toy.faults
    with pytest.raises(ValueError, match=r"toy\.example already"):
        network.joins(ToySite(Toy()))


def test_each_network_has_faults_of_its_own(network: Network) -> None:
    def down() -> set[str]:
        return {host for host in network.hosts if getattr(network.faults_at(host), "down", False)}

    network.telegram.faults.is_down()
    assert down() == {"t.me", "cdn4.telesco.pe"}
    network.is_down()
    assert down() == network.hosts
    network.heals()
    assert down() == set()
    assert network.faults_at("elsewhere.example") is None


def test_the_api_heals_with_all_the_rest(network: Network) -> None:
    network.vk.api.fails_always("users.get", 5)
    network.is_down()
    network.heals()
    assert network.vk.api.fault_of("users.get") is None
    assert not network.vk.api.resets()


def test_what_is_refused_is_kept(network: Network) -> None:
    network.refuses("x.example:443")
    assert network.refused == ["x.example:443"]


def test_all_networks_have_the_same_clock(network: Network, clock: FakeClock) -> None:
    clock.moves(hours=3)
    assert network.vk.now() == network.telegram.now() == network.now() == clock()
