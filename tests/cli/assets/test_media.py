"""Files into an object store, on the command line."""

from __future__ import annotations

import hashlib

import pytest

from tests import s3
from tests.cli.test_commands import home, relay_at, run, town  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow  # whole commands


@pytest.fixture
def bucket(object_store, monkeypatch):
    """Its address; the environment says how it is reached."""
    told = {"ENDPOINT": object_store, "ACCESS_KEY": "relay", "SECRET_KEY": "not secret", "REGION": "us-east-1"}
    for name, value in told.items():
        monkeypatch.setenv(f"RELAY_MEDIA_{name}", value)
    return f"s3://{s3.new_bucket(object_store)}/town"


def test_files_move_into_a_bucket_and_the_folder_is_emptied(run, town, bucket, monkeypatch):  # noqa: F811
    relay, content = town.relay, b"an original"
    key, given = f"originals/{hashlib.sha256(content).hexdigest()}", town.relay.folder("work") / "given"
    given.write_bytes(content)
    relay.media.put(key, given)
    old = relay.settings.place_of_media

    moved = run("media", "move", bucket)
    assert moved.code == 0
    assert f"In {bucket}: files (1); brought now: 1 (0 MB), removed from the old place: 0" in moved.out
    assert f"relay media move --from {old}" in moved.out
    assert relay.media.has(key)

    monkeypatch.setenv("RELAY_MEDIA_URL", bucket)
    document = run("media", "move", "--from", old, "--json").document
    assert document == {"files": 1, "new": 0, "bytes": 0, "removed": 1, "erased": 0, "damaged": []}
    assert not relay.media.has(key)


@pytest.mark.parametrize("words", [(), ("s3://one", "--from", "s3://other"), ("ftp://place",)])
def test_what_is_no_place_is_refused(run, town, words):  # noqa: F811
    refused = run("media", "move", *words)
    assert refused.code == 1
    assert len(refused.err.strip().splitlines()) == 1


def test_where_files_are_already_they_stay(run, town):  # noqa: F811
    assert "kept in" in run("media", "move", town.relay.settings.place_of_media).err
