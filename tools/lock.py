"""Write the lock files from pyproject.toml: every version pinned, every file by its hash.

Versions that are locked already stay unless pyproject.toml forbids them; `--upgrade` takes the
newest that it allows. The files serve every system and every Python from 3.11 on.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# In this order: the second is held to the first, so both give one server.
LOCKS: dict[str, list[str]] = {
    "requirements.lock": ["pyproject.toml", "--group", "build"],
    "requirements-dev.lock": [
        "pyproject.toml",
        "--group",
        "build",
        "--group",
        "dev",
        "-c",
        "requirements.lock",
    ],
    "requirements-clients.lock": ["--group", "clients"],
}


def compile_lock(name: str, more: list[str]) -> None:
    """Raises `CalledProcessError` when the wishes contradict each other."""
    uv = Path(sys.executable).parent / "uv"
    flags = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--quiet"]
    command: list[str | Path] = [uv, "pip", "compile", *LOCKS[name], *flags, *more]
    header = ["--custom-compile-command", "make lock"]
    subprocess.run(
        [*command, *header, "--output-file", name], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    pins = [line for line in (ROOT / name).read_text().splitlines() if line[:1].isalnum()]
    print(f"{name}: {len(pins)} packages")


def main(more: list[str]) -> int:
    for name in LOCKS:
        compile_lock(name, more)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
