from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

import pytest
from PIL import ImageFont

from relay.almanac.cards import typefaces
from relay.almanac.cards.themes import themes
from relay.almanac.cards.typefaces import FAMILIES, companion, parted, size_of
from relay.almanac.cards.typography import missing, runs
from tests.almanac.fonts import _forget


@pytest.mark.parametrize(
    ("face", "family", "weight", "size"),
    [("Roboto 500", "Roboto", 500, 1.0), ("Source Serif 4 600", "Source Serif 4", 600, 1.0),
     ("Noto Serif 540 91%", "Noto Serif", 540, 0.91)],
)  # fmt: skip
def test_a_face_is_a_family_a_weight_and_a_size(face: str, family: str, weight: int, size: float) -> None:
    assert (parted(face), size_of(face)) == ((family, weight), size)


@pytest.mark.parametrize("face", ["Roboto", "Roboto-Bold", "500", "Roboto 50", "font_roboto/Roboto-Bold.ttf", ""])
def test_what_is_no_face_is_said(face: str) -> None:
    with pytest.raises(ValueError, match="is no face"):
        parted(face)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_we_take_for_a_font_s_letters_freetype_draws(family: str) -> None:
    """Two readers of the same table; a sample, for the whole takes long."""
    file = typefaces._family(family)
    font = ImageFont.truetype(file.path, 24, layout_engine=ImageFont.Layout.BASIC)
    box = bytes(font.getmask("\U0010fffe"))
    sample = [chr(code) for code in range(0x400, 0x530, 7)] + list("ẠậΩῥאاकგĄ")
    for letter in sample:
        assert file.has(letter) or bytes(font.getmask(letter)) == box, letter


@pytest.mark.slow
def test_every_theme_has_companions_that_have_all_cyrillic() -> None:
    every = "".join(chr(code) for code in range(0x400, 0x530) if code not in range(0x483, 0x48A))
    for look in themes():
        for face in (look.fonts.display, look.fonts.strong, look.fonts.text, look.fonts.light):
            other = typefaces.own_file(companion(face))
            assert [letter for letter in every if not other.has(letter)] == []


@pytest.fixture
def a_machine_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """`a_machine_with("Regular", "Bold")`: fonts of these styles in a person's own folder; ours lack Georgian."""
    georgian = next(Path(str(typefaces.files("manimgx_fonts"))).glob("NotoSansGeorgian*"))

    def put(*styles: str) -> Path:
        folder = tmp_path / "fonts" / uuid.uuid4().hex
        folder.mkdir(parents=True)
        for style in styles:
            shutil.copy(georgian, folder / f"NotoSansGeorgian-{style}.ttf")
        return folder

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(typefaces, "MORE", ())
    typefaces.system_fonts.cache_clear()
    _forget()
    yield put
    monkeypatch.undo()
    typefaces.system_fonts.cache_clear()
    _forget()


def test_a_font_of_the_machine_draws_what_no_package_has(a_machine_with) -> None:  # type: ignore[no-untyped-def]
    folder = a_machine_with("Regular")
    assert missing("გიორგი") == ()
    (run,) = runs("გიორგი", "Roboto 700")
    assert run.file.path == folder / "NotoSansGeorgian-Regular.ttf"


def test_twin_without_it_the_letters_are_told(a_machine_with) -> None:  # type: ignore[no-untyped-def]
    assert missing("გია") == ("გ", "ი", "ა")


def test_fonts_without_letters_of_names_are_not_asked(a_machine_with) -> None:  # type: ignore[no-untyped-def]
    folder = a_machine_with("Italic", "CondensedBold", "Light", "Mono")
    (folder / "broken.ttf").write_bytes(b"\0\1\0\0" + bytes(60))
    (folder / "empty.otf").write_bytes(b"")
    assert missing("გია") == ("გ", "ი", "ა")


def test_a_card_s_stamp_knows_the_fonts_that_draw_it(a_machine_with) -> None:  # type: ignore[no-untyped-def]
    folder = a_machine_with("Regular")
    plain, georgian = typefaces.stamp("Анна"), typefaces.stamp("Анна გია")
    assert set(georgian) > set(plain)
    os.utime(folder / "NotoSansGeorgian-Regular.ttf", ns=(1, 1))
    assert typefaces.stamp("Анна") == plain
    assert typefaces.stamp("Анна გია") != georgian
