from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.collect import hashtags
from relay.errors import Closed, Refused
from relay.ports import Place
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.links import LinksSource, links_of
from relay.sources.telegram import TelegramSource
from relay.sources.vk import VkSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, read_all, source_over


@pytest.fixture
def source(sandbox: Sandbox, store: Store, clock: FakeClock, vk: VkSource) -> LinksSource:
    telegram = source_over(sandbox, store, clock, TelegramSource)
    return source_over(sandbox, store, clock, LinksSource, {"vk": vk, "tg": telegram}, vk_token=SecretStr("x"))


def test_a_list_is_lines_or_a_table() -> None:
    text = (
        "\ufeff# остальные позже\nhttps://vk.com/video-1_2\n\nvk.com/wall-1_2 и https://t.me/gorod/5.\n"
        'Иванова Анна;Тосно;"https://vk.com/clip-1_3"\nБорис;;https://vk.com/video-1_2\n'
    )
    assert links_of(text.removeprefix("\ufeff")) == [
        "https://vk.com/video-1_2",
        "https://t.me/gorod/5",
        "https://vk.com/clip-1_3",
    ]
    assert links_of("a,https://youtu.be/abcdefghijk\nt.me/gorod/7") == ["https://youtu.be/abcdefghijk", "t.me/gorod/7"]


def test_each_link_is_looked_up_on_its_network(
    source: LinksSource, network: Network, clock: FakeClock, tmp_path: Path
) -> None:
    film = a_film(tmp_path)
    anna = network.has_resident("Анна", "Иванова")
    post = network.posts(anna, "Без тега", videos=[network.uploads(anna, film)])
    network.telegram.has_channel("gorod")
    number = network.telegram.posts("gorod", "Тоже без тега", videos=[film])
    path = tmp_path / "list.csv"
    path.write_text(
        f"имя;ссылка\nАнна;https://m.vk.com/wall{post}\nБорис;https://t.me/s/gorod/{number}\n"
        "Вера;https://vk.com/wall-1_999\nГлеб;https://example.org/video\n",
        "utf-8-sig",
    )
    place = source.resolve(f"links:{path}")
    assert (place.owner_id, place.title) == (str(path), "list.csv (4)")
    pages = read_all(source, place, clock)
    posts = [post for page in pages for post in page.posts]
    assert {(post.network, post.text) for post in posts} == {("vk", "Без тега"), ("tg", "Тоже без тега")}
    assert [fault for page in pages for fault in page.faults] == [
        "Links to vk behind which is nothing that we may see: 1 of 2",
        "https://example.org/video: no network that Relay reads",
    ]
    assert [page.reached is not None for page in pages] == [False, False, True]
    wanted = hashtags.wanted(["#proryv80"], [])
    hits = [hashtags.match(post.texts, wanted) for post in posts]
    assert {hit.matched_in for hit in hits if hit} == {"handed in"}, "whoever keeps the list vouches for it"


@pytest.mark.slow
def test_a_list_on_the_web(source: LinksSource, network: Network, clock: FakeClock) -> None:
    url = network.sites.shows("/list.txt", "https://vk.com/video1_2\n")
    assert source.resolve(f"links:{url}") == Place("links", f"links:{url}", url, "list.txt (1)")
    (page, _) = read_all(source, source.resolve(f"links:{url}"), clock)
    assert page.posts[0].videos[0].video_id == "2"
    network.sites.takes_down("/list.txt")
    with pytest.raises(Closed):
        read_all(source, Place("links", "", url), clock)


def test_a_list_that_is_not_there_is_refused(source: LinksSource, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("Пусто\n", "utf-8")
    (tmp_path / "large.txt").write_bytes(b"x" * (3 << 20))
    for name, words in (("none.txt", "can't be read"), ("empty.txt", "no link"), ("large.txt", "larger than")):
        with pytest.raises(Refused, match=words):
            source.resolve(f"links:{tmp_path / name}")
    with pytest.raises(Refused):
        source.resolve("links:")
    with pytest.raises(Refused, match="must not be reached"):
        source.resolve("links:http://127.0.0.1/list.txt")
