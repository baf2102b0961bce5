from __future__ import annotations

import errno
import shutil
from collections import namedtuple

import pytest

from relay.alerts import open_alerts
from relay.errors import DiskBroken, DiskFull, NotFound, Stale
from relay.intake.hand_in import hand_ins, uploads
from relay.intake.hand_in.uploads import Busy, Expired, NotAVideo, OpenUpload, TooLarge, TooMany

MEGABYTE = 1 << 20
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def hand_in_id(people):
    return people.hand_in(people.begins()).id


def begins(relay, hand_in_id, length=10, name="a.mp4", kind="video/mp4"):
    return uploads.create(relay, hand_in_id, name=name, kind=kind, length=length)


def sends(relay, hand_in_id, upload, offset, content):
    part = OpenUpload(relay, hand_in_id, upload, offset)
    try:
        part.write(content)
    finally:
        part.close()


@pytest.mark.slow
def test_a_file_comes_in_pieces(relay, people, hand_in_id):
    upload = begins(relay, hand_in_id)
    sends(relay, hand_in_id, upload, 0, b"01234")
    assert uploads.find(relay, hand_in_id, upload).offset == 5
    assert people.rows()[0].bytes_here == 5
    sends(relay, hand_in_id, upload, 5, b"56789")
    there = uploads.find(relay, hand_in_id, upload)
    assert (there.offset, there.length, there.done) == (10, 10, True)
    (hand_in,) = people.rows()
    assert (hand_in.state.value, hand_in.bytes_here) == ("waiting", 10)
    assert uploads.arrived(relay, hand_in).read_bytes() == b"0123456789"


@pytest.mark.slow
def test_a_file_is_for_its_owners_eyes_only(relay, hand_in_id):
    begins(relay, hand_in_id)
    (part,) = (relay.folder("handed-in") / str(hand_in_id)).iterdir()
    assert part.stat().st_mode & 0o077 == 0
    assert part.parent.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_a_piece_from_another_place_is_refused(relay, hand_in_id):
    upload = begins(relay, hand_in_id)
    sends(relay, hand_in_id, upload, 0, b"01234")
    for offset in (0, 4, 6, 10**12):
        with pytest.raises(Stale, match="another place: 5"):
            OpenUpload(relay, hand_in_id, upload, offset)
    assert uploads.find(relay, hand_in_id, upload).offset == 5


@pytest.mark.slow
def test_more_than_was_declared_is_refused(relay, people, hand_in_id):
    upload = begins(relay, hand_in_id)
    with pytest.raises(TooLarge):
        sends(relay, hand_in_id, upload, 0, b"0123456789!")
    assert uploads.find(relay, hand_in_id, upload).offset == 0
    assert people.rows()[0].state.value == "begun"


def test_two_don_t_write_one_file_at_once(relay, hand_in_id):
    upload = begins(relay, hand_in_id)
    first = OpenUpload(relay, hand_in_id, upload, 0)
    with pytest.raises(Busy):
        OpenUpload(relay, hand_in_id, upload, 0)
    first.write(b"01234")
    first.close()
    sends(relay, hand_in_id, upload, 5, b"56789")


@pytest.mark.slow
def test_twin_without_the_lock_two_would_mix_their_bytes(relay, people, hand_in_id, monkeypatch):
    monkeypatch.setattr("fcntl.flock", lambda *_: None)
    upload = begins(relay, hand_in_id)
    first, second = (OpenUpload(relay, hand_in_id, upload, 0) for _ in range(2))
    first.write(b"01234")
    second.write(b"abcdefghij")
    second.close()
    first.close()
    assert uploads.arrived(relay, people.rows()[0]).read_bytes() == b"01234fghij"


LET_IN = [("a.mp4", "video/mp4"), ("VID", "video/quicktime"), ("clip.3GP", ""), ("a.mov", "application/octet-stream")]
KEPT_OUT = [
    ("a.exe", ""),
    ("a.mp4", "text/html"),
    ("photo.jpg", "image/jpeg"),
    ("", ""),
    ("x", "application/octet-stream"),
]


@pytest.mark.slow
def test_videos_are_let_in_by_type_or_name_and_others_are_not(relay, hand_in_id):
    for name, kind in LET_IN:
        assert begins(relay, hand_in_id, name=name, kind=kind)
    for name, kind in KEPT_OUT:
        with pytest.raises(NotAVideo):
            begins(relay, hand_in_id, name=name, kind=kind)


