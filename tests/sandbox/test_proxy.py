"""The proxy alone: before a small server of the test's own in place of the web side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from relay.sandbox.network import Network
from relay.sandbox.proxy import Proxy

OURS = "CONNECT VK.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = b"HTTP/1.1 502 Not in this network\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LET_IN = b"HTTP/1.1 200 Connection established\r\n\r\n"
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


def with_proxy(network: Network, visits: Callable[[Proxy, int], Coroutine[Any, Any, None]]) -> None:
    """`visits(proxy, port)` while the proxy runs; the web side says everything back in capitals."""

    async def echo(reader: Reader, writer: Writer) -> None:
        while block := await reader.read(100):
            writer.write(block.upper())
        writer.close()

    async def run() -> None:
        web = await asyncio.start_server(echo, "127.0.0.1", 0)
        proxy = Proxy(network, web.sockets[0].getsockname()[1])
        try:
            await visits(proxy, await proxy.start("127.0.0.1", 0))
        finally:
            await proxy.stop()
            web.close()

    asyncio.run(asyncio.wait_for(run(), 10))


async def answer(port: int, said: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said.encode())
    told = await reader.read()
    writer.close()
    return told


async def is_dropped(port: int, said: str) -> bool:
    """Whether the line goes dead without a word."""
    try:
        return await answer(port, said) == b""
    except ConnectionError:
        return True


def test_only_our_own_hosts_are_let_through_and_only_as_a_tunnel(network: Network) -> None:
    strangers = [
        ("CONNECT example.org:443 HTTP/1.1", "example.org:443"),
        ("CONNECT vk.com:80 HTTP/1.1", "vk.com:80"),
        ("CONNECT evil.vk.com:443 HTTP/1.1", "evil.vk.com:443"),
        ("GET vk.com:443 HTTP/1.1", "vk.com:443"),
        ("nonsense", ""),
    ]

    async def visits(_proxy: Proxy, port: int) -> None:
        for line, _ in strangers:
            assert await answer(port, f"{line}\r\nHost: x\r\n\r\n") == REFUSED, line

    with_proxy(network, visits)
    assert network.refused == [target for _, target in strangers]


def test_bytes_go_both_ways_until_one_side_is_done(network: Network) -> None:
    async def visits(_proxy: Proxy, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(OURS.encode())
        assert await reader.readexactly(len(LET_IN)) == LET_IN
        for word in (b"hello", b"again"):
            writer.write(word)
            assert await reader.readexactly(len(word)) == word.upper()
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()

    with_proxy(network, visits)
    assert network.refused == []


def test_a_network_that_is_down_drops_whoever_comes(network: Network) -> None:
    network.is_down()

    async def visits(_proxy: Proxy, port: int) -> None:
        assert await is_dropped(port, OURS)

    with_proxy(network, visits)
    assert network.refused == []


def test_who_says_too_much_or_leaves_early_is_dropped(network: Network) -> None:
    async def visits(_proxy: Proxy, port: int) -> None:
        assert await is_dropped(port, "CONNECT vk.com:443 " + "x" * 20_000 + "\r\n\r\n")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"CONNECT")
        writer.close()
        assert await answer(port, f"GET /{'x' * 10_000} HTTP/1.1\r\n\r\n") == REFUSED

    with_proxy(network, visits)


def test_a_proxy_that_stops_ends_its_tunnels_and_listens_no_more(network: Network) -> None:
    async def visits(proxy: Proxy, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(OURS.encode())
        await reader.readexactly(len(LET_IN))
        await proxy.stop()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", port)

    with_proxy(network, visits)
    asyncio.run(Proxy(network, 1).stop())
