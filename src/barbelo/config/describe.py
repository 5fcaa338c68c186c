"""Keys and their values in words: for `barbelo config show`, and for the tables of the docs."""

import re
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from barbelo.config.keys import Key
from barbelo.config.redact import MASK
from barbelo.config.settings import Settings

_KINDS: Final = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    NoneType: "nothing",
}


def value_of(settings: Settings, key: Key) -> Any:
    return getattr(getattr(settings, key.section), key.name)


def shown_value(key: Key, value: Any) -> str:
    """The value as TOML, with what is secret about it hidden."""
    if key.note.secrecy == "all" and value:
        return toml(MASK)
    if key.note.secrecy == "password":
        return toml(without_password(value))
    return toml(value)


def without_password(url: str) -> str:
    """The address with its password masked, also where it stands in the query."""
    masked = re.sub(r"(://[^/?#@:]*):.*@", rf"\1:{MASK}@", url)
    return re.sub(r"((?:^|[?&])password=)[^&]*", rf"\1{MASK}", masked)


def toml(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def kind(key: Key) -> str:
    """What may be given, in words: `whole number from 1 to 64`, `"auto", "json" or "text"`."""
    words = _kind(get_args(key.type)[0])
    meta = key.type.__metadata__[0]
    if meta.ge is not None:
        words += f" from {_number(meta.ge)}"
    if meta.le is not None:
        words += f" to {_number(meta.le)}"
    return words


def _kind(hint: Any) -> str:
    if get_origin(hint) is Literal:
        *others, last = (toml(choice) for choice in get_args(hint))
        return f"{', '.join(others)} or {last}"
    if get_origin(hint) is tuple:
        return f"list of {_kind(get_args(hint)[0])}"
    return _KINDS[hint]


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
