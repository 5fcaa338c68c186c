"""What the commands of `barbelo user` do: each a transaction or a few, by the same deeds as the other doors."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from barbelo.cli.connection import open_database
from barbelo.config.load import load
from barbelo.config.settings import Settings
from barbelo.db.database import Database, Reader, Tx
from barbelo.domain.accounts import granting
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.profile import ProfileChanges, ProfileLimits, edit_profile
from barbelo.domain.accounts.queries import AccountRow, find_any_acct
from barbelo.domain.accounts.state import erase, restore, suspend
from barbelo.domain.auth import logins, tokens
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.register import NewLogin, RegistrationRefused, SignUpRules, check, register
from barbelo.domain.statuses.delete_all import delete_some_of
from barbelo.gateways.pool import Bounded
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls

GENERATED_BYTES = 12
"""Of randomness in a password that is made here: 16 characters."""
PEOPLE_A_PAGE = 500

T = TypeVar("T")


class Place(Struct, frozen=True):
    """The server that a command is about."""

    db: Database
    settings: Settings

    @property
    def urls(self) -> Urls:
        return Urls(self.settings.server.url)


class Roles(Struct, frozen=True, kw_only=True):
    """Switches; None leaves one as it is."""

    is_admin: bool | None = None
    is_moderator: bool | None = None
    locked: bool | None = None
    confirmed: bool | None = None


class NewPerson(Struct, frozen=True, kw_only=True):
    """`password` empty: one is made."""

    username: str
    email: str = ""
    display_name: str = ""
    note: str = ""
    password: str = ""
    roles: Roles = Roles()


def at_database(config: Path | None, deed: Callable[[Place], Awaitable[T]]) -> T:
    """Do `deed` at the server of the configuration, running or not; the outermost call of a command."""
    settings = load(config, os.environ).settings

    async def there() -> T:
        async with open_database(settings) as database:
            return await deed(Place(database, settings))

    return asyncio.run(there())


async def create(place: Place, wish: NewPerson) -> str:
    """Gives the password. Raises `Invalid` with all that is wrong, a line each."""
    password = wish.password or secrets.token_urlsafe(GENERATED_BYTES)
    settings = place.settings
    rules = replace(
        SignUpRules.of(settings.instance, settings.limits, settings.auth), approval=False, confirmation=False
    )
    new = NewLogin(
        username=wish.username,
        password=password,
        email=wish.email,
        display_name=wish.display_name,
        note=wish.note,
    )
    try:
        check(new, rules)
        hashed = await _hashed(settings, password)
        async with place.db.transaction() as tx:
            account_id = await register(tx, new, hashed, rules=rules, urls=place.urls)
            await granting.set_roles(
                tx, account_id, is_admin=wish.roles.is_admin, is_moderator=wish.roles.is_moderator
            )
    except RegistrationRefused as error:
        raise Invalid("\n".join(problem.sentence for problem in error.problems)) from None
    return password


async def delete(place: Place, name: str) -> int:
    """Gives how many statuses went with it. Interrupted, it is hidden already, and can be begun again."""
    async with place.db.transaction() as tx:
        account = await _get(tx, place, name)
        await suspend(tx, account.id)
    count = await _delete_statuses(place, account.id)
    async with place.db.transaction() as tx:
        await erase(tx, account.id, place.urls)
    return count


async def delete_statuses(place: Place, name: str) -> int:
    return await _delete_statuses(place, (await _get(place.db, place, name)).id)


async def _delete_statuses(place: Place, account_id: AccountId) -> int:
    count = 0
    while True:
        async with place.db.transaction() as tx:
            portion = await delete_some_of(tx, account_id)
        if not portion:
            return count
        count += portion


async def print_people(place: Place, *, staff: bool, waiting: bool) -> None:
    after = AccountId(UUID(int=0))
    while True:
        people = await granting.list_residents(
            place.db, after=after, most=PEOPLE_A_PAGE, staff=staff, waiting=waiting
        )
        for person in people:
            print(
                "\t".join(
                    [person.username, person.email or "-", _state(person), f"{person.created_at:%Y-%m-%d}"]
                )
            )
        if len(people) < PEOPLE_A_PAGE:
            return
        after = people[-1].id


def _state(person: granting.Resident) -> str:
    words = [
        word
        for word, holds in (
            ("admin", person.is_admin),
            ("moderator", person.is_moderator),
            ("deactivated", person.suspended_at is not None),
            ("unconfirmed", person.confirmed_at is None),
            ("unapproved", person.approved_at is None),
        )
        if holds
    ]
    return ",".join(words) or "active"


async def set_switches(place: Place, name: str, switches: Roles) -> None:
    async with place.db.transaction() as tx:
        account = await _get(tx, place, name, local=True)
        if switches.is_admin is not None or switches.is_moderator is not None:
            await granting.set_roles(
                tx, account.id, is_admin=switches.is_admin, is_moderator=switches.is_moderator
            )
        if switches.confirmed is not None:
            await granting.confirm(tx, account.id, confirmed=switches.confirmed)
        if switches.locked is not None:
            changes = ProfileChanges(locked=switches.locked)
            await edit_profile(tx, account.id, changes, limits=ProfileLimits(), urls=place.urls)


async def reset_password(place: Place, name: str, password: str) -> str:
    """Gives the password. Raises `Invalid` when it is too short."""
    account = await _get(place.db, place, name, local=True)
    shortest = place.settings.auth.password_min_characters
    if password and len(password) < shortest:
        raise Invalid(f"Password should be at least {shortest} character(s)")
    password = password or secrets.token_urlsafe(GENERATED_BYTES)
    hashed = await _hashed(place.settings, password)
    async with place.db.transaction() as tx:
        await logins.set_password(tx, account.id, hashed)
        await tokens.revoke_all(tx, account.id)
    return password


async def activate(place: Place, name: str) -> None:
    async with place.db.transaction() as tx:
        await restore(tx, (await _get(tx, place, name)).id)


async def deactivate(place: Place, name: str) -> None:
    async with place.db.transaction() as tx:
        await suspend(tx, (await _get(tx, place, name)).id)


async def sign_out(place: Place, name: str) -> None:
    async with place.db.transaction() as tx:
        await tokens.revoke_all(tx, (await _get(tx, place, name, local=True)).id)


async def confirm_all(place: Place, *, confirmed: bool) -> int:
    async with place.db.transaction() as tx:
        return await granting.confirm_all(tx, confirmed=confirmed)


async def approve(place: Place, name: str) -> None:
    async with place.db.transaction() as tx:
        await granting.approve(tx, (await _get(tx, place, name, local=True)).id)


async def tag(place: Place, name: str, tags: Sequence[str]) -> list[str]:
    async with place.db.transaction() as tx:
        return await granting.tag(tx, (await _get(tx, place, name)).id, tags)


async def untag(place: Place, name: str, tags: Sequence[str]) -> list[str]:
    async with place.db.transaction() as tx:
        return await granting.untag(tx, (await _get(tx, place, name)).id, tags)


async def _get(reader: Reader | Tx, place: Place, name: str, *, local: bool = False) -> AccountRow:
    """Whoever has this name, hidden or not. Raises `NotFound`."""
    acct = read_acct(name, place.urls.host)
    found = await find_any_acct(reader, acct) if acct else None
    if found is None:
        raise NotFound(f"There is no account {name}")
    if local and found.host is not None:
        raise NotFound(f"{name} lives on another server")
    return found


async def _hashed(settings: Settings, password: str) -> str:
    memory_kib, passes = settings.auth.password_cost
    return await Passwords(Bounded(1, 1), memory_kib=memory_kib, passes=passes).hash(password)
