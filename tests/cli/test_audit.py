"""The record, and clips that are returned, on the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from relay.almanac.delivery import sign_off
from relay.almanac.plan import queries
from relay.models import ClipState
from tests.almanac.cinema import has_version
from tests.almanac.delivery.reviewing.test_protocols import BOXES
from tests.cli.test_commands import SLUG, home, relay_at, run, town  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow  # whole commands


def test_a_clip_is_returned_and_taken_back(run, town):  # noqa: F811
    clip = str(town.has_clip(name="Ольга"))
    told = run("clip", "return", clip, "--ask", "name", "--ask", "sound", "--note", "Louder!", "--as", "Анна")
    assert told.code == 0
    assert told.out.startswith(f"Clip {clip} waits for its participant. Send them this:\n")
    assert "http://127.0.0.1:8000/answer/" in told.out
    (row,) = run("clip", "list", SLUG, "--json").document
    assert (row["state"], bool(row["returned"])) == ("awaiting", True)
    assert "returned to the participant" in run("clip", "list", SLUG).out
    (listed,) = run("clip", "returned", SLUG, "--json").document
    assert (listed["asks"], listed["note"], listed["days"]) == (["name", "sound"], "Louder!", 0)
    assert "The sound is poor" in run("clip", "returned", SLUG).out
    assert run("clip", "return", clip, "--ask", "weather").code == 1
    assert run("clip", "call-off", clip, "--as", "Анна").out == f"Clip {clip} is in the queue again.\n"
    assert run("clip", "returned", SLUG).out == "No clip waits for its participant.\n"


def test_the_record_is_listed(run, town):  # noqa: F811
    clip = str(town.has_clip(name="Ольга"))
    run("clip", "reject", clip, "--as", "Анна", "--reason", "offensive")
    run("clip", "undo", clip, "--as", "Кира")
    deeds = run("audit", "list", "--campaign", SLUG, "--json").document
    assert [(deed["person"], deed["what"]) for deed in deeds] == [("Кира", "undo"), ("Анна", "reject")]
    more = run("audit", "list", "--after", deeds[0]["place"], "--limit", "1", "--json").document
    assert [deed["person"] for deed in more] == ["Анна"]
    assert "rejected" in run("audit", "list", "--person", "Анна").out
    long_ago = run("audit", "list", "--since", "2001-01-01", "--until", "2001-01-02")
    assert long_ago.out == "Nobody did anything like this.\n"
    assert run("audit", "list", "--since", "yesterday").code == 2


def test_the_record_is_verified_and_its_head_kept(run, town, relay_at, tmp_path):  # noqa: F811
    clip = str(town.has_clip(name="Ольга"))
    run("clip", "reject", clip, "--as", "Анна", "--reason", "offensive")
    kept = tmp_path / "head.json"
    words = run("audit", "head", "--out", str(kept)).out.strip()
    assert json.loads(kept.read_text()) == {"relay": "head of the record", **run("audit", "head", "--json").document}
    run("clip", "undo", clip, "--as", "Анна")
    for since in (str(kept), words):
        whole = run("audit", "verify", "--since-head", since)
        assert whole.code == 0
        assert whole.out.startswith("The record is whole. Entries of the chain: ")
    assert run("audit", "verify", "--json").document["whole"] is True
    with sqlite3.connect(relay_at.store.path) as connection:
        connection.execute("DROP TRIGGER chain_decision_update")
        connection.execute("UPDATE decision SET person = 'Вера' WHERE id = 1")
    found = run("audit", "verify", "--since-head", words)
    assert found.code == 1
    assert "What is recorded was changed later." in found.out
    assert "chain_decision_update" in found.out
    assert found.err == "The record was changed by somebody who is not Relay. Places: 2.\n"
    assert [fault["kind"] for fault in run("audit", "verify", "--json").document["faults"]] == [
        "guard missing",
        "row changed",
    ]


def test_what_is_no_head_is_refused(run, town, tmp_path):  # noqa: F811
    told = run("audit", "verify", "--since-head", str(tmp_path / "none.json"))
    assert told.code == 1
    assert "none.json holds no head of the record." in told.err
    assert run("audit", "head", "--day", "2001-01-01").err == "Nothing had been recorded by then.\n"
    run("clip", "reject", str(town.has_clip()), "--as", "Анна", "--reason", "offensive")
    refused = run("audit", "head", "--out", str(tmp_path / "no" / "head.json"))
    assert (refused.code, "can't be written" in refused.err) == (1, True)


def test_a_film_goes_with_its_protocols_and_is_compared_without_a_database(run, town, relay_at, tmp_path):  # noqa: F811
    town.has_clip(name="Ольга", state=ClipState.approved, duration=10)
    relay = relay_at
    queries.new(relay, SLUG, "film", title="Голоса", all_approved=True)
    has_version(relay, SLUG, content=BOXES)
    assert run("almanac", "protocol", SLUG, "film").err == "Nobody has given a verdict on version 1 yet.\n"
    link = sign_off.ask(relay, SLUG, "film", to="К. А. Веденеев", position="глава", person="Ольга")
    sign_off.remark(relay, link.secret, "Синявино", seconds=1)
    sign_off.decide(relay, link.secret, "remarks")
    made = run("almanac", "protocol", SLUG, "film", "--as", "Ольга").out.splitlines()
    key = run("audit", "key", "--json").document["protocols"]
    assert made[1].endswith(f"--key {key}")
    assert key in run("audit", "key").out
    elsewhere = tmp_path / "elsewhere.mp4"
    elsewhere.write_bytes(Path(made[0]).read_bytes())
    held = run("almanac", "verify", str(elsewhere), "--key", key)
    assert held.code == 0
    assert "К. А. Веденеев" in held.out
    assert "0:01 Синявино" in held.out
    (said,) = run("almanac", "verify", str(elsewhere), "--json").document
    assert (said["holds"], said["is_known"], said["protocol"]["version"]) == (True, None, 1)
    assert "another key than the one" in run("almanac", "verify", str(elsewhere), "--key", "ab" * 32).err
    content = elsewhere.read_bytes()
    elsewhere.write_bytes(content.replace("глава".encode(), "хлава".encode()))
    assert "A protocol in this file was changed" in run("almanac", "verify", str(elsewhere)).err
    elsewhere.write_bytes(content.replace(b"film", b"Film", 1))
    assert run("almanac", "verify", str(elsewhere)).err == "The film in this file is not the one that was agreed to.\n"


def test_what_is_held_of_a_person_stands_under_the_right_headings(run, town):  # noqa: F811
    clip = str(town.has_clip(name="Ольга Ткач"))
    first, row, *_ = run("privacy", "report", clip).out.splitlines()
    assert first.split() == ["what", "number", "campaign", "since", "why", "until"]
    assert row.split()[:5] == ["Clip", clip, SLUG, "Ольга", "Ткач"]
