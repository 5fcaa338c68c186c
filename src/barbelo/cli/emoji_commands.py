"""`barbelo emoji`: the custom emoji of this server. Source: reference/pleroma 13."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from barbelo.cli.connection import open_database
from barbelo.config.load import load
from barbelo.config.settings import Settings
from barbelo.domain.emojis.queries import list_local
from barbelo.intake.emojis import reload_emojis

app = App(name="emoji", help="The custom emoji of this server.")

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="The configuration file.")]


@app.command(name=["reload", "sync"])
def reload_packs(*, config: ConfigFile = None) -> None:
    """Read the packs in the folder `emoji` of the data folder; a running server shows the change at once."""
    asyncio.run(_reload(load(config, os.environ).settings))


async def _reload(settings: Settings) -> None:
    async with open_database(settings) as database:
        done = await reload_emojis(database, settings.server.data_path / "emoji")
    for problem in done.problems:
        print(f"passed over: {problem}", file=sys.stderr)
    print(f"{done.count} emoji; {done.changes.written} new or changed, {done.changes.removed} gone")


@app.command(name="list")
def list_emojis(*, config: ConfigFile = None) -> None:
    """Print the shortcodes there are, and their files."""
    asyncio.run(_list(load(config, os.environ).settings))


async def _list(settings: Settings) -> None:
    async with open_database(settings) as database:
        for emoji in await list_local(database):
            print(f":{emoji.shortcode}:\t{emoji.path}")
