"""Run every check, two at a time, and say how long each took.

A check that fails prints its own words; the others still run. Exit code 1 when any failed.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# The slow one first; the rest runs beside it.
CHECKS: dict[str, list[str]] = {
    "types": ["mypy"],
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "contracts": ["lint-imports"],
    "sizes": ["python", "tools/check_sizes.py"],
    "house and docs": [
        "pytest",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "--noconftest",
        "tests/architecture",
    ],
}


class Result(NamedTuple):
    name: str
    ok: bool
    duration_s: float
    words: str


def run(name: str) -> Result:
    started = time.monotonic()
    program, *arguments = CHECKS[name]
    # Paths are printed from the root, without colour: this is read in logs as well.
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    return Result(name, done.returncode == 0, time.monotonic() - started, done.stdout)


def main() -> int:
    started = time.monotonic()
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for finished in as_completed([pool.submit(run, name) for name in CHECKS]):
            result = finished.result()
            print(f"{'ok  ' if result.ok else 'FAIL'} {result.duration_s:5.1f} s  {result.name}", flush=True)
            if not result.ok:
                failed.append(result.name)
                print(result.words, flush=True)
    took_s = time.monotonic() - started
    print(f"{len(CHECKS) - len(failed)} checks are fine, {len(failed)} failed, {took_s:.1f} s in all.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
