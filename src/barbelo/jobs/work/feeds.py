"""Home feeds: filling those of many followers, and keeping all of them short."""

from barbelo.db.database import Database
from barbelo.domain.timelines import feed, tag_feed
from barbelo.domain.timelines.fan_out import Batch, feed_batch
from barbelo.domain.timelines.tag_feed import Tagged
from barbelo.jobs import rows
from barbelo.jobs.job import MORE, Share, job
from barbelo.jobs.rows import Picked

FEEDS_A_RUN = 100


@job()
async def feed_followers(batch: Batch, *, db: Database, picked: Picked) -> None:
    """Put a status into the feeds of one batch of followers; the next batch is a job of its own."""
    async with db.transaction() as tx:
        if await rows.finish(tx, picked):
            await feed_batch(tx, batch)


@job()
async def feed_tag_followers(tagged: Tagged, *, db: Database, picked: Picked) -> None:
    """Put a status into the feeds of all who follow one of its hashtags."""
    async with db.transaction() as tx:
        if await rows.finish(tx, picked):
            await tag_feed.feed_tag_followers(tx, tagged.status_id)


@job()
async def trim_feeds(*, db: Database) -> Share | None:
    """Cut the feeds that have grown too long, each in a transaction of its own."""
    long = await feed.long_feeds(db, most=FEEDS_A_RUN)
    for account_id in long:
        async with db.transaction() as tx:
            await feed.trim(tx, account_id)
    return MORE if len(long) == FEEDS_A_RUN else None


@job()
async def close_dormant_feeds(*, db: Database) -> Share | None:
    """Drop the feeds of people who have long been away."""
    async with db.transaction() as tx:
        closed = await feed.close_dormant(tx, most=FEEDS_A_RUN)
    return MORE if closed == FEEDS_A_RUN else None
