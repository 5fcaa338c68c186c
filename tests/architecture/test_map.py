"""docs/MAP.md is true: it names what is there, all of it, and nothing else."""

import re

import pytest

from architecture.house import ROOT, SOURCE, parts_of

MAP = ROOT / "docs" / "MAP.md"
ENTRY = re.compile(r"^- `([a-z_]+(?:/|\.py))`: \S.+", re.MULTILINE)


def entries(chapter: str) -> list[str]:
    """What the list under the heading `chapter` names, in its order."""
    _, found, rest = MAP.read_text(encoding="utf-8").partition(f"\n## {chapter}\n")
    assert found, f"docs/MAP.md has no chapter {chapter}"
    return ENTRY.findall(rest.partition("\n## ")[0])


def test_the_map_names_every_room_and_no_other():
    named = entries("Rooms")
    assert sorted(named) == sorted(parts_of(SOURCE))


def test_the_map_names_every_slice_of_the_middle_and_no_other():
    named = entries("Slices")
    assert sorted(named) == sorted(parts_of(SOURCE / "domain"))


def test_the_map_names_every_folder_of_the_project_and_no_other():
    named = entries("Around the house")
    here = {f"{path.name}/" for path in ROOT.iterdir() if path.is_dir() and is_ours(path.name)}
    assert sorted(named) == sorted(here)


def is_ours(name: str) -> bool:
    return not name.startswith(".") and name not in {"data", "build", "dist", "__pycache__"}


LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def test_links_between_documents_lead_somewhere():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in documents
        for link in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]
    assert broken == []


@pytest.mark.parametrize(("text", "link"), [("[a](b/c.md#d)", "b/c.md"), ("[a](LICENSE)", "LICENSE")])
def test_a_link_is_found(text, link):
    assert LINK.findall(text) == [link]
