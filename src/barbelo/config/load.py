"""From a TOML file and the environment to `Settings`, with every mistake told at once.

Later sources win: the default, the file, the environment. Nothing heavy is imported here, for the
process that only watches over the others reads its settings with it too.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, convert

from barbelo.config.describe import kind
from barbelo.config.environment import read_environment
from barbelo.config.keys import Given, Key
from barbelo.config.problems import BadConfig, Problem, reason
from barbelo.config.settings import Settings, all_keys, key_at
from barbelo.config.toml_file import find_file, read_file


class Loaded(Struct, frozen=True):
    """The settings, and for each key (`section.name`) where its value came from."""

    settings: Settings
    sources: dict[str, str]
    """`default`, `file:line`, or the name of an environment variable."""
    file: Path | None
    """The file that was read, if any."""


def load(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read the configuration. `config` is what `--config` says; `environ` is the process's own by default.

    A relative `data_dir` is made absolute here. Raises `BadConfig` with all that is wrong; a value
    in the file is checked also where the environment says another.
    """
    environ = os.environ if environ is None else environ
    file = find_file(config, environ)
    problems: list[Problem] = []
    given = [Given(key.path, key.default, "default") for key in all_keys()]
    if file is not None:
        given += read_file(file, problems)
    given += read_environment(environ, problems)

    sections: dict[str, dict[str, Any]] = {}
    sources: dict[str, str] = {}
    for one in given:
        key = key_at(one.path)
        try:
            sections.setdefault(key.section, {})[key.name] = _check(key, one.value)
            sources[one.path] = one.where
        except ValueError as error:
            choices = f"; expected {kind(key)}" if "Invalid enum value" in str(error) else ""
            problems.append(Problem(one.where, one.path, reason(error) + choices))
    if problems:
        raise BadConfig(problems)
    return Loaded(convert(sections, Settings), sources, file)


def _check(key: Key, value: Any) -> Any:
    """The value in its normal form; raises `ValueError` with the reason."""
    converted = convert(value, key.type)
    return key.note.read(converted) if key.note.read else converted
