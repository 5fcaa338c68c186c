"""Removing accounts whose owners have asked for it: hidden at once, gone portion by portion."""

from barbelo.db.database import Database
from barbelo.domain.accounts.state import erase
from barbelo.domain.events import DeletionRequested
from barbelo.domain.statuses.delete_all import delete_some_of
from barbelo.jobs.job import job
from barbelo.kernel.errors import NotFound
from barbelo.kernel.urls import Urls


@job(longest_s=3600)
async def erase_account(event: DeletionRequested, *, db: Database) -> None:
    """Delete every status, then the rest. Begun again after a crash, it goes on where it was."""
    while True:
        async with db.transaction() as tx:
            if not await delete_some_of(tx, event.account_id):
                break
    try:
        async with db.transaction() as tx:
            await erase(tx, event.account_id, Urls(event.base))
    except NotFound:
        return  # done before
