"""The configuration from environment variables: `BARBELO_<SECTION>__<KEY>`, and short names for a few."""

from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

import msgspec

from barbelo.config.keys import Given, Key
from barbelo.config.problems import Problem, did_you_mean, reason
from barbelo.config.settings import all_keys

PREFIX: Final = "BARBELO_"

OTHER_VARIABLES: Final = {
    "BARBELO_CONFIG": "The configuration file, where `--config` does not name one.",
}
"""Variables with our prefix that are no keys; docs/admin/configure.md lists them."""

TEST_PREFIX: Final = "BARBELO_TEST_"
"""What begins so belongs to the project's own tests, and is never read here."""

_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off"})


def read_environment(environ: Mapping[str, str], problems: list[Problem]) -> list[Given]:
    """The values that the environment gives. What can't be understood is added to `problems`."""
    variables = _variables()
    given: dict[str, Given] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(TEST_PREFIX) or name in OTHER_VARIABLES:
            continue
        key = variables.get(name)
        if key is None:
            hint = did_you_mean(name, [*variables, *OTHER_VARIABLES])
            problems.append(Problem(name, "", f"unknown variable{hint}"))
        elif key.path in given and environ[given[key.path].where] != environ[name]:
            problems.append(Problem(name, key.path, f"{given[key.path].where} says something else"))
        else:
            try:
                given[key.path] = Given(key.path, from_text(key, environ[name]), name)
            except ValueError as error:
                problems.append(Problem(name, key.path, reason(error)))
    return list(given.values())


def from_text(key: Key, text: str) -> Any:
    """The value that a text stands for; raises `ValueError`. Lists are JSON, or separated by commas.

    An empty text is the empty text, or a list of nothing; for a number or a switch it is a mistake.
    """
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("not UTF-8")
    kind = get_args(key.type)[0]
    if get_origin(kind) is tuple:
        if text.lstrip().startswith("["):
            return msgspec.json.decode(text)
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind is bool:
        return _switch(text)
    if kind in {int, float}:
        return msgspec.convert(text.strip(), kind, strict=False)
    return text


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("Expected true or false")
    return word in _TRUE


def _variables() -> dict[str, Key]:
    long = {key.variable: key for key in all_keys()}
    short = {key.note.short: key for key in all_keys() if key.note.short}
    return long | short
