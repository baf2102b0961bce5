"""Files that are handed in at one host and looked at by another."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.errors import StorageDown
from relay.intake.hand_in import hand_ins, uploads
from relay.intake.hand_in.uploads import OpenUpload
from relay.media.buckets.files import BucketFiles
from relay.models import HandInState
from tests import s3

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(object_store):
    return s3.new_bucket(object_store)


@pytest.fixture
def relay(relay, object_store, bucket):
    return s3.in_bucket(relay, object_store, bucket)


@pytest.fixture
def worker(relay, object_store, bucket, tmp_path):
    return s3.in_bucket(relay, object_store, bucket, tmp_path / "worker")


@pytest.fixture
def hand_in_id(people):
    return people.hand_in(people.begins()).id


def sends(relay, hand_in_id, content=b"0123456789"):
    upload = uploads.create(relay, hand_in_id, name="a.mp4", kind="video/mp4", length=len(content))
    part = OpenUpload(relay, hand_in_id, upload, 0)
    try:
        part.write(content)
    finally:
        part.close()
    return upload


def test_a_whole_file_is_there_for_the_worker_and_goes_everywhere(relay, worker, people, hand_in_id):
    sends(relay, hand_in_id)
    (hand_in,) = people.rows()

    assert uploads.arrived(worker, hand_in).read_bytes() == b"0123456789"

    uploads.remove(worker, hand_in_id)
    with relay.transaction() as session:
        hand_in.state = HandInState.taken_in
        session.add(hand_in)
    uploads.tend_host(relay)
    for host in (relay, worker):
        assert uploads.kept(host) == []
        assert not (host.folder("handed-in") / str(hand_in_id)).exists()


def test_a_file_that_is_under_way_at_another_host_is_left_alone(relay, worker, people, hand_in_id, clock):
    uploads.create(relay, hand_in_id, name="a.mp4", kind="video/mp4", length=10)
    clock.moves(hours=relay.settings.hand_in_hours + 1)

    assert hand_ins.tidy(worker) == 0
    assert people.rows()[0].state is HandInState.begun


def test_a_store_that_is_away_at_the_last_byte_loses_nothing(relay, worker, people, hand_in_id, monkeypatch):
    def away(*_args):
        raise StorageDown("The object store doesn't do what it is asked ({why}).", why="")

    with monkeypatch.context() as patched, pytest.raises(StorageDown):
        patched.setattr(BucketFiles, "share", away)
        sends(relay, hand_in_id)
    (hand_in,) = people.rows()
    assert hand_in.state is HandInState.begun
    assert uploads.open_upload(relay, hand_in).offset == 10

    uploads.tend_host(relay)

    (hand_in,) = people.rows()
    assert hand_in.state is HandInState.waiting
    assert Path(uploads.arrived(worker, hand_in)).read_bytes() == b"0123456789"


def test_what_waits_stays_where_it_is(relay, people, hand_in_id):
    sends(relay, hand_in_id)

    uploads.tend_host(relay)

    assert uploads.arrived(relay, people.rows()[0]) is not None
