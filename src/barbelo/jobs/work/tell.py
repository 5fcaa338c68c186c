"""Events whose time has come."""

from typing import Any

import msgspec
from msgspec import Struct

from barbelo.db.database import Database
from barbelo.jobs import rows
from barbelo.jobs.consequences import BY_NAME
from barbelo.jobs.job import job
from barbelo.jobs.rows import Picked


class Future(Struct, frozen=True):
    """The name of an event's class, and its fields."""

    event: str
    fields: dict[str, Any]


@job()
async def tell(future: Future, *, db: Database, picked: Picked) -> None:
    """Tell the event, as if it happened now. Exactly once: what follows from it may not bear a second time.

    An event that this release does not know (any more) fails, and is parked.
    """
    event = msgspec.convert(future.fields, BY_NAME[future.event])
    async with db.transaction() as tx:
        if await rows.finish(tx, picked):
            await tx.emit(event)
