"""The form of a line in the log: which facts, in which order, as JSON or for people."""

import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from barbelo.config.redact import redact, redact_text, short_text

_TRACEBACK_CHARACTERS: Final = 20_000


def complete(first: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Time, level and process first, the happening, its facts, and what was thrown last. All of it masked."""
    rest = dict(facts)
    thrown = _exception(rest.pop("exc_info", None))
    line = {
        "time": _now(),
        "level": rest.pop("level", "info"),
        **first,
        "event": short_text(str(rest.pop("event", ""))),
        **redact(rest),
    }
    if thrown:
        line["exception"] = thrown
    return line


def _exception(info: Any) -> str:
    """The traceback as text, masked; of a very long one the end, which says what happened."""
    if isinstance(info, tuple):
        thrown = info[1]
    elif isinstance(info, BaseException):
        thrown = info
    else:
        thrown = sys.exc_info()[1] if info else None
    if not isinstance(thrown, BaseException):
        return ""
    text = "".join(traceback.format_exception(thrown)).rstrip()
    if len(text) > _TRACEBACK_CHARACTERS:
        text = "...\n" + text[-_TRACEBACK_CHARACTERS:].partition("\n")[2]
    return redact_text(text)


def _now() -> str:
    """The present in UTC with milliseconds, `2026-01-31T12:00:00.123Z`."""
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03d}Z"


def render_json(line: Mapping[str, Any]) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode("utf-8", "replace")


def render_text(line: Mapping[str, Any]) -> str:
    """`12:00:00.123 warning  web  Something happened  key=value`, a traceback below it.

    A value with spaces or control characters is quoted, so that no value can forge a line.
    """
    rest = dict(line)
    clock = str(rest.pop("time", ""))[11:23]
    level, process, event = (str(rest.pop(name, "")) for name in ("level", "process", "event"))
    rest.pop("pid", None)
    thrown = str(rest.pop("exception", ""))
    parts = [f"{clock} {level:<7} {process:<6} {_plain(event)}"]
    parts += [f"{_plain(name)}={_quoted(value)}" for name, value in rest.items()]
    below = "".join(f"\n    {_plain(part)}" for part in thrown.splitlines())
    return "  ".join(parts) + below


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    simple = text and text.isprintable() and not any(letter in ' "=' for letter in text)
    return text if simple or not isinstance(value, str) else '"' + _plain(text).replace('"', '\\"') + '"'
