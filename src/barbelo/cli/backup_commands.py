"""`barbelo backup` and `barbelo restore`. See docs/admin/backup.md."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from barbelo.cli import backup_restore
from barbelo.cli.backup_take import take
from barbelo.cli.connection import database_dsn
from barbelo.config.load import load

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="The configuration file.")]
Quiet = Annotated[
    bool, Parameter(name=["--quiet", "-q"], negative="", help="Say nothing while all goes well.")
]


def backup(
    file: Path,
    /,
    *,
    verify: Annotated[bool, Parameter(negative="")] = False,
    quiet: Quiet = False,
    config: ConfigFile = None,
) -> None:
    """Take a backup of everything into one file: database, uploads, emoji, secrets, configuration.

    The server may run, and goes on working. The file holds secrets; only its owner may read it.

    Parameters
    ----------
    file
        Where to. An older backup of that name is replaced once the new one is whole.
    verify
        Take none, but prove the one that is there: restore it into a temporary folder and compare.
    """
    loaded = load(config, os.environ)
    say = _be_silent if quiet else _say
    if verify:
        backup_restore.verify(file, loaded.settings, say)
        say("The backup is good.")
        return
    with database_dsn(loaded.settings) as dsn:
        asyncio.run(take(file, loaded, dsn, say))
    say(f"Written: {file} ({file.stat().st_size / 1_000_000:,.1f} MB)")


def restore(
    file: Path,
    /,
    *,
    force: Annotated[bool, Parameter(negative="")] = False,
    quiet: Quiet = False,
    config: ConfigFile = None,
) -> None:
    """Put a backup into an empty data folder, and bring its database to this version's shape.

    The server must not run.

    Parameters
    ----------
    force
        Also into a folder that holds something: that is moved aside.
    """
    say = _be_silent if quiet else _say
    backup_restore.restore(file, load(config, os.environ).settings, force=force, say=say)
    say("Restored. Start the server with: barbelo serve")


def _say(text: str) -> None:
    print(text, flush=True)


def _be_silent(text: str) -> None:
    if text.startswith("careful"):
        print(text, file=sys.stderr)