@pytest.mark.slow
def test_odd_lengths_are_refused(relay, hand_in_id):
    for length, kind in ((0, NotAVideo), (-1, NotAVideo), (2048 * MEGABYTE + 1, TooLarge)):
        with pytest.raises(kind):
            begins(relay, hand_in_id, length=length)


@pytest.mark.slow
def test_the_name_is_data_and_names_nothing(relay, people, hand_in_id):
    begins(relay, hand_in_id, name="../../../etc/\u202epasswd.mp4")
    assert people.rows()[0].file_name == "../../../etc/passwd.mp4"
    (part,) = (relay.folder("handed-in") / str(hand_in_id)).iterdir()
    assert uploads.NAME.fullmatch(part.stem)


@pytest.mark.slow
def test_made_up_uploads_are_not_there(relay, hand_in_id):
    for upload in ("../1/x", "x", "", "0" * 32, "0" * 33, "é" * 32):
        with pytest.raises(NotFound):
            uploads.find(relay, hand_in_id, upload)


@pytest.mark.slow
def test_another_file_takes_the_place_of_the_first(relay, people, hand_in_id):
    first = begins(relay, hand_in_id)
    writing = OpenUpload(relay, hand_in_id, first, 0)
    second = begins(relay, hand_in_id, length=3, name="b.mp4")
    writing.write(b"0123456789")
    writing.close()
    with pytest.raises(Expired):
        uploads.find(relay, hand_in_id, first)
    assert (people.rows()[0].file_name, people.rows()[0].bytes_total) == ("b.mp4", 3)
    sends(relay, hand_in_id, second, 0, b"abc")
    assert uploads.arrived(relay, people.rows()[0]).read_bytes() == b"abc"


@pytest.mark.slow
def test_a_terminated_upload_is_gone_and_a_whole_one_stays(relay, people, hand_in_id):
    upload = begins(relay, hand_in_id)
    uploads.terminate(relay, hand_in_id, upload)
    with pytest.raises(Expired):
        uploads.find(relay, hand_in_id, upload)
    assert uploads.open_upload(relay, people.rows()[0]) is None
    upload = begins(relay, hand_in_id)
    sends(relay, hand_in_id, upload, 0, b"0123456789")
    with pytest.raises(Stale, match="arrived whole"):
        uploads.terminate(relay, hand_in_id, upload)
    with pytest.raises(Stale):
        begins(relay, hand_in_id)


# Limits


@pytest.mark.slow
def test_one_visitor_has_few_uploads_open(relay, people):
    ids = [people.hand_in(people.begins()).id for _ in range(4)]
    for hand_in_id in ids[:3]:
        begins(relay, hand_in_id)
    with pytest.raises(TooMany):
        begins(relay, ids[3])
    begins(relay, ids[0])  # instead of its own first one
    begins(relay, people.hand_in(people.begins("another home")).id)


@pytest.mark.slow
def test_one_visitor_has_few_bytes_on_their_way(relay, people):
    relay.settings.max_video_mb = 10
    ids = [people.hand_in(people.begins()).id for _ in range(3)]
    begins(relay, ids[0], length=10 * MEGABYTE)
    begins(relay, ids[1], length=5 * MEGABYTE)
    with pytest.raises(TooMany):
        begins(relay, ids[2], length=6 * MEGABYTE)


@pytest.mark.slow
def test_twin_without_that_limit_one_visitor_takes_it_all(relay, people, monkeypatch):
    monkeypatch.setattr(uploads, "OPEN_AT_ONCE", 99)
    relay.settings.hand_ins_per_hour = 0
    for _ in range(10):
        begins(relay, people.hand_in(people.begins()).id)


@pytest.fixture
def disk(monkeypatch):
    """`disk(3.5)`: so many gigabytes are free."""

    def has(free: float) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 << 30, 0, int(free * (1 << 30))))

    return has


@pytest.mark.slow
def test_all_that_was_promised_has_to_fit_beside_what_is_kept_free(relay, people, disk):
    disk(3.5)
    first, second = (people.hand_in(people.begins(home)).id for home in ("one", "two"))
    upload = begins(relay, first, length=1 << 30)
    with pytest.raises(DiskFull):
        begins(relay, second, length=1 << 30)
    with relay.reading() as session:
        assert [alert.key for alert in open_alerts(session)] == ["disk"]
    begins(relay, second, length=(1 << 29) - 1)
    uploads.terminate(relay, first, upload)
    begins(relay, second, length=1 << 30)


