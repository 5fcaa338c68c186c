"""Programs that tests drive and that may be absent: what needs one is left out then, and says so in one line.

Called at the head of a module, the whole module is.
"""

import os
from pathlib import Path

import pytest

from tools.apt_only import find_chromium

ROOT = Path(__file__).resolve().parent.parent.parent


def client_program(name: str) -> Path:
    """`python` or a command from the environment of client programs. Skips without it."""
    program = ROOT / ".venv-clients" / "bin" / name
    return program if program.exists() else _absent(f"{name} in .venv-clients: run `make clients`")


def chromium() -> Path:
    """Debian's browser. Skips without it."""
    return find_chromium() or _absent("chromium: run `apt install chromium`")


def _absent(what: str) -> Path:
    """Raises: with BARBELO_TEST_ALL=1 what is absent is a failure."""
    if os.environ.get("BARBELO_TEST_ALL") == "1":
        pytest.fail(f"Absent, though BARBELO_TEST_ALL=1 asks for it: {what}")
    pytest.skip(f"Absent: {what}", allow_module_level=True)
