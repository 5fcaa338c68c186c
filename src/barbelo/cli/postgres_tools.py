"""`pg_dump` and `pg_restore`: found in the version of the server, and run without telling the password to `ps`."""

import asyncio
import importlib.util
import os
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from barbelo.db.server.binaries import SYSTEM_FOLDERS, VERSION, WHEEL
from barbelo.db.server.process import clean_environment
from barbelo.kernel.errors import BarbeloError

CHUNK_BYTES = 1 << 20
LAST_WORDS_BYTES = 4000


class ToolFailed(BarbeloError):
    """A program of PostgreSQL's is missing, or has failed; the message has its last words."""

    code = "tool_failed"


def find_tool(name: str, major: int, *, own_first: bool) -> Path:
    """The program of exactly this major version. Raises `ToolFailed` that says which were found.

    Another version is not good enough: an older one refuses, a newer one writes what the server does
    not understand. `own_first`: the ones that came with us before the system's, which for their part can
    speak TLS to a server elsewhere.
    """
    own, system = list(_own_folders()), list(_system_folders())
    seen: list[str] = []
    for folder in [*own, *system] if own_first else [*system, *own]:
        found = _major(folder / name)
        if found == major:
            return folder / name
        if found is not None:
            seen.append(f"{found} in {folder}")
    raise ToolFailed(
        f"The server is PostgreSQL {major}, and {name} of that version is not here (found: {', '.join(seen) or 'none'})."
        f" Install the client programs of PostgreSQL {major}, for instance the package postgresql-client-{major}."
    )


def _own_folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)  # finds without importing
    for home in wheel.submodule_search_locations or () if wheel else ():
        yield from sorted(Path(home).glob("pginstall*/bin"))


def _system_folders() -> Iterator[Path]:
    # Before the PATH, for there Debian has a program that chooses a version by itself.
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern))
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if folder:
            yield Path(folder)


def _major(program: Path) -> int | None:
    """The version that it says it is; None when it is not there or does not run."""
    try:
        answer = subprocess.run(  # noqa: S603 -- a program of our own choice, no shell
            [program, "--version"],
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=clean_environment(),
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = VERSION.search(answer.stdout)
    return int(told[1]) if told and answer.returncode == 0 else None


def split_password(dsn: str) -> tuple[str, str]:
    """The address without its password, and the password: every user may look at a process's arguments."""
    parts = urlsplit(dsn)
    person, at, hosts = parts.netloc.rpartition("@")
    name, _, password = person.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(password) or dict(query).get("password", "")
    kept = urlencode([(key, value) for key, value in query if key != "password"], quote_via=quote, safe="/")
    # By hand: `urlunsplit` drops the slashes before an empty host, which is the socket's.
    return f"{parts.scheme}://{name}{at}{hosts}{parts.path}{'?' if kept else ''}{kept}", password


async def read_output(program: Path, arguments: Sequence[str], dsn: str) -> AsyncGenerator[bytes, None]:
    """Run it against the database, and give what it writes, bit by bit. Raises `ToolFailed` at its end."""
    with tempfile.TemporaryFile() as complaints:
        process = await _start(program, arguments, dsn, stdout=asyncio.subprocess.PIPE, stderr=complaints)
        try:
            if process.stdout is not None:
                while chunk := await process.stdout.read(CHUNK_BYTES):
                    yield chunk
            await _end(process, program, complaints)
        finally:
            await _kill(process)


async def run_tool(program: Path, arguments: Sequence[str], dsn: str) -> None:
    """Run it to its end. Raises `ToolFailed`."""
    with tempfile.TemporaryFile() as complaints:
        process = await _start(program, arguments, dsn, stdout=complaints, stderr=complaints)
        try:
            await _end(process, program, complaints)
        finally:
            await _kill(process)


async def _start(
    program: Path, arguments: Sequence[str], dsn: str, *, stdout: int | IO[bytes], stderr: IO[bytes]
) -> asyncio.subprocess.Process:
    address, password = split_password(dsn)
    secret = {"PGPASSWORD": password} if password else {}
    home = {name: os.environ[name] for name in ("HOME", "PGSSLROOTCERT", "PGSSLMODE") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        program,
        *arguments,
        f"--dbname={address}",
        "--no-password",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=clean_environment() | home | secret,
        limit=CHUNK_BYTES,
    )


async def _end(process: asyncio.subprocess.Process, program: Path, complaints: IO[bytes]) -> None:
    code = await process.wait()
    if code != 0:
        complaints.seek(0)
        words = complaints.read()[-LAST_WORDS_BYTES:].decode("utf-8", "replace").strip()
        raise ToolFailed(f"{program.name} failed (exit code {code}). It said:\n{words}")


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