@pytest.mark.slow
def test_a_disk_that_fills_meanwhile_stops_an_upload_before_it_is_full(relay, hand_in_id, disk):
    disk(3)
    upload = begins(relay, hand_in_id)
    disk(2)
    with pytest.raises(DiskFull):
        sends(relay, hand_in_id, upload, 0, b"01234")
    disk(3)
    sends(relay, hand_in_id, upload, 0, b"0123456789")


@pytest.mark.slow
def test_twin_without_the_check_it_is_filled_to_the_last_byte(relay, hand_in_id, disk):
    relay.settings.min_free_gb = 0
    disk(1)
    upload = begins(relay, hand_in_id, length=1 << 30)
    disk(0.0001)
    sends(relay, hand_in_id, upload, 0, b"01234")
    assert uploads.find(relay, hand_in_id, upload).offset == 5


@pytest.mark.slow
def test_what_has_arrived_outlives_a_kill(relay, hand_in_id):
    """The length of the file is the offset: also when the process died before it could tell the database."""
    upload = begins(relay, hand_in_id)
    part = OpenUpload(relay, hand_in_id, upload, 0)
    part.write(b"0123")
    part._file.close()  # as a kill does it: nothing else is done
    assert uploads.find(relay, hand_in_id, upload).offset == 4
    sends(relay, hand_in_id, upload, 4, b"456789")
    assert uploads.find(relay, hand_in_id, upload).done


def killed_with_all_written(relay, hand_in_id):
    upload = begins(relay, hand_in_id)
    part = OpenUpload(relay, hand_in_id, upload, 0)
    part.write(b"0123456789")
    part._file.close()
    return upload


@pytest.mark.slow
def test_a_whole_file_whose_writer_was_killed_goes_on_without_its_browser(relay, people, hand_in_id):
    """A client that sees the last offset sends nothing more, and the file would have been thrown away."""
    upload = killed_with_all_written(relay, hand_in_id)
    assert not uploads.find(relay, hand_in_id, upload).done
    assert hand_ins.tidy(relay) == 0
    assert uploads.find(relay, hand_in_id, upload).done
    (hand_in,) = people.rows()
    assert uploads.arrived(relay, hand_in).read_bytes() == b"0123456789"


@pytest.mark.slow
def test_one_that_is_whole_and_still_held_is_left_to_who_holds_it(relay, people, hand_in_id):
    upload = begins(relay, hand_in_id)
    part = OpenUpload(relay, hand_in_id, upload, 0)
    part.write(b"0123456789")
    part._file.flush()
    assert not uploads.finish(relay, people.rows()[0])
    part.close()
    assert uploads.find(relay, hand_in_id, upload).done


def test_one_that_is_not_whole_waits_for_its_browser(relay, people, hand_in_id):
    upload = begins(relay, hand_in_id)
    sends(relay, hand_in_id, upload, 0, b"012345678")
    assert not uploads.finish(relay, people.rows()[0])
    assert uploads.find(relay, hand_in_id, upload).offset == 9


@pytest.mark.slow
def test_after_a_power_cut_only_what_was_synced_counts(relay, people, hand_in_id, monkeypatch):
    upload = begins(relay, hand_in_id)
    sends(relay, hand_in_id, upload, 0, b"01234")
    (part,) = (relay.folder("handed-in") / str(hand_in_id)).iterdir()
    part.write_bytes(b"01234\0\0\0")  # longer than what was synced: the cut left zeros
    assert uploads.find(relay, hand_in_id, upload).offset == 8, "a process that was killed has written them"
    monkeypatch.setattr("relay.processes.booted_at", lambda: part.stat().st_ctime + 1)
    assert uploads.find(relay, hand_in_id, upload).offset == 5
    with pytest.raises(Stale, match="another place: 5"):
        OpenUpload(relay, hand_in_id, upload, 8)
    sends(relay, hand_in_id, upload, 5, b"56789")
    (hand_in,) = people.rows()
    assert uploads.arrived(relay, hand_in).read_bytes() == b"0123456789"


@pytest.mark.slow
def test_a_disk_that_fails_is_told_and_what_came_before_is_kept(relay, hand_in_id, monkeypatch):
    upload = begins(relay, hand_in_id)
    sends(relay, hand_in_id, upload, 0, b"01234")

    def fails(_handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(uploads.os, "fsync", fails)
    with pytest.raises(DiskBroken):
        sends(relay, hand_in_id, upload, 5, b"56789")
    monkeypatch.undo()
    assert uploads.find(relay, hand_in_id, upload).offset == 10
    sends(relay, hand_in_id, upload, 10, b"")
    assert uploads.find(relay, hand_in_id, upload).done
