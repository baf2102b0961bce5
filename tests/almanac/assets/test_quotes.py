from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.almanac.assets import quotes
from relay.almanac.assets.quotes import ImportCount, NewQuote, read
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.views import as_json
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
    assert lines == [NewQuote("«Лёд; трещал»", "17", "Ольга", "https://www.prlib.ru/17"), NewQuote("Мы выстоим.", "2")]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"a,b\n1,2\n", b"[1, 2]", b"{", b"\x89PNG\xff\xfe", b"[]", b'{"quotes": 7}', b'{"quotes": {"text": "x"}}',
        b'[{"text": ""}]', b'[{"text": "x"}, 7]', b"text,author\n", b"text,author\n,x\n", b'{"texts": [{"text": "x"}]}',
        b"\xd0\x98\x98",
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(data, "q")
    assert refused.value.line == (
        "q is no table of quotes. "
        "Give a CSV with the columns number, text, author, link, or a JSON list of such objects."
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_are_parted_by_the_sign_that_the_headings_have(mark: str) -> None:
    rows = [("Автор", " TEXT ", "n", "url", "чужое"), ("А", "а, б; в", "3", "http://x", "?"), ("", "", "", "", "?")]
    data = "\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows) + "\n"
    assert read(data.encode(), "q") == [NewQuote("а, б; в", "3", "А", "http://x")]


def test_the_first_of_two_columns_counts_and_what_is_no_text_is_left_out() -> None:
    assert read('[{"text": "раз", "quote": "два", "author": ["x"], "link": {"a": 1}, "number": 0}]'.encode(), "q") == [
        NewQuote("раз", "0")
    ]
    assert read("text,quote\nраз,два,три\n".encode(), "q") == [NewQuote("раз")]
    assert read(b'[{"text": "x"}, {"author": "A"}, {}]', "q") == [NewQuote("x"), NewQuote("", "", "A")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (NewQuote("x" * 4000, "1" * 32, "", "HTTP://x"), None),
        (NewQuote("x" * 4001), "A quote has a text of up to 4000 letters."),
        (NewQuote(" \n"), "A quote has a text of up to 4000 letters."),
        (NewQuote("x", "1" * 33), "A quote's number has up to 32 letters."),
        (
            NewQuote("x", "", "", "www.x"),
            "A quote's link begins with https://. It stands on the card as a code to scan.",
        ),
        (
            NewQuote("x", "", "", "xhttps://"),
            "A quote's link begins with https://. It stands on the card as a code to scan.",
        ),
    ],
)
def test_the_bounds_of_a_quote(line: NewQuote, said: str | None) -> None:
    if said is None:
        assert quotes.checked(line) == line
    else:
        with pytest.raises(Refused) as refused:
            quotes.checked(line)
        assert refused.value.line == said


def test_a_quote_is_in_one_line_in_all_its_parts() -> None:
    line = quotes.checked(NewQuote(" а\n б ", " 1  2 ", "\tА  Б", " https://x\n"))
    assert line == NewQuote("а б", "1 2", "А Б", "https://x")


def test_a_table_taken_in_twice_changes_only_what_differs(relay: Relay, tmp_path: Path) -> None:
    Town(relay)
    file = tmp_path / "q.csv"
    file.write_text("number,text,author\n1,раз,А\n2,два,Б\n")
    assert quotes.import_table(relay, "proryv80", file) == ImportCount(2, 0, 0)
    file.write_text("number,text,author\n1,раз,А\n2,две,Б\n,три,В\n")
    assert quotes.import_table(relay, "proryv80", file) == ImportCount(1, 1, 1)
    rows = [(row.number, row.text) for row in quotes.listing(relay, "proryv80")]
    assert rows == [("1", "раз"), ("2", "две"), ("3", "три")]


