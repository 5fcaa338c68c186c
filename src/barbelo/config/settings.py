"""All that an administrator can say before the server starts, as one typed, frozen value.

A new key is one field in a section (`config/sections/`); a new section is one struct there and one
field here. Values come from `config/load.py`; rooms below the doors get values, not this struct.
"""

from functools import cache

from msgspec import Struct

from barbelo.config.keys import Key, keys_of
from barbelo.config.sections.limits import Limits, RateLimits
from barbelo.config.sections.machine import DatabaseSettings, Log, Overload, Server
from barbelo.config.sections.people import Auth, Federation, Instance


class Settings(Struct, frozen=True, kw_only=True):
    """One field per section, each with defaults that are right for production on a small machine."""

    server: Server = Server()
    database: DatabaseSettings = DatabaseSettings()
    instance: Instance = Instance()
    limits: Limits = Limits()
    auth: Auth = Auth()
    rate_limits: RateLimits = RateLimits()
    overload: Overload = Overload()
    federation: Federation = Federation()
    log: Log = Log()

    def test_switches(self) -> list[str]:
        """The switches that suit a test and no public server, as `section.key = value`; see docs/admin/testing.md."""
        on = [
            f"{one.path} = {str(one.note.test_when).lower()}"
            for one in all_keys()
            if one.note.test_when is not None
            and getattr(getattr(self, one.section), one.name) is one.note.test_when
        ]
        join = self.instance
        if join.registrations_open and not (join.approval_required or join.confirmation_required):
            on.append("instance.registrations_open = true, without approval or confirmation")
        return on


SECTIONS: dict[str, type[Struct]] = {
    name: type(default)
    for name, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
}


@cache
def all_keys() -> tuple[Key, ...]:
    return tuple(one for section, struct in SECTIONS.items() for one in keys_of(section, struct))


def key_at(path: str) -> Key:
    """The key at `section.name`; raises `KeyError`."""
    return _keys_by_path()[path]


def known_paths() -> tuple[str, ...]:
    """Every key as `section.name`, in the order of the sections."""
    return tuple(_keys_by_path())


@cache
def _keys_by_path() -> dict[str, Key]:
    return {one.path: one for one in all_keys()}
