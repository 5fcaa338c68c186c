"""People whom one shows on one's profile, and what one notes about people for oneself.

Source: docs.joinmastodon.org/methods/accounts, /methods/endorsements; reference/pleroma 3.3.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from barbelo.api.people import PeoplePage, get_person, link_related, shown_places, target
from barbelo.api.showing import show_people
from barbelo.db.database import Reader
from barbelo.domain.relations.endorse import NotEndorsed, endorse, unendorse
from barbelo.domain.relations.notes import take_note
from barbelo.domain.relations.queries import ENDORSED, ENDORSED_FOR_GUESTS
from barbelo.entities.account import Account
from barbelo.entities.relationship import Relationship, render_relationship
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post
from barbelo.kernel.errors import BarbeloError
from barbelo.kernel.ids import AccountId

TAGS = ("accounts",)
STATUSES: Mapping[type[BarbeloError], int] = MappingProxyType({NotEndorsed: 400})


@post(
    "/api/v1/accounts/{account_id}/endorse",
    aliases=("/api/v1/accounts/{account_id}/pin",),
    scope="write:accounts",
    statuses=STATUSES,
    tags=TAGS,
)
async def endorse_account(ctx: Ctx, account_id: str) -> Relationship:
    """Show somebody whom one follows on one's profile."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await endorse(tx, ctx.user.id, other)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post(
    "/api/v1/accounts/{account_id}/unendorse",
    aliases=("/api/v1/accounts/{account_id}/unpin",),
    scope="write:accounts",
    tags=TAGS,
)
async def unendorse_account(ctx: Ctx, account_id: str) -> Relationship:
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await unendorse(tx, ctx.user.id, other)
    return await render_relationship(ctx.db, ctx.user.id, other)


@get("/api/v1/endorsements", scope="read:accounts", params=PeoplePage, tags=TAGS)
async def own_endorsements(ctx: Ctx, wish: PeoplePage) -> list[Account]:
    """Whom the viewer shows, the newest first."""
    async with ctx.db.reading() as reader:
        return await _endorsed(ctx, reader, wish, ctx.user.id)


@get(
    "/api/v1/accounts/{account_id}/endorsements",
    aliases=("/api/v1/pleroma/accounts/{account_id}/endorsements",),
    auth="optional",
    scope="read:accounts",
    params=PeoplePage,
    tags=TAGS,
)
async def endorsements(ctx: Ctx, wish: PeoplePage, account_id: str) -> list[Account]:
    """Whom somebody shows, the newest first."""
    async with ctx.db.reading() as reader:
        found = await get_person(ctx, reader, account_id)
        return await _endorsed(ctx, reader, wish, found.id)


async def _endorsed(ctx: Ctx, reader: Reader, wish: PeoplePage, account_id: AccountId) -> list[Account]:
    page = wish.integers(40, 80)
    if ctx.viewer is None:
        rows = await reader.page(ENDORSED_FOR_GUESTS, page, account=account_id, **shown_places(ctx))
    else:
        rows = await reader.page(ENDORSED, page, account=account_id, viewer=ctx.viewer.id)
    return await show_people(ctx, reader, link_related(ctx, rows), with_relationships=wish.with_relationships)


class Note(Struct, frozen=True, kw_only=True):
    """An empty comment removes the note."""

    comment: str = ""


@post("/api/v1/accounts/{account_id}/note", scope="write:accounts", params=Note, tags=TAGS)
async def note_account(ctx: Ctx, note: Note, account_id: str) -> Relationship:
    """Note something about somebody, for oneself alone."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await take_note(tx, ctx.user.id, other, note.comment)
    return await render_relationship(ctx.db, ctx.user.id, other)
