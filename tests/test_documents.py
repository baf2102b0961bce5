"""What people read: links lead somewhere, the two READMEs tell the same, and versions agree."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import relay

ROOT = Path(relay.__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("docs/*.md"), *(ROOT / name for name in ("README.md", "README.ru.md", "CONTRIBUTING.md", "SECURITY.md",
                                                        "CHANGELOG.md", "findings/README.md"))]
)  # fmt: skip
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_MODULE = re.compile(r"`([a-z_]+/[\w/]*\w\.py|relay/[\w/]+/)`")
_COMMAND = re.compile(r"(?:^|[`$ (])((?:relay|scripts/\w+|pip|docker)(?: [a-z][a-z-]*){1,2}|scripts/\w+)", re.MULTILINE)


def anchor(heading: str) -> str:
    """As the forges make it: small letters, no signs, dashes for spaces."""
    kept = (sign for sign in heading.strip().lower() if sign in " -_" or unicodedata.category(sign)[0] in "LNM")
    return "".join(kept).replace(" ", "-")


def dead_links(document: Path) -> list[str]:
    """Links to files that aren't there, and to headings that their file doesn't have."""
    dead = []
    for link in _LINK.findall(_FENCED.sub("", document.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, heading = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (heading and heading not in anchors(target)):
            dead.append(link)
    return dead


def anchors(document: Path) -> set[str]:
    return {anchor(heading) for heading in _HEADING.findall(_FENCED.sub("", document.read_text("utf-8")))}


def missing_modules(document: Path, root: Path = ROOT) -> list[str]:
    """Paths of modules and rooms that the document names and the tree doesn't have; `film/cut.py` may lie deeper.

    Pond is the network that docs/adding-a-source.md invents.
    """
    named = {path for path in _MODULE.findall(document.read_text("utf-8")) if "pond" not in path}
    return sorted(path for path in named if not (root / path).exists() and not any(root.glob(f"relay/**/{path}")))


def commands(text: str) -> Counter[str]:
    return Counter(_COMMAND.findall("\n".join([*_FENCED.findall(text), *re.findall(r"`[^`\n]+`", text)])))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    assert dead_links(document) == []


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.stem != "CHANGELOG"], ids=lambda path: path.name
)
def test_modules_that_are_named_exist(document: Path) -> None:
    assert missing_modules(document) == []


@pytest.mark.slow
def test_twin_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Two words: done\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md#two-words-done) [b](other.md#no-heading) [c](gone.md) [d](https://example.org) [e](#page)\n"
        "# Page\n`relay/store.py` `relay/gone/` `film/cut.py` `film/gone.py`\n```\n[f](gone.md)\n```\n"
    )
    assert dead_links(page) == ["other.md#no-heading", "gone.md"]
    assert missing_modules(page) == ["film/gone.py", "relay/gone/"]


def test_the_index_lists_every_document() -> None:
    index = ROOT / "docs/README.md"
    listed = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text("utf-8"))}
    assert {path for path in (ROOT / "docs").glob("*.md") if path != index} - listed == set()


def test_both_readmes_have_the_same_sections_and_commands() -> None:
    english, russian = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.ru.md"))
    headings = [re.findall(r"^#+", _FENCED.sub("", text), re.MULTILINE) for text in (english, russian)]
    assert headings[0] == headings[1]
    assert set(commands(english)) == set(commands(russian))


def test_twin_a_command_that_only_one_of_them_has_is_seen() -> None:
    assert commands("`relay up --tls`\n```\nrelay init\n```\n") != commands("`relay up`\n")


def test_versions_agree() -> None:
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert newest is not None
    assert newest[1] == relay.__version__ == project["version"]
