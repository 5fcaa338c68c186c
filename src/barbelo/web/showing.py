"""What pages and feeds show: public things, as anybody may see them."""

from collections.abc import Sequence

from barbelo.db.database import Reader
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.queries import AccountRow, find_acct
from barbelo.domain.audience.guests import Guests
from barbelo.domain.timelines.sources import Asked, Which
from barbelo.entities.account import Account, render_account
from barbelo.entities.status import Status, render_statuses
from barbelo.http.context import Ctx
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import StatusId

LOCALS = Asked(viewer=None, which=Which(local=True))
"""Guests see what was written here; the rest has pages of its own elsewhere."""


async def get_resident(ctx: Ctx, reader: Reader, name: str) -> tuple[AccountRow, Account]:
    """One of ours, by name. Raises `NotFound`, also when guests may not look at profiles."""
    acct = read_acct(name, ctx.urls.host)
    found = await find_acct(reader, acct) if acct is not None and acct.host is None else None
    if found is None or ctx.settings.instance.restricts("profiles_local"):
        raise NotFound
    return found, await render_account(reader, found.id, None, ctx.urls, ctx.gateways.emojis.current)


async def show(ctx: Ctx, reader: Reader, ids: Sequence[StatusId]) -> list[Status]:
    """In the order of `ids`, without what the administrator keeps from guests."""
    guests = Guests.of(ctx.settings.instance)
    shown = await render_statuses(reader, ids, None, ctx.urls, ctx.gateways.emojis.current)
    return [status for status in shown if guests.may_see_status(None, local=status.pleroma.local)]
