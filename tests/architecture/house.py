"""Where things are in this house, for the tests that look at its plan."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "barbelo"


def parts_of(folder: Path) -> set[str]:
    """The packages (`name/`) and modules (`name.py`) directly in `folder`, the private ones left out."""
    packages = {f"{path.name}/" for path in folder.iterdir() if any(path.glob("*.py"))}
    modules = {path.name for path in folder.glob("*.py") if not path.name.startswith("__")}
    return packages | modules


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Each file of the server as (`statuses/publish.py`, its syntax tree)."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def tracked_files() -> list[Path]:
    """What git knows; in an unpacked archive without git, everything that is not made by a tool."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    made = {".venv", ".venv-clients", "data", "build", "dist", "__pycache__", "artefacts"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.parts)]
