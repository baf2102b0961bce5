"""Files that a program brings as the body of its request."""

from __future__ import annotations

import json

import pytest

from relay.web.api import uploads
from tests.web.api.conftest import fails

TABLE = "/campaigns/proryv80/quotes/file"


@pytest.mark.slow
def test_a_table_of_texts_is_taken_in(relay, town, program):
    boris = program("boris")
    told = boris.post(TABLE, params={"file_name": "тексты.csv"}, content="number;text\n7;Мы выстоим!\n".encode())
    assert (told.status_code, told.json()) == (200, {"added": 1, "changed": 0, "same": 0})
    table = json.dumps([{"number": "8", "text": "Ладога"}]).encode()
    assert boris.post(TABLE, params={"file_name": "x.json"}, content=table).json()["added"] == 1
    assert [row["number"] for row in boris.reads("/campaigns/proryv80/quotes")] == ["7", "8"]
    assert list(relay.folder(uploads.FOLDER).iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../../relay.db", "a/b.csv", "x" * 150, "sh.$(touch)", ".csv", ""])
def test_what_a_file_is_called_leads_nowhere(relay, town, program, name):
    before = sorted(path.name for path in relay.settings.data_dir.rglob("*"))
    program("boris").post(TABLE, params={"file_name": name}, content=b"number;text\n")
    after = sorted(path.name for path in relay.settings.data_dir.rglob("*"))
    assert set(after) - set(before) <= {uploads.FOLDER}


def test_a_file_that_is_too_large_is_refused_and_gone(relay, town, program):
    relay.settings.max_video_mb = 1
    told = fails(program("boris").post(TABLE, params={"file_name": "x.csv"}, content=b"a" * 1_000_001), 400, "refused")
    assert "1 MB" in told["detail"]
    assert list(relay.folder(uploads.FOLDER).iterdir()) == []


@pytest.mark.slow
def test_an_empty_file_is_refused(town, program):
    fails(program("boris").post(TABLE, params={"file_name": "x.csv"}, content=b""), 400, "refused")


@pytest.mark.slow
def test_other_bodies_stay_as_small_as_a_form(town, program):
    assert program("boris").post("/campaigns/proryv80/quotes", content=b"a" * 300_000).status_code == 413
