from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.collect import hashtags
from relay.config import Settings
from relay.errors import Closed, Parked, Refused, SourceError, TryLater
from relay.ports import Page, Place, PollingPolicy, SeenPost
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import links as module
from relay.sources.links import LinksSource, links_of
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk.source import VkSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, read_all, source_over
from tests.sources.test_gone_or_away import Answers


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
    anna = network.vk.has_resident("Анна", "Иванова")
    post = network.vk.posts(anna, "Без тега", videos=[network.vk.uploads(anna, film)])
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


@pytest.mark.slow
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


# Without a server: lists of all kinds, and networks that answer from a table

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
LIST = "https://library.example/lists/all.csv"


class Shelf:
    """A network that knows a few links, and keeps what it was asked for."""

    def __init__(self, network: str, **posts: str) -> None:
        self.network, self.asked = network, list[list[str]]()
        self.posts = posts
        self.trouble: SourceError | None = None

    def claims(self, link: str) -> bool:
        return link.startswith(f"https://{self.network}.example/")

    def posts_behind(self, links: list[str]) -> list[SeenPost]:
        self.asked.append(list(links))
        if self.trouble is not None:
            raise self.trouble
        numbers = [link.rpartition("/")[2] for link in links]
        return [
            SeenPost(self.network, "", number, "x", NOON, texts=(("text", self.posts[number]),))
            for number in numbers
            if number in self.posts
        ]


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def first() -> Shelf:
    return Shelf("first", a="Письмо", b="Дневник")


@pytest.fixture
def second() -> Shelf:
    return Shelf("second", a="Рассказ")


@pytest.fixture
def lists(settings: Settings, clock: FakeClock, answers: Answers, first: Shelf, second: Shelf) -> LinksSource:
    made = LinksSource(settings, None, clock, {"first": first, "second": second})  # type: ignore[arg-type, dict-item]
    made._web = answers  # type: ignore[assignment]
    return made


def _reads(source: LinksSource, *tags: str) -> list[Page]:
    place = Place("links", f"links:{LIST}", LIST)
    return list(source.read(place, since=NOON, until=NOON, tags=tags))


def test_its_manners(lists: LinksSource) -> None:
    assert lists.polling == PollingPolicy(timedelta(minutes=60), 5_000)
    assert (lists.description.name, module.PER_SECOND, module.MOST_LINKS, module.MOST_BYTES) == (
        "links",
        1.0,
        5000,
        2 * 1024 * 1024,
    )
    assert [lists.claims(address) for address in (" links:x", "xlinks:", "https://links:1/")] == [True, False, False]
    assert lists.posts_behind(["https://first.example/a"]) == []


def test_a_list_at_an_address_is_asked_for_as_a_text(lists: LinksSource, answers: Answers) -> None:
    answers.says(LIST, 200, "\ufeffhttps://first.example/a https://x.example/b")
    assert lists.resolve(f" links: {LIST} ") == Place("links", f"links:{LIST}", LIST, "all.csv (2)")
    assert answers.how == [{"redirects": 3, "accept": "text/plain, text/csv, */*;q=0.5"}]


@pytest.mark.parametrize(
    ("status", "line"),
    [(status, f"There is no list at {LIST} (HTTP {status}).") for status in (401, 403, 404, 410)],
)
def test_a_list_that_is_not_there(lists: LinksSource, answers: Answers, status: int, line: str) -> None:
    answers.says(LIST, status, "https://first.example/a", requests=2)
    with pytest.raises(Refused) as refused:
        lists.resolve(f"links:{LIST}")
    assert refused.value.line == f"{line} {module.EXAMPLES}"
    with pytest.raises(Closed) as closed:
        _reads(lists)
    assert (closed.value.line, closed.value.requests) == (line, 2)


@pytest.mark.parametrize("status", [201, 302, 400])
def test_another_answer_is_trouble(lists: LinksSource, answers: Answers, status: int) -> None:
    answers.says(LIST, status, "https://first.example/a")
    with pytest.raises(TryLater) as told:
        lists.resolve(f"links:{LIST}")
    assert told.value.line == (f"The site answers with HTTP {status}. Relay tries again by itself; nothing was lost.")


def test_each_network_has_a_page_and_what_nobody_reads_is_told(
    lists: LinksSource, answers: Answers, first: Shelf, second: Shelf
) -> None:
    text = "second.example/no\nhttps://second.example/a\nhttps://first.example/a\nhttps://x.example/1\n"
    text += "https://first.example/c\nhttps://first.example/b\nhttps://first.example/d\nhttp://y.example/2\n"
    answers.says(LIST, 200, text, requests=3)
    pages = _reads(lists, "##proryv80", "other")
    shown = [[(post.network, post.post_id) for post in page.posts] for page in pages]
    assert shown == [[("second", "a")], [("first", "a"), ("first", "b")], []]
    nobodys = ("https://x.example/1: no network that Relay reads", "http://y.example/2: no network that Relay reads")
    assert [(page.requests, page.total, page.reached, page.faults) for page in pages] == [
        (4, None, None, ()),
        (1, None, None, ("Links to first behind which is nothing that we may see: 2 of 4",)),
        (0, 7, NOON, nobodys),
    ]
    assert pages[1].posts[0].texts == (("text", "Письмо"), ("handed in", "#proryv80"))
    assert first.asked == [[f"https://first.example/{name}" for name in "acbd"]]
    assert second.asked == [["https://second.example/a"]]


