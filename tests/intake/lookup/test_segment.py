from __future__ import annotations

import stat
from pathlib import Path

import pytest

from relay.intake.lookup import segment
from relay.intake.lookup.seeds import Printed, SeedQuery
from relay.intake.lookup.segment import Damaged, PrintTables
from tests.intake.lookup.test_chunks import changed, some
from tests.intake.lookup.test_seeds import print_of
from tests.intake.test_sound_prints import printed, speech

NAMES = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture(scope="module")
def tables() -> PrintTables:
    prints = [print_of(some(1, 8), printed(speech(1, 4))), print_of(some(2, 8)), print_of(some(3, 8), inner=some(4, 8))]
    return PrintTables.of([Printed.of(name, one) for name, one in zip(NAMES, prints, strict=True)])


@pytest.fixture
def file(tables: PrintTables, tmp_path: Path) -> Path:
    segment.write(tables, tmp_path / "1-0.tables")
    return tmp_path / "1-0.tables"


@pytest.mark.slow
def test_a_file_answers_as_the_tables_do_that_it_was_made_of(tables: PrintTables, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["1-0.tables"]
    read = segment.read(file, wholly=True)
    assert read.names == NAMES
    assert segment.names(file) == set(NAMES)
    for wanted in (
        print_of(changed(some(2, 8), 1, 20)),
        print_of(some(4, 8)),
        print_of(some(9, 4), printed(speech(1, 4))),
    ):
        asked = SeedQuery.of(wanted)
        assert read.seeds(asked) == tables.seeds(asked)
        assert read.seeds(asked).alike


def test_every_table_begins_where_a_processor_reads_it_at_once(file: Path) -> None:
    head, _, body = file.read_bytes().partition(b"\n")
    assert (len(head) + 1) % segment.ALIGNED == 0
    assert len(body) % segment.ALIGNED == 0
    assert head.startswith(segment.MAGIC)


@pytest.mark.parametrize("damage", ["head", "end", "more", "none", "version", "other"])
def test_what_it_was_not_made_as_is_not_believed(file: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = file.read_bytes()
    changed_ = {
        "head": content[:20] + b"0" + content[21:], "end": content[:-1], "more": content + b"\0", "none": b"",
        "other": b"x" + content[1:],
    }  # fmt: skip
    if damage == "version":
        monkeypatch.setattr(segment, "VERSION", segment.VERSION + 1)
    else:
        file.write_bytes(changed_[damage])
    with pytest.raises(Damaged):
        segment.read(file)


def test_only_the_doctor_reads_every_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-70] ^= 1
    file.write_bytes(content)
    assert segment.read(file).names == NAMES
    with pytest.raises(Damaged, match=r"1-0\.tables is not what it was made as"):
        segment.read(file, wholly=True)
    with pytest.raises(FileNotFoundError):
        segment.read(file.with_name("none"))
