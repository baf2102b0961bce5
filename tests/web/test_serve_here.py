"""Where the desk listens, what it calls itself and how it hears of its end; in this process, on the loopback."""

from __future__ import annotations

import signal
import socket
import threading

import pytest

from relay.errors import Refused
from relay.web import serve


class Listener:
    def __init__(self, host: str, port: int) -> None:
        self.name = (host, port, 0, 0)

    def getsockname(self) -> tuple[object, ...]:
        return self.name


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8400"),
        ("0.0.0.0", "http://127.0.0.1:8400"),
        ("::", "http://[::1]:8400"),
        ("::1", "http://[::1]:8400"),
        ("10.0.0.7", "http://10.0.0.7:8400"),
    ],
)
def test_the_desks_address_can_be_opened_on_this_machine(host: str, address: str) -> None:
    assert serve._address(Listener(host, 8400)) == address  # type: ignore[arg-type]


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with serve._listening("127.0.0.1", 0) as listener:
        assert listener.family is socket.AF_INET
        port = listener.getsockname()[1]
        with pytest.raises(Refused, match=f"can't listen on 127.0.0.1, port {port}: Address already in use") as refused:
            serve._listening("127.0.0.1", port)
    assert refused.value.hint == "Choose another with --host and --port."


def test_a_signal_is_heard_where_nobody_else_listens_and_left_as_it_was() -> None:
    heard: list[int] = []
    before = {number: signal.getsignal(number) for number in serve.ENDINGS}
    mine = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with serve._on_signals(lambda number, _frame: heard.append(number)):
            signal.raise_signal(signal.SIGTERM)
        assert heard == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        others: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _frame: others.append(number))
        with serve._on_signals(lambda number, _frame: heard.append(number)):
            signal.raise_signal(signal.SIGTERM)
        assert (heard, others) == ([signal.SIGTERM], [signal.SIGTERM])
    finally:
        signal.signal(signal.SIGTERM, mine)
    assert {number: signal.getsignal(number) for number in serve.ENDINGS} == before


def test_in_another_thread_no_signal_is_touched() -> None:
    seen: list[object] = []

    def work() -> None:
        with serve._on_signals(lambda *_words: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
