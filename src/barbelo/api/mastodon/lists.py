"""Lists of people, and their timelines. Source: docs.joinmastodon.org/methods/lists, reference/mastodon 14."""

from msgspec import Struct

from barbelo.api.mastodon.timelines import TimelineQuery
from barbelo.api.people import get_person, link_related
from barbelo.api.showing import show_page, show_people
from barbelo.domain.timelines import lists
from barbelo.domain.timelines.list_timeline import list_timeline
from barbelo.domain.timelines.lists import ListWish, RepliesPolicy
from barbelo.entities.account import Account
from barbelo.entities.list import List, render_list
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import delete, get, post, put
from barbelo.kernel.ids import AccountId, find_flake, get_flake

TAGS = ("lists",)


@get("/api/v1/lists", scope="read:lists", tags=TAGS)
async def list_lists(ctx: Ctx) -> list[List]:
    return [render_list(row) for row in await lists.lists_of(ctx.db, ctx.user.id)]


@get("/api/v1/accounts/{account_id}/lists", scope="read:lists", tags=TAGS)
async def lists_with_account(ctx: Ctx, account_id: str) -> list[List]:
    """Those of one's lists that somebody is in."""
    async with ctx.db.reading() as reader:
        account = await get_person(ctx, reader, account_id)
        return [render_list(row) for row in await lists.lists_with(reader, ctx.user.id, account.id)]


class NewList(Struct, frozen=True, kw_only=True):
    title: str
    replies_policy: RepliesPolicy | None = None
    exclusive: bool | None = None


@post("/api/v1/lists", scope="write:lists", params=NewList, tags=TAGS)
async def create_list(ctx: Ctx, new: NewList) -> List:
    wish = ListWish(title=new.title, replies_policy=new.replies_policy, exclusive=new.exclusive)
    async with ctx.db.transaction() as tx:
        return render_list(await lists.create_list(tx, ctx.user.id, wish))


@get("/api/v1/lists/{list_id}", scope="read:lists", tags=TAGS)
async def get_list(ctx: Ctx, list_id: int) -> List:
    return render_list(await lists.get_list(ctx.db, ctx.user.id, list_id))


@put("/api/v1/lists/{list_id}", scope="write:lists", params=ListWish, tags=TAGS)
async def change_list(ctx: Ctx, wish: ListWish, list_id: int) -> List:
    """What is left out stays as it was."""
    async with ctx.db.transaction() as tx:
        return render_list(await lists.change_list(tx, ctx.user.id, list_id, wish))


@delete("/api/v1/lists/{list_id}", scope="write:lists", tags=TAGS)
async def delete_list(ctx: Ctx, list_id: int) -> None:
    async with ctx.db.transaction() as tx:
        await lists.delete_list(tx, ctx.user.id, list_id)


@get("/api/v1/lists/{list_id}/accounts", scope="read:lists", params=PageParams, tags=TAGS)
async def list_members(ctx: Ctx, page: PageParams, list_id: int) -> list[Account]:
    """Who is in a list; with `limit=0` all of them on one page."""
    async with ctx.db.reading() as reader:
        await lists.get_list(reader, ctx.user.id, list_id)
        if page.limit == 0:
            return await show_people(ctx, reader, await lists.all_members(reader, list_id))
        rows = await reader.page(lists.MEMBERS, page.integers(default=40, most=80), list=list_id)
        return await show_people(ctx, reader, link_related(ctx, rows))


class Members(Struct, frozen=True, kw_only=True):
    account_ids: list[str]


@post("/api/v1/lists/{list_id}/accounts", scope="write:lists", params=Members, tags=TAGS)
async def add_members(ctx: Ctx, members: Members, list_id: int) -> None:
    """Put people into a list, all or none of them; whether one follows them does not matter."""
    ids = [AccountId(get_flake(name)) for name in members.account_ids]
    async with ctx.db.transaction() as tx:
        await lists.add_members(tx, ctx.user.id, list_id, ids)


@delete("/api/v1/lists/{list_id}/accounts", scope="write:lists", params=Members, tags=TAGS)
async def remove_members(ctx: Ctx, members: Members, list_id: int) -> None:
    """Whoever is not in it is not missed."""
    found = [AccountId(flake) for name in members.account_ids if (flake := find_flake(name))]
    async with ctx.db.transaction() as tx:
        await lists.remove_members(tx, ctx.user.id, list_id, found)


@get(
    "/api/v1/timelines/list/{list_id}",
    scope="read:lists",
    params=TimelineQuery,
    limit="timeline:list",
    tags=TAGS,
)
async def read_list(ctx: Ctx, query: TimelineQuery, list_id: int) -> list[Status]:
    """What the members of one's list say. Somebody else's list is not there."""
    async with ctx.db.reading() as reader:
        row = await lists.get_list(reader, ctx.user.id, list_id)
        ids = await list_timeline(reader, query.asked(ctx), row, query.flakes())
        return await show_page(ctx, reader, ids)