def test_without_a_tag_nothing_is_added_and_an_empty_list_is_one_page(lists: LinksSource, answers: Answers) -> None:
    answers.says(LIST, 200, "https://first.example/b")
    assert _reads(lists)[0].posts[0].texts == (("text", "Дневник"),)
    answers.says(LIST, 200, "", requests=2)
    (page,) = _reads(lists)
    assert (page.posts, page.requests, page.total, page.reached, page.faults) == ((), 2, 0, NOON, ())


def test_one_closed_link_closes_no_list_and_other_trouble_stays_what_it_is(
    lists: LinksSource, answers: Answers, first: Shelf
) -> None:
    answers.says(LIST, 200, "https://first.example/b")
    first.trouble = Closed("The wall is closed.", requests=7)
    with pytest.raises(TryLater) as told:
        _reads(lists)
    assert (told.value.line, told.value.requests) == ("The wall is closed.", 7)
    first.trouble = Parked("It rests.", key="x", until=NOON)
    with pytest.raises(Parked):
        _reads(lists)


def test_a_list_of_this_machine_may_be_as_large_as_the_limit(lists: LinksSource, tmp_path: Path) -> None:
    link = b"https://first.example/a"
    path = tmp_path / "list.txt"
    path.write_bytes(link.ljust(2 << 20))
    assert lists.resolve(f"links:{path}").title == "list.txt (1)"
    path.write_bytes(link.ljust((2 << 20) + 1))
    with pytest.raises(Refused) as told:
        lists.resolve(f"links:{path}")
    assert told.value.line == f"The list {path} is larger than 2 MB. {module.EXAMPLES}"


def test_a_list_of_this_machine_is_named_whole(
    lists: LinksSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.txt").write_text("https://first.example/a", "utf-8-sig")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "list.txt"
    assert lists.resolve("links:list.txt") == Place("links", f"links:{path}", str(path), "list.txt (1)")
    place = Place("links", f"links:{path}", str(path))
    (page, last) = lists.read(place, since=NOON, until=NOON, tags=[])
    assert (page.requests, last.requests) == (1, 0)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("none.txt", "The list {where} can't be read (No such file or directory)."),
        ("", "links: names no list."),
        ("a\0b", "The list {where} can't be read (no path)."),
        ("empty.txt", "There is no link in {where}. Write one link a line."),
    ],
)
def test_why_a_list_of_this_machine_is_refused(lists: LinksSource, tmp_path: Path, name: str, line: str) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(Refused) as told:
        lists.resolve(f"links:{tmp_path / name}" if name else "links:")
    hint = "" if "Write" in line else f" {module.EXAMPLES}"
    assert told.value.line == line.format(where=tmp_path / name) + hint


def test_a_list_has_its_links_each_once_in_order_and_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINKS", 3)
    text = "https://a.example/1;https://a.example/2\n  # https://a.example/no\nhttps://a.example/1\n"
    assert links_of(text) == ["https://a.example/1", "https://a.example/2"]
    assert links_of(text + "https://a.example/3;https://a.example/4") == [f"https://a.example/{n}" for n in (1, 2, 3)]
    assert links_of(text + "https://a.example/3\nhttps://a.example/4") == [f"https://a.example/{n}" for n in (1, 2, 3)]
    assert links_of(text + "https://a.example/4") == [f"https://a.example/{n}" for n in (1, 2, 4)]


@pytest.mark.parametrize("sign", ["\t", ";", ","])
def test_the_cells_of_a_table_are_parted_by_what_stands_in_it_most(sign: str) -> None:
    rows = [sign.join(("Анна", f"vk.com/video-1_{number}", "Луга")) for number in range(3)]
    assert links_of("\n".join(rows)) == [f"vk.com/video-1_{number}" for number in range(3)]


def test_fifty_lines_tell_what_parts_the_cells() -> None:
    head = ["Анна,Луга"] * 49
    tail = ["a;vk.com/video-1_2;b;c;d;e;" * 20]
    assert links_of("\n".join([*head, *tail]))[:1] == ["vk.com/video-1_2"]
    assert links_of("\n".join([*head, "Анна,Луга", *tail])) == []


@pytest.mark.slow
def test_a_quote_that_is_never_closed_hides_no_link() -> None:
    text = '"Анна;https://a.example/1\n' + "Борис;https://a.example/2\n" * 6_000
    assert links_of(text) == ["https://a.example/1", "https://a.example/2"]
