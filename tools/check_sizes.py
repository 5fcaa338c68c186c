"""The size budget: what is too long is split before it grows.

Counted are lines as they stand in the file (docstrings and blanks included, decorators not),
parameters without `self` and `cls`, and Python files in one folder without `__init__.py`.
`--report` prints the largest files and functions instead, for a look at the house.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOTS = ("src", "tests", "tools", "bench", "examples")
FILE_LINES = 500
FUNCTION_LINES = 60
PARAMETERS = 6
FOLDER_FILES = 25
REPORTED = 10

ROOMY_FOLDERS = {
    "src/barbelo/api/mastodon": "one file for each part of the API, as its own documents have them",
    "src/barbelo/domain/policies": "one file per policy",
    "src/barbelo/entities": "one file per entity",
    "src/barbelo/db/tables": "one file per subject",
    "src/barbelo/db/migrations/versions": "one file per migration, for ever",
    "tests/unit": "one file per module of the house",
    "tests/domain": "one file per deed",
    "tests/api": "one file per family of endpoints",
}
"""Folders that may hold more than `FOLDER_FILES`, each with its reason."""

EXCEPTIONS: dict[str, str] = {}
"""What may pass the budget for lines or parameters: `path` or `path::function` -> the reason.

Named one by one; an entry that is no longer needed is reported like an offender.
"""


class Size(NamedTuple):
    """One measured thing; `name` is `path`, or `path::function`, as exceptions spell it."""

    name: str
    line: int
    what: str
    amount: int
    limit: int

    def __str__(self) -> str:
        path, _, function = self.name.partition("::")
        where = f"{path}:{self.line}: {function}" if function else path
        return f"{where}: {self.amount} {self.what} (at most {self.limit})"


def measure(root: Path) -> Iterator[Size]:
    """Every file, function and folder below `root`. Raises `SyntaxError` for a broken file."""
    folders: dict[Path, int] = {}
    for top in ROOTS:
        for path in sorted((root / top).rglob("*.py")):
            if path.name != "__init__.py":
                folders[path.parent] = folders.get(path.parent, 0) + 1
            yield from measure_file(path, path.relative_to(root).as_posix())
    for folder, count in folders.items():
        name = folder.relative_to(root).as_posix()
        if name not in ROOMY_FOLDERS:
            yield Size(name, 0, "files", count, FOLDER_FILES)


def measure_file(path: Path, name: str) -> Iterator[Size]:
    source = path.read_text(encoding="utf-8")
    yield Size(name, 1, "lines", len(source.splitlines()), FILE_LINES)
    for function, within in functions(ast.parse(source, filename=name)):
        here = f"{name}::{within}{function.name}"
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        yield Size(here, function.lineno, "lines", length, FUNCTION_LINES)
        yield Size(here, function.lineno, "parameters", parameters(function), PARAMETERS)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(node: ast.AST, within: str = "") -> Iterator[tuple[Function, str]]:
    """Each function below `node` with the names of what surrounds it, as in `Outer.`."""
    for child in ast.iter_child_nodes(node):
        name = within
        if isinstance(child, Function):
            yield child, within
        if isinstance(child, Function | ast.ClassDef):
            name = f"{within}{child.name}."
        yield from functions(child, name)


def parameters(function: Function) -> int:
    if function.name.startswith("test_"):
        return 0  # a test asks for what it needs, and nobody calls it
    args = function.args
    named = [*args.posonlyargs, *args.args]
    own = 1 if named and named[0].arg in {"self", "cls", "mcs"} else 0
    return len(named) - own + len(args.kwonlyargs) + bool(args.vararg) + bool(args.kwarg)


def offenders(sizes: list[Size]) -> list[str]:
    """Sentences about what passes its limit, and about exceptions that nothing needs."""
    over = [size for size in sizes if size.amount > size.limit]
    needed = {size.name for size in over}
    found = [str(size) for size in over if size.name not in EXCEPTIONS]
    return found + [
        f"{name}: an exception that is no longer needed" for name in EXCEPTIONS if name not in needed
    ]


def report(sizes: list[Size]) -> Iterator[str]:
    """The ten largest of each kind, largest first."""
    kinds = {
        "files": [size for size in sizes if size.limit == FILE_LINES],
        "functions": [size for size in sizes if size.limit == FUNCTION_LINES],
        "folders": [size for size in sizes if size.limit == FOLDER_FILES],
    }
    for kind, members in kinds.items():
        yield f"Largest {kind}:"
        for size in sorted(members, key=lambda size: -size.amount)[:REPORTED]:
            yield f"  {size.amount:4}  {size.name}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Check the size budget.")
    parser.add_argument("root", nargs="?", type=Path, default=Path(), help="the project (default: here)")
    parser.add_argument(
        "--report", action="store_true", help="print the largest files, functions and folders"
    )
    options = parser.parse_args(arguments)
    sizes = list(measure(options.root))
    if options.report:
        print("\n".join(report(sizes)))
        return 0
    found = offenders(sizes)
    print(
        "\n".join(found)
        or f"{len({size.name.partition('::')[0] for size in sizes})} files and folders measured"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
