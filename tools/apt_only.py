"""Name what the tests can use, only apt has, and this machine lacks.

Prints one line. With BARBELO_TEST_ALL=1 in the environment anything absent is a failure.
"""

import os
import shutil
import sys
from pathlib import Path

DEBIAN_POSTGRES = Path("/usr/lib/postgresql/15/bin")


def find_chromium() -> Path | None:
    """Debian's browser, for Playwright's `executable_path`."""
    found = shutil.which("chromium")
    return Path(found) if found else None


def find_debian_postgres() -> Path | None:
    """The folder with the server programs of PostgreSQL 15, the oldest that is supported."""
    return DEBIAN_POSTGRES if os.access(DEBIAN_POSTGRES / "postgres", os.X_OK) else None


def absent() -> list[str]:
    """Debian's names of the packages that are not here."""
    here = {"chromium": find_chromium(), "postgresql-15": find_debian_postgres()}
    return [package for package, path in here.items() if path is None]


def main() -> int:
    packages = absent()
    if not packages:
        print("Everything that only apt has is here: chromium, postgresql-15.")
        return 0
    print(f"Absent, and only apt has it: {', '.join(packages)}. Tests that need it were left out.")
    if os.environ.get("BARBELO_TEST_ALL") == "1":
        print("BARBELO_TEST_ALL=1 asks for all of it: this is a failure.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
