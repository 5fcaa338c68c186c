"""Whom a path speaks of: an id, or a name as Pleroma's clients write it, as far as the asker may know them."""

from collections.abc import Sequence

from msgspec import Struct

from barbelo.api.showing import show_people
from barbelo.db.database import Reader
from barbelo.domain.accounts.queries import AccountRow, get_named, get_target, keep_shown
from barbelo.domain.relations.queries import Related
from barbelo.entities.account import Account
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.kernel.errors import Unauthenticated
from barbelo.kernel.ids import AccountId


class WithRelationships(Struct, frozen=True, kw_only=True):
    """`with_relationships` fills `pleroma.relationship`. Source: reference/pleroma 3.3."""

    with_relationships: bool = False


class PeoplePage(PageParams, frozen=True, kw_only=True):
    """A page of a list of people."""

    with_relationships: bool = False


def finds_remote(ctx: Ctx) -> bool:
    """Whether a remote account may be looked up by name. Source: reference/pleroma 3.3."""
    kept_from = ctx.settings.instance.limit_to_local_content
    return kept_from == "off" or (kept_from == "unauthenticated" and ctx.viewer is not None)


def shown_places(ctx: Ctx) -> dict[str, bool]:
    """Whether local and remote profiles are shown to the asker, as parameters of a query."""
    instance = ctx.settings.instance
    return {
        place: ctx.viewer is not None or not restricted
        for place, restricted in (
            ("local", instance.restricts("profiles_local")),
            ("remote", instance.restricts("profiles_remote")),
        )
    }


async def get_person(ctx: Ctx, reader: Reader, name: str) -> AccountRow:
    """Raises `NotFound`, and `Unauthenticated` where profiles are kept from guests."""
    found = await get_named(reader, name, ctx.urls, remote=finds_remote(ctx))
    if not shown_places(ctx)["local" if found.host is None else "remote"]:
        raise Unauthenticated("This API requires an authenticated user", sent=True)
    return found


async def target(ctx: Ctx, reader: Reader, name: str) -> AccountId:
    """Somebody with whom the viewer has, or is to have, to do. Raises `NotFound`."""
    return await get_target(reader, name, ctx.urls, remote=finds_remote(ctx))


def link_related(ctx: Ctx, rows: Sequence[Related]) -> list[AccountId]:
    """Set `Link` by the order of the list itself; gives whom it names."""
    if rows:
        ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
    return [row.account_id for row in rows]


async def show_known(ctx: Ctx, reader: Reader, ids: Sequence[AccountId]) -> list[Account]:
    """Those of whom the asker may know: nobody who is suspended or waits, and no profile that is kept from guests."""
    return await show_people(ctx, reader, await keep_shown(reader, ids, **shown_places(ctx)))
