"""`barbelo config`: what the server would be started with, and where each value comes from."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from barbelo.config.describe import shown_value, value_of
from barbelo.config.load import Loaded, load
from barbelo.config.problems import BadConfig
from barbelo.config.settings import SECTIONS, all_keys
from barbelo.config.toml_file import find_file, usual_files

app = App(name="config", help="See and check the configuration.")

ConfigFile = Annotated[
    Path | None,
    Parameter(
        name="--config",
        help="The configuration file; else BARBELO_CONFIG, barbelo.toml in the data folder, or ./barbelo.toml.",
    ),
]


@app.command
def show(*, config: ConfigFile = None, changed: bool = False) -> None:
    """Print each value and where it came from, in the form of a configuration file.

    Passwords are hidden.

    Parameters
    ----------
    changed
        Only what is not the default.
    """
    loaded = _load(config)
    print(f"# {_told_by(loaded)}")
    for section in SECTIONS:
        lines = _section(loaded, section, changed=changed)
        if lines:
            print(f"\n[{section}]", *lines, sep="\n")


@app.command
def check(*, config: ConfigFile = None) -> None:
    """Tell whether the configuration is good; each mistake with file, line and reason."""
    loaded = _load(config)
    print(f"The configuration is good. {_told_by(loaded)}")
    for switch in loaded.settings.test_switches():
        print(f"Not for a public server: {switch}")


@app.command
def path(*, config: ConfigFile = None) -> None:
    """Print the configuration file that is read."""
    file = find_file(config, os.environ)
    if file is None:
        places = " or ".join(str(place.absolute()) for place in usual_files(os.environ))
        print(f"No file is read; there is none at {places}.", file=sys.stderr)
        raise SystemExit(1)
    print(file.absolute())


def _load(config: Path | None) -> Loaded:
    try:
        return load(config)
    except BadConfig as error:
        raise SystemExit(error.message) from None


def _told_by(loaded: Loaded) -> str:
    return f"File: {loaded.file.absolute()}" if loaded.file else "No file was read."


def _section(loaded: Loaded, section: str, *, changed: bool) -> list[str]:
    """The lines of one section, each value with its source in a comment behind it."""
    return [
        f"{key.name} = {shown_value(key, value_of(loaded.settings, key))}  # {loaded.sources[key.path]}"
        for key in all_keys()
        if key.section == section and not (changed and loaded.sources[key.path] == "default")
    ]
