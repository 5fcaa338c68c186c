"""`barbelo jobs`: what the server has still to do, and what it gave up. See docs/admin/jobs.md."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from cyclopts import App, Parameter

from barbelo.cli.connection import open_database
from barbelo.config.load import load
from barbelo.db.database import Database
from barbelo.jobs import rows

app = App(name="jobs", help="What the server has still to do, and what it gave up.")

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="The configuration file.")]
JobName = Annotated[str | None, Parameter(name="--job", help="Only jobs of this name.")]
Limit = Annotated[int, Parameter(name="--limit", help="Print at most so many.")]

T = TypeVar("T")


@app.command(name="list")
def list_jobs(*, job: JobName = None, limit: Limit = 50, config: ConfigFile = None) -> None:
    """Print the jobs in the queue: those that run, then those that wait, in the order in which they are due."""
    figures, found = _at_database(config, lambda db: _look(db, job, limit))
    print(
        f"{figures.running} running, {figures.waiting} due, {figures.later} for later, {figures.parked} parked"
    )
    if figures.waiting:
        print(f"The first one that is due has been for {figures.oldest_s:.0f} s")
    lines = [
        (str(one.id), one.job, one.state, _at(one.due_at), str(one.put_back), one.reason) for one in found
    ]
    _print_table(("ID", "JOB", "STATE", "DUE", "PUT BACK", "WHY"), lines)


async def _look(db: Database, job: str | None, limit: int) -> tuple[rows.Figures, list[rows.Waiting]]:
    async with db.reading() as reader:
        return await rows.figures(reader), await rows.list_jobs(reader, job=job, most=limit)


@app.command
def parked(
    *, job: JobName = None, limit: Limit = 50, payload: bool = False, config: ConfigFile = None
) -> None:
    """Print the jobs that were given up, the latest first, each with its reason.

    Parameters
    ----------
    payload
        Also what the job was given.
    """
    found = _at_database(config, lambda db: rows.list_parked(db, job=job, most=limit))
    if not found:
        print("Nothing is parked.")
    for one in found:
        print(f"{one.id}  {one.job}  {_at(one.parked_at)}\n    {one.reason}")
        if payload:
            print(f"    {msgspec.json.encode(one.payload).decode()}")


@app.command
def retry(*ids: int, job: JobName = None, config: ConfigFile = None) -> None:
    """Run parked jobs again, with all their tries; and jobs that wait for their next try, at once.

    Parameters
    ----------
    ids
        Numbers, as `list` and `parked` print them.
    """
    _check_something_is_named(ids, job)
    count = _at_database(config, lambda db: _in_transaction(db, rows.retry, ids, job))
    print(f"{count} jobs will be run.")


@app.command
def drop(*ids: int, job: JobName = None, config: ConfigFile = None) -> None:
    """Forget jobs that are parked or wait. What runs now is left alone.

    Parameters
    ----------
    ids
        Numbers, as `list` and `parked` print them.
    """
    _check_something_is_named(ids, job)
    count = _at_database(config, lambda db: _in_transaction(db, rows.drop, ids, job))
    print(f"{count} jobs were dropped.")


async def _in_transaction(
    db: Database, deed: Callable[..., Awaitable[int]], ids: Sequence[int], job: str | None
) -> int:
    async with db.transaction() as tx:
        return await deed(tx, list(ids), job=job)


def _check_something_is_named(ids: Sequence[int], job: str | None) -> None:
    if not ids and job is None:
        raise SystemExit("Say which: numbers, or --job NAME.")


def _at_database(config: Path | None, deed: Callable[[Database], Awaitable[T]]) -> T:
    settings = load(config, os.environ).settings

    async def there() -> T:
        async with open_database(settings) as db:
            return await deed(db)

    return asyncio.run(there())


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _print_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need to be; the last one is not filled up."""
    if not lines:
        return
    widths = [max(len(line[n]) for line in (head, *lines)) for n in range(len(head) - 1)]
    for line in (head, *lines):
        filled = [text.ljust(width) for text, width in zip(line, widths, strict=False)]
        print("  ".join([*filled, line[-1]]).rstrip())
