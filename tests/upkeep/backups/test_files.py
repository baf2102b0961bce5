from __future__ import annotations

import hashlib
import io
import stat
from pathlib import Path

import pytest

from relay.upkeep.backups import files
from relay.upkeep.backups.files import Sum, SummedReader, SummedWriter

CONTENT = b"a video of some length"
WHOLE = Sum(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_whoever_reads_on_knows_the_sum_of_what_was_read() -> None:
    reader = SummedReader(io.BytesIO(CONTENT))
    assert reader.sum == files.sum_of([])
    assert (reader.read(7), reader.read()) == (CONTENT[:7], CONTENT[7:])
    assert reader.sum == WHOLE
    assert reader.read() == b""


def test_of_a_file_that_grows_only_what_was_there_is_read() -> None:
    source = io.BytesIO(CONTENT + b" and what came since")
    reader = SummedReader(source, len(CONTENT))
    assert (reader.read(7), reader.read(500)) == (CONTENT[:7], CONTENT[7:])
    assert (reader.read(5), reader.read(), reader.sum) == (b"", b"", WHOLE)
    assert SummedReader(io.BytesIO(CONTENT), 9).read() == CONTENT[:9]


def test_whoever_writes_on_knows_the_sum_of_what_was_written() -> None:
    target = io.BytesIO()
    writer = SummedWriter(target)
    assert (writer.write(CONTENT[:5]), writer.tell(), writer.write(CONTENT[5:])) == (5, 5, len(CONTENT) - 5)
    writer.flush()
    assert (writer.sum, target.getvalue()) == (WHOLE, CONTENT)


def test_a_file_is_poured_anew_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"what stood there, which was longer than this")
    target.chmod(0o644)
    assert files.pour([CONTENT[:3], CONTENT[3:]], target) == files.read_back(target) == WHOLE
    assert target.read_bytes() == CONTENT
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(OSError, match="none"):
        files.read_back(tmp_path / "none")


def test_a_file_comes_in_pieces_that_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 8)
    assert list(files.chunks(io.BytesIO(CONTENT))) == [CONTENT[:8], CONTENT[8:16], CONTENT[16:]]
