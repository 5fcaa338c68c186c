"""`barbelo`: the administrator's door. Commands are imported when they are called."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from barbelo import __version__
from barbelo.config.load import Loaded, load
from barbelo.config.problems import BadConfig
from barbelo.kernel.errors import BarbeloError

app = App(name="barbelo", help="A social server for the fediverse.", version=__version__)
app.command("barbelo.cli.config_commands:app", name="config")
app.command("barbelo.cli.user_commands:app", name="user")
app.command("barbelo.cli.emoji_commands:app", name="emoji")
app.command("barbelo.cli.jobs_commands:app", name="jobs")
app.command("barbelo.cli.db_commands:app", name=["db", "database"])
app.command("barbelo.cli.backup_commands:backup", name="backup")
app.command("barbelo.cli.backup_commands:restore", name="restore")

ConfigFile = Annotated[
    Path | None,
    Parameter(name="--config", help="The configuration file. Source: docs/admin/configure.md."),
]


@app.command
def serve(*, config: ConfigFile = None) -> None:
    """Run everything for one machine: PostgreSQL (unless one is configured), web and worker."""
    from barbelo.cli.serve import serve as start  # noqa: PLC0415

    start(_load(config))


@app.command
def web(*, config: ConfigFile = None, process: int = 0) -> int:
    """Run one process that answers HTTP, against the database that is configured.

    Parameters
    ----------
    process
        The number of this process, from 0: decides the port of its metrics.
    """
    loaded = _load(config)
    dsn = _database(loaded)
    from barbelo.cli.web import run  # noqa: PLC0415

    return run(loaded.settings, dsn, process)


@app.command
def worker(*, config: ConfigFile = None) -> int:
    """Run one process that works through the jobs, against the database that is configured."""
    loaded = _load(config)
    dsn = _database(loaded)
    from barbelo.cli.worker import run  # noqa: PLC0415

    return run(loaded.settings, dsn)


def _load(config: Path | None) -> Loaded:
    return load(config, os.environ)


def _database(loaded: Loaded) -> str:
    dsn = loaded.settings.database.url
    if not dsn:
        print(
            "barbelo: web and worker alone need database.url (BARBELO_DATABASE_URL);"
            " `barbelo serve` brings its own PostgreSQL",
            file=sys.stderr,
        )
        raise SystemExit(78)
    return dsn


def main() -> None:
    """The entry point. What an administrator can mend is told in a sentence, not in a traceback."""
    try:
        sys.exit(app())
    except BadConfig as error:
        print(error, file=sys.stderr)
        sys.exit(78)
    except BarbeloError as error:
        print(f"barbelo: {error.message}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
