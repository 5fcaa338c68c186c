"""Deeds that concern many people at once, a portion at a time."""

from barbelo.db.database import Database
from barbelo.domain.events import AccountUnlocked, HostBlocked
from barbelo.domain.notifications import subscribers
from barbelo.domain.notifications.subscribers import Telling
from barbelo.domain.relations import hosts, requests
from barbelo.jobs import rows
from barbelo.jobs.job import job
from barbelo.jobs.rows import Picked


@job()
async def sever_host(event: HostBlocked, *, db: Database, picked: Picked) -> None:
    """Part with the next of those who live on a blocked server."""
    async with db.transaction() as tx:
        if await rows.finish(tx, picked):
            await hosts.sever_host(tx, event)


@job()
async def grant_waiting(event: AccountUnlocked, *, db: Database, picked: Picked) -> None:
    """Let the next of those follow who have waited for it."""
    async with db.transaction() as tx:
        if await rows.finish(tx, picked):
            await requests.grant_waiting(tx, event)


@job()
async def tell_subscribers(telling: Telling, *, db: Database, picked: Picked) -> None:
    """Tell the next of those who wish to hear of every status of somebody."""
    async with db.transaction() as tx:
        if await rows.finish(tx, picked):
            await subscribers.tell_subscribers(tx, telling)
