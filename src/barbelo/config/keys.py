"""What is said about a key beside its type: a sentence, its bounds, how it is read.

A key is one field of a section:

    status_characters: Annotated[int, key("Longest status, its subject included.", ge=1)] = 5000

From that line come the check of the file and of the environment, `barbelo config show`, and the
table in docs/admin/configure.md. The name ends in the unit where the value has one.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, get_type_hints

from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import fields

Read = Callable[[Any], Any]
"""Takes a value of the right type and gives it in its normal form; raises `ValueError` with the reason."""

Secrecy = Literal["", "all", "password"]
"""What `config show` hides: nothing, the whole value, or the password inside a URL."""


class Note(Struct, frozen=True, kw_only=True):
    """What msgspec itself does not ask about a key."""

    read: Read | None = None
    secrecy: Secrecy = ""
    test_when: bool | None = None
    """The value that makes this key a test switch, one that the log warns of at each start."""
    short: str = ""
    """A second, shorter environment variable."""


def key(
    description: str,
    note: Note | None = None,
    *,
    ge: float | None = None,
    le: float | None = None,
) -> Meta:
    """The metadata of one key. `ge` and `le` are the smallest and the largest number allowed."""
    return Meta(description=description, ge=ge, le=le, extra={"note": note or Note()})


class Key(Struct, frozen=True, kw_only=True):
    """A key of the configuration, as the loader, the command line and the docs see it."""

    section: str
    name: str
    type: Any
    """With its `Meta`, for `msgspec.convert`."""
    default: Any
    description: str
    note: Note

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that every key has."""
        return f"BARBELO_{self.section}__{self.name}".upper()

    @property
    def unit(self) -> str:
        """The unit that the name ends in, spelled out; "" where it ends in none."""
        return next((unit for suffix, unit in UNITS.items() if self.name.endswith(suffix)), "")


class Given(Struct, frozen=True):
    """A value that somebody gave, not yet checked. `where`: `default`, `file:line`, or a variable."""

    path: str
    value: Any
    where: str


UNITS: Final = {
    "_s": "seconds",
    "_ms": "milliseconds",
    "_bytes": "bytes",
    "_kib": "KiB",
    "_mb": "MiB",
    "_pixels": "pixels",
    "_characters": "characters",
}


def keys_of(section: str, struct: type[Struct]) -> list[Key]:
    """The keys of one section, in the order in which they are written."""
    hints = get_type_hints(struct, include_extras=True)
    return [
        _key(section, field.name, hints[field.name], _default(field.default, field.default_factory))
        for field in fields(struct)
    ]


def _key(section: str, name: str, hint: Any, default: Any) -> Key:
    meta: Meta = hint.__metadata__[0]
    note: Note = (meta.extra or {})["note"]
    return Key(
        section=section,
        name=name,
        type=hint,
        default=default,
        description=meta.description or "",
        note=note,
    )


def _default(value: Any, factory: Any) -> Any:
    return factory() if value is NODEFAULT else value
