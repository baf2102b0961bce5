from __future__ import annotations

import os
import re

import pytest

from relay.web import static_files


@pytest.mark.slow
def test_a_browser_keeps_what_a_page_names_for_good(vera):
    address = re.search(r'"(/static/desk\.css\?v=\w+)"', vera.get("/sign-in").text)[1]
    answer = vera.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert address == static_files.address("desk.css")


@pytest.mark.slow
@pytest.mark.parametrize("address", ["/static/desk.css", "/static/desk.css?v=", "/static/desk.css?v=another"])
def test_under_any_other_address_it_asks_again_each_time(vera, address):
    answer = vera.get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    again = vera.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_that_changes_has_another_address(tmp_path, monkeypatch):
    monkeypatch.setattr(static_files, "FOLDER", tmp_path)
    file, seen = tmp_path / "desk.css", set()
    for at, text in enumerate(("a", "b", "a")):
        file.write_text(text)
        os.utime(file, ns=(at, at))
        seen.add(static_files.address("desk.css"))
    assert len(seen) == 2
