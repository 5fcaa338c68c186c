"""What this server is. Source: docs.joinmastodon.org/methods/instance, reference/pleroma 7.1, 7.2.

Asked before anybody signs in, so credentials are not looked at.
"""

from barbelo.api.people import shown_places
from barbelo.api.showing import show_people
from barbelo.db.database import Reader
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.queries import find_acct
from barbelo.domain.settings.stats import Stats
from barbelo.entities.account import Account
from barbelo.entities.instance import InstanceV1, InstanceV2, Rule, render_rules, render_v1, render_v2
from barbelo.http.context import Ctx
from barbelo.http.routes import get

TAGS = ("instance",)


@get("/api/v1/instance", auth="none", tags=TAGS)
async def instance_v1(ctx: Ctx) -> InstanceV1:
    """What this server is, and the limits it keeps to, as most apps read it."""
    stats, contact = await _facts(ctx)
    return render_v1(ctx.settings, ctx.urls, stats, contact)


@get("/api/v2/instance", auth="none", tags=TAGS)
async def instance_v2(ctx: Ctx) -> InstanceV2:
    """The same in the newer form."""
    stats, contact = await _facts(ctx)
    return render_v2(ctx.settings, ctx.urls, stats, contact)


@get("/api/v1/instance/rules", auth="none", tags=TAGS)
async def instance_rules(ctx: Ctx) -> list[Rule]:
    """The rules of this place."""
    return render_rules(ctx.settings.instance.rules)


@get("/api/v1/instance/peers", auth="none", tags=TAGS)
async def instance_peers(ctx: Ctx) -> list[str]:
    """The other servers of which we know somebody."""
    hosts: list[str] = await ctx.gateways.stats.hosts(ctx.db)
    return hosts


async def _facts(ctx: Ctx) -> tuple[Stats, Account | None]:
    stats: Stats = await ctx.gateways.stats.current(ctx.db)
    if not ctx.settings.instance.contact_account:
        return stats, None
    async with ctx.db.reading() as reader:
        return stats, await _contact(ctx, reader)


async def _contact(ctx: Ctx, reader: Reader) -> Account | None:
    """Whom one can ask for help; nobody while guests may not see profiles."""
    acct = read_acct(ctx.settings.instance.contact_account, ctx.urls.host)
    found = (
        await find_acct(reader, acct) if acct and acct.host is None and shown_places(ctx)["local"] else None
    )
    shown = await show_people(ctx, reader, [found.id]) if found else []
    return shown[0] if shown else None
