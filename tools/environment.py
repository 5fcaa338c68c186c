"""Make the environments of this project from its lock files. Needs Python's standard library only.

    python3 tools/environment.py run       .venv with what the server needs
    python3 tools/environment.py dev       .venv with what checks and tests need as well
    python3 tools/environment.py clients   .venv-clients with client programs that tests drive

Nothing is done when nothing has changed: a stamp in the environment holds a digest of all that
it was made from. Two calls at once wait for each other.
"""

from __future__ import annotations  # an older Python must get as far as being told so

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


class Environment(NamedTuple):
    folder: str
    lock: str
    has_package: bool
    within: str | None = None
    """Another environment in the same folder that holds all of this one."""


ENVIRONMENTS = {
    "run": Environment(".venv", "requirements.lock", has_package=True, within="dev"),
    "dev": Environment(".venv", "requirements-dev.lock", has_package=True),
    "clients": Environment(".venv-clients", "requirements-clients.lock", has_package=False),
}


def main(names: list[str]) -> int:
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:3]))
        print(f"Barbelo needs Python 3.11 or newer; this is {have}. Try: make PYTHON=python3.12 ...")
        return 1
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown or not names:
        print(__doc__)
        return 2
    with (ROOT / "pyproject.toml").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            for name in names:
                ensure(name)
        except subprocess.CalledProcessError as error:
            print(f"This failed: {' '.join(map(str, error.cmd))}")
            return 1
    return 0


def ensure(name: str) -> None:
    """Raises `CalledProcessError` when a step fails; the next call begins again."""
    environment = ENVIRONMENTS[name]
    if is_current(name) or (environment.within is not None and is_current(environment.within)):
        return
    started = time.monotonic()
    python = ROOT / environment.folder / "bin" / "python"
    if not works(python):
        print(f"Creating {environment.folder} ...", flush=True)
        create(ROOT / environment.folder)
    print(
        f"Installing {environment.lock} into {environment.folder}; the first time this downloads much ...",
        flush=True,
    )
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / environment.lock], check=True)
    if environment.has_package:
        # The build backend comes from the lock as well, so nothing is installed unhashed.
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT], check=True)
    stamp(name).write_text(digest(environment))
    print(f"{environment.folder} is ready ({time.monotonic() - started:.0f} s).", flush=True)


def is_current(name: str) -> bool:
    environment = ENVIRONMENTS[name]
    path = stamp(name)
    return (
        path.is_file()
        and path.read_text() == digest(environment)
        and os.access(path.parent / "bin" / "python", os.X_OK)
    )


def stamp(name: str) -> Path:
    return ROOT / ENVIRONMENTS[name].folder / f".made-{name}"


def digest(environment: Environment) -> str:
    """SHA-256 of all that decides what is in the environment; its place too, for scripts name it."""
    made_from = hashlib.sha256(repr((str(ROOT), sys.version_info[:2])).encode())
    for source in (environment.lock, "pyproject.toml", "tools/environment.py"):
        made_from.update((ROOT / source).read_bytes())
    return made_from.hexdigest()


def works(python: Path) -> bool:
    """Whether this interpreter starts, has pip, and is the one that would be installed now."""
    if not os.access(python, os.X_OK):
        return False
    probe = f"import pip, sys; raise SystemExit(sys.version_info[:2] != {sys.version_info[:2]})"
    return subprocess.run([python, "-c", probe], check=False, capture_output=True).returncode == 0


def create(folder: Path) -> None:
    """Raises `CalledProcessError`, having said what to install where Debian leaves `venv` out."""
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=False)
    if made.returncode:
        print("Python's venv is missing or broken. On Debian and Ubuntu: apt install python3-venv")
    made.check_returncode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
