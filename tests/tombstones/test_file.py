from __future__ import annotations

import stat

import pytest

from relay.errors import NotFound, Refused
from relay.tombstones import file, stones
from relay.tombstones.key import TombstoneKey
from relay.tombstones.stones import Name, Recording

SHA = "ab" * 32


@pytest.fixture
def buried(relay, key, clock):
    with relay.transaction() as session:
        stones.put(session, key, [Name.of_bytes(SHA)], [Recording(b"p", b"s")], erasure="E-1", at=clock())
        stones.put(session, key, [Name.of_post("vk", "1", "2")], erasure="E-2", at=clock())
        stones.lift(session, "E-2", person="Анна", at=clock())
        return [row.model_dump(exclude={"id"}) for row in file.all_of(session)]


def test_a_file_gives_back_what_was_written(relay, key, clock, buried, tmp_path) -> None:
    path = tmp_path / file.NAME
    with relay.reading() as session:
        file.write(path, file.all_of(session), key, clock())
    assert [row.model_dump(exclude={"id"}) for row in file.read(path, key)] == buried
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SHA not in path.read_text()


@pytest.mark.slow
def test_tombstones_of_a_file_join_those_that_are_there(relay, key, clock, buried, tmp_path) -> None:
    path = tmp_path / file.NAME
    with relay.transaction() as session:
        file.write(path, file.all_of(session), key, clock())
        for row in file.all_of(session):
            session.delete(row)
    with relay.transaction() as session:
        assert stones.add(session, file.read(path, key)) == 3
        assert stones.add(session, file.read(path, key)) == 0
        assert stones.keeps_out(session, key, [Name.of_bytes(SHA)]) is not None
        assert stones.keeps_out(session, key, [Name.of_post("vk", "1", "2")]) is None  # it was lifted


@pytest.mark.slow
def test_a_file_that_lost_a_line_or_has_one_more_is_refused(relay, key, clock, buried, tmp_path) -> None:
    path = tmp_path / file.NAME
    with relay.reading() as session:
        file.write(path, file.all_of(session), key, clock())
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for damaged in (b"".join(lines[:-1]), whole[:-2], whole + lines[1], whole.replace(b"E-1", b"E-9")):
        path.write_bytes(damaged)
        with pytest.raises(Refused, match="not whole"):
            file.read(path, key)


@pytest.mark.parametrize("content", [b"", b"[]\n", b"{}\n", b"\xff\n", b"a b c"])
def test_what_is_no_file_of_tombstones_is_told(key, tmp_path, content) -> None:
    path = tmp_path / file.NAME
    path.write_bytes(content)
    with pytest.raises(Refused, match="is not a file of tombstones"):
        file.read(path, key)


def test_another_installations_file_is_told(relay, key, clock, buried, tmp_path) -> None:
    path = tmp_path / file.NAME
    with relay.reading() as session:
        file.write(path, file.all_of(session), key, clock())
    with pytest.raises(Refused, match="another key"):
        file.read(path, TombstoneKey.of(b"another"))


def test_the_file_beside_the_archive_is_found_or_the_one_that_is_given(tmp_path) -> None:
    archive, given = tmp_path / "backup.tar", tmp_path / "stick" / "list.jsonl"
    assert file.find(archive) is None
    with pytest.raises(NotFound):
        file.find(archive, given)
    (tmp_path / file.NAME).touch()
    assert file.find(archive) == tmp_path / file.NAME
    given.parent.mkdir()
    given.touch()
    assert file.find(archive, given) == given


@pytest.mark.slow
def test_every_place_of_backups_is_kept_up_to_date_and_loses_nothing(relay, key, clock, buried, tmp_path) -> None:
    beside = tmp_path / "backups"
    beside.mkdir()
    file.note_place(relay, beside)
    file.note_place(relay, beside)
    file.note_place(relay, tmp_path / "stick")
    assert file.keep_up(relay, key) == [tmp_path / "stick" / file.NAME]
    with relay.transaction() as session:  # as in a database that was restored
        session.delete(file.all_of(session)[0])
    assert file.keep_up(relay, key) == [tmp_path / "stick" / file.NAME]
    for place in (relay.settings.data_dir, beside):
        assert len(file.read(place / file.NAME, key)) == 3