def test_a_table_with_a_slip_changes_nothing_and_names_the_line(relay: Relay, tmp_path: Path) -> None:
    Town(relay)
    file = tmp_path / "q.csv"
    file.write_text("number,text,link\n1,раз,\n2,два,javascript:alert(1)\n")
    with pytest.raises(Refused) as refused:
        quotes.import_table(relay, "proryv80", file)
    assert refused.value.line.startswith("Quote 2 of the file: A quote's link begins with https://.")
    assert refused.value.line.endswith("as a code to scan.")
    assert quotes.listing(relay, "proryv80") == []
    with pytest.raises(Refused, match=r"^The file .*gone\.csv can't be read\.$"):
        quotes.import_table(relay, "proryv80", tmp_path / "gone.csv")


@pytest.mark.slow
def test_a_file_of_quotes_has_a_size_that_is_bearable(
    relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Town(relay)
    assert quotes.MOST_BYTES == 8 << 20
    monkeypatch.setattr(quotes, "MOST_BYTES", 2 << 20)
    file = tmp_path / "q.csv"
    file.write_bytes(b"text\nx\n")
    with file.open("r+b") as opened:
        opened.truncate(2 << 20)
    with pytest.raises(Refused, match=r"^q\.csv is no table of quotes"):
        quotes.import_table(relay, "proryv80", file)
    with file.open("r+b") as opened:
        opened.truncate((2 << 20) + 1)
    with pytest.raises(Refused, match=r"^q\.csv is larger than 2 MB\.$"):
        quotes.import_table(relay, "proryv80", file)


@pytest.mark.slow
def test_what_of_a_quote_changed_is_brought_up_to_date_in_its_campaign(relay: Relay, tmp_path: Path) -> None:
    Town(relay, "other")
    Town(relay)
    quotes.add(relay, "other", "чужая", number="1", author="Я", link="https://x")
    file = tmp_path / "q.json"
    for more, counted in (
        ({"text": "раз"}, ImportCount(1, 0, 0)),
        ({"text": "раз"}, ImportCount(0, 0, 1)),
        ({"text": "раз", "author": "А"}, ImportCount(0, 1, 0)),
        ({"text": "раз", "author": "А", "link": "https://a"}, ImportCount(0, 1, 0)),
        ({"text": "два", "author": "А", "link": "https://a"}, ImportCount(0, 1, 0)),
    ):
        file.write_text(json.dumps([{"number": "1", **more}]))
        assert quotes.import_table(relay, "proryv80", file) == counted
    for number in ("10", "б", "9"):
        quotes.add(relay, "proryv80", "ещё", number=number)
    assert quotes.add(relay, "proryv80", "новая").number == "11"
    listed = quotes.listing(relay, "proryv80")
    assert as_json(listed[0]) == {"id": 2, "number": "1", "text": "два", "author": "А", "link": "https://a"}
    assert [one.number for one in listed] == ["1", "9", "10", "11", "б"]
    assert [one.text for one in quotes.listing(relay, "other")] == ["чужая"]
    with relay.reading() as session:
        assert quotes.find(session, 2, " 9 ").text == "ещё"
        for campaign, number in ((1, "9"), (2, "8")):
            with pytest.raises(NotFound, match=f"There is no quote {number} in this campaign"):
                quotes.find(session, campaign, number)


@pytest.mark.slow
def test_a_number_is_given_once(relay: Relay) -> None:
    Town(relay)
    assert quotes.add(relay, "proryv80", " Мы\nвыстоим. ", author="Мария").number == "1"
    assert quotes.add(relay, "proryv80", "Лёд трещал.").number == "2"
    with pytest.raises(Refused, match=r"^There is already a quote 2\.$"):
        quotes.add(relay, "proryv80", "Ещё раз.", number="2")
    for text, link in (("", ""), ("x" * 5000, ""), ("Да.", "ftp://x")):
        with pytest.raises(Refused):
            quotes.add(relay, "proryv80", text, link=link)
    with pytest.raises(NotFound):
        quotes.add(relay, "nowhere", "Да.")
    assert [row.text for row in quotes.listing(relay, "proryv80")] == ["Мы выстоим.", "Лёд трещал."]
