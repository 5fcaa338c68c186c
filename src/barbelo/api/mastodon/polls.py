"""Polls. Source: docs.joinmastodon.org/methods/polls, reference/mastodon 6."""

from msgspec import Struct

from barbelo.api.showing import emojis_of
from barbelo.db.database import Reader
from barbelo.domain.statuses.polls import get_poll, vote
from barbelo.entities.poll import Poll, render_poll
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post

TAGS = ("polls",)


@get("/api/v1/polls/{poll_id}", auth="optional", scope="read:statuses", tags=TAGS)
async def show_poll(ctx: Ctx, poll_id: int) -> Poll:
    async with ctx.db.reading() as reader:
        return await _shown(ctx, reader, poll_id)


class Ballot(Struct, frozen=True, kw_only=True):
    choices: list[int]


@post("/api/v1/polls/{poll_id}/votes", scope="write:statuses", params=Ballot, tags=TAGS)
async def vote_in_poll(ctx: Ctx, ballot: Ballot, poll_id: int) -> Poll:
    """Vote, once; `choices` are places in the list of options, from 0."""
    async with ctx.db.transaction() as tx:
        await vote(tx, poll_id, ctx.user, ballot.choices)
        return await _shown(ctx, tx, poll_id)


async def _shown(ctx: Ctx, reader: Reader, poll_id: int) -> Poll:
    row = await get_poll(reader, poll_id, ctx.viewer)
    return render_poll(row, ctx.viewer, reader.now(), emojis_of(ctx), {})
