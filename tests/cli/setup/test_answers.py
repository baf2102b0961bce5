from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from relay.cli.setup import answers
from relay.errors import Refused


def test_a_secret_is_read_from_a_file_or_from_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s").write_text("\ufeff key\n", "utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(" piped\n"))
    assert (answers.secret_in(tmp_path / "s"), answers.secret_in(Path("-"))) == ("key", "piped")
    (tmp_path / "s").write_bytes(b"\xff")
    with pytest.raises(Refused, match="can't be read"):
        answers.secret_in(tmp_path / "s")
