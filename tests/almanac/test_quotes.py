from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac import quotes
from relay.almanac.quotes import Counted, Line, read
from relay.context import Relay
from relay.errors import NotFound, Refused
from tests.moderation.town import Town

TABLE = 'номер;текст;автор;ссылка\n17;"«Лёд; трещал»";Ольга;https://www.prlib.ru/17\n2;Мы выстоим.;;\n\n'


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("cp1251"),
        b"\xef\xbb\xbf" + TABLE.encode().replace(b"\n", b"\r\n"),
        '[{"number": 17, "text": "«Лёд; трещал»", "author": "Ольга", "link": "https://www.prlib.ru/17"},'
        '{"number": "2", "text": "Мы  выстоим.", "author": null}]'.encode(),
        '{"quotes": [{"id": 17, "quote": "«Лёд; трещал»", "Автор": "Ольга", "url": "https://www.prlib.ru/17"},'
        '{"№": 2, "текст": "Мы выстоим."}]}'.encode(),
    ],
    ids=["csv", "windows", "excel", "json", "json by name"],
)
def test_tables_of_all_kinds_are_read(data: bytes) -> None:
    lines = read(data, "q")
    assert lines == [Line("«Лёд; трещал»", "17", "Ольга", "https://www.prlib.ru/17"), Line("Мы выстоим.", "2")]


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"[1, 2]", b"{", b"\x89PNG\xff\xfe"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"^q is no table of quotes"):
        read(data, "q")


def test_a_table_taken_in_twice_changes_only_what_differs(relay: Relay, tmp_path: Path) -> None:
    Town(relay)
    file = tmp_path / "q.csv"
    file.write_text("number,text,author\n1,раз,А\n2,два,Б\n")
    assert quotes.take_in(relay, "proryv80", file) == Counted(2, 0, 0)
    file.write_text("number,text,author\n1,раз,А\n2,две,Б\n,три,В\n")
    assert quotes.take_in(relay, "proryv80", file) == Counted(1, 1, 1)
    rows = [(row["number"], row["text"]) for row in quotes.listing(relay, "proryv80")]
    assert rows == [("1", "раз"), ("2", "две"), ("3", "три")]


def test_a_table_with_a_slip_changes_nothing_and_names_the_line(relay: Relay, tmp_path: Path) -> None:
    Town(relay)
    file = tmp_path / "q.csv"
    file.write_text("number,text,link\n1,раз,\n2,два,javascript:alert(1)\n")
    with pytest.raises(Refused) as refused:
        quotes.take_in(relay, "proryv80", file)
    assert refused.value.line.startswith("Quote 2 of the file: A quote's link begins with https://.")
    assert quotes.listing(relay, "proryv80") == []


def test_a_number_is_given_once(relay: Relay) -> None:
    Town(relay)
    assert quotes.add(relay, "proryv80", " Мы\nвыстоим. ", author="Мария").number == "1"
    assert quotes.add(relay, "proryv80", "Лёд трещал.").number == "2"
    with pytest.raises(Refused, match="already a quote 2"):
        quotes.add(relay, "proryv80", "Ещё раз.", number="2")
    for text, link in (("", ""), ("x" * 5000, ""), ("Да.", "ftp://x")):
        with pytest.raises(Refused):
            quotes.add(relay, "proryv80", text, link=link)
    with pytest.raises(NotFound):
        quotes.add(relay, "nowhere", "Да.")
    assert [row["text"] for row in quotes.listing(relay, "proryv80")] == ["Мы выстоим.", "Лёд трещал."]
