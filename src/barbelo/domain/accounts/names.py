"""Names of accounts: how they are written, and which of them somebody may take here."""

import re
from collections.abc import Collection
from typing import ClassVar

from msgspec import Struct

from barbelo.kernel.errors import Invalid
from barbelo.text.scan import ascii_host

_LOCAL_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_ANY_NAME = re.compile(r"[\w.-]+")  # other servers are not asked to keep to our rules


class Acct(Struct, frozen=True):
    """`name` or `name@host`, as it is looked up: lower case; `host` is None for one of ours."""

    username_key: str
    host: str | None

    def __str__(self) -> str:
        return self.username_key if self.host is None else f"{self.username_key}@{self.host}"


class NameRules(Struct, frozen=True, kw_only=True):
    """`restricted`: names that nobody may take, in any case. `longest` counts characters."""

    restricted: Collection[str] = ()
    longest: int = 30


class BadUsername(Invalid):
    """A name that cannot be taken. `problem` is for programs: blank, invalid, too_long, reserved or taken."""

    code: ClassVar[str] = "bad_username"

    def __init__(self, problem: str) -> None:
        super().__init__(f"Username {PROBLEMS[problem]}", field="username", problem=problem)
        self.problem = problem


PROBLEMS = {
    "blank": "can't be blank",
    "invalid": "has invalid format",
    "too_long": "is too long",
    "reserved": "is reserved",
    "taken": "has already been taken",
}
"""What is wrong with a name, in the words that Pleroma's forms know."""


def read_acct(text: str, own_host: str) -> Acct | None:
    """What `name`, `@name`, `name@host` or `acct:name@host` means here; None when it cannot be a name."""
    username, at, host = text.strip().removeprefix("acct:").removeprefix("@").partition("@")
    if not _ANY_NAME.fullmatch(username):
        return None
    if not at:
        return Acct(username.lower(), None)
    if host.lower() == own_host:
        return Acct(username.lower(), None)
    known = _host(host)
    if known is None:
        return None
    return Acct(username.lower(), None if known == own_host else known)


def _host(text: str) -> str | None:
    """In lower-case ASCII, with the port where one is written."""
    name, colon, port = text.partition(":")
    host = ascii_host(name)
    if host is None or (colon and not (port.isascii() and port.isdigit() and len(port) <= 5)):
        return None
    return f"{host}:{port}" if colon else host


def check_username(username: str, rules: NameRules) -> None:
    """Letters, digits, `_` and `-`. Raises `BadUsername`. Source: reference/pleroma 5.6."""
    if not username:
        raise BadUsername("blank")
    if len(username) > rules.longest:
        raise BadUsername("too_long")
    if not _LOCAL_NAME.fullmatch(username):
        raise BadUsername("invalid")
    if username.lower() in {name.lower() for name in rules.restricted}:
        raise BadUsername("reserved")
