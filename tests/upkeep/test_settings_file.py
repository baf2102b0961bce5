from __future__ import annotations

import os
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import ConfigError
from relay.upkeep import settings_file


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    old = os.umask(0)
    try:
        settings_file.write(path, {"RELAY_VK_TOKEN": "abc"})
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text("utf-8").endswith("RELAY_VK_TOKEN=abc\n")


def test_what_stands_there_stays_and_the_file_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# моё\nRELAY_PORT=9\n\nexport RELAY_VK_TOKEN='old'\nOTHER=1", "utf-8")
    path.chmod(0o644)
    settings_file.write(path, {"RELAY_VK_TOKEN": "new", "RELAY_ALERT_MAIL": "a@b.ru"})
    assert path.read_text("utf-8") == ("# моё\nRELAY_PORT=9\n\nRELAY_VK_TOKEN=new\nOTHER=1\nRELAY_ALERT_MAIL=a@b.ru\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_line_of_the_same_setting_would_win_and_goes() -> None:
    assert settings_file.merged("A=1\nrelay_vk_token=2\nRELAY_VK_TOKEN=3\n", {"RELAY_VK_TOKEN": "4"}) == (
        "A=1\nRELAY_VK_TOKEN=4\n"
    )
    assert settings_file.merged("A=1\nA=2\nB=3\n", {"A": "4"}) == "A=4\nB=3\n", "and what comes after it stays"
    assert settings_file.merged("#RELAY_VK_TOKEN=2\n", {"RELAY_VK_TOKEN": "4"}) == (
        "#RELAY_VK_TOKEN=2\nRELAY_VK_TOKEN=4\n"
    )


def test_it_lies_on_the_disk_before_it_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a power cut leaves an empty file where the token was."""
    path, seen = tmp_path / ".env", []
    path.write_text("A=1\n", "utf-8")
    monkeypatch.setattr(os, "fsync", lambda _number: seen.append(path.read_text("utf-8")))
    settings_file.write(path, {"A": "2"})
    assert (seen, path.read_text("utf-8")) == (["A=1\n", "A=2\n"], "A=2\n")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / ".env"
    real.write_text("A=1\n", "utf-8")
    link.symlink_to(real)
    settings_file.write(link, {"B": "2"})
    assert link.is_symlink()
    assert real.read_text("utf-8") == "A=1\nB=2\n"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"can't be written \(No such file or directory\)"):
        settings_file.write(tmp_path / "nowhere" / ".env", {"A": "1"})
    (tmp_path / "odd").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError):
        settings_file.write(tmp_path / "odd", {"A": "1"})
    assert (tmp_path / "odd").read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize("value", ["a\nRELAY_PROXY=http://evil", "a\rb", "a\0b", "\x1b[31m"])
def test_no_value_becomes_two_lines(value: str) -> None:
    with pytest.raises(ConfigError):
        settings_file.merged("", {"A": value})


@pytest.mark.slow
@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" '\"\\$#`=!"), max_size=30))
def test_a_value_is_read_back_as_it_was(value: str) -> None:
    from io import StringIO

    merged = settings_file.merged("X=1\n", {"RELAY_SMTP_URL": value})
    assert dotenv_values(stream=StringIO(merged), interpolate=True) == {"X": "1", "RELAY_SMTP_URL": value}


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("", "A=\n"),
        ("a.b,c:d/e@f%g+h=i-j_1", "A=a.b,c:d/e@f%g+h=i-j_1\n"),
        ("two words", "A='two words'\n"),
        ("it's", "A='it\\'s'\n"),
        ("back\\slash", "A='back\\\\slash'\n"),
        ("привет", "A='привет'\n"),
        ("#", "A='#'\n"),
    ],
)
def test_what_is_more_than_a_plain_word_stands_in_quotes(value: str, line: str) -> None:
    assert settings_file.merged("", {"A": value}) == line


def test_settings_stand_where_they_stood_and_new_ones_at_the_end_in_order() -> None:
    assert settings_file.merged("# A=0\n B = 1\nC\nD=1\n", {"E": "5", "D": "4", "B": "2", "F": "6"}) == (
        "# A=0\nB=2\nC\nD=4\nE=5\nF=6\n"
    )


def test_a_file_that_is_begun_says_where_all_settings_are_explained(tmp_path: Path) -> None:
    settings_file.write(tmp_path / ".env", {"A": "1"})
    assert (tmp_path / ".env").read_text("utf-8") == "# Settings of Relay; .env.example explains all of them.\nA=1\n"


def test_what_can_not_be_written_is_told_with_its_reason_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n", "utf-8")

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError) as told:
        settings_file.write(path, {"A": "2"})
    assert told.value.line == f"{path} can't be written (No space left on device). Check the folder's rights."
    assert [path.read_text("utf-8"), *tmp_path.iterdir()] == ["A=1\n", path]
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="can't be written \\('utf-8' codec can't decode byte 0xff"):
        settings_file.write(path, {"A": "2"})
