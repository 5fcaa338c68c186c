"""What happens by the clock, on one page. An entry only writes a job down; the queue runs and retries it.

A job that still waits or runs is not written down a second time. What fell into a time when nothing ran is
made up for once, at the next start. Minutes are spread so that not everything falls on the full hour.
"""

from typing import Final

from msgspec import Struct


class Periodic(Struct, frozen=True):
    """`cron`: minute, hour, day, month, weekday; in UTC."""

    job: str
    cron: str


PRIORITY: Final = -10
"""Housekeeping waits until the jobs that somebody waits for have been taken."""

PERIODIC: Final = (
    Periodic("trim_feeds", "*/20 * * * *"),
    Periodic("close_dormant_feeds", "10 3 * * *"),
    Periodic("drop_unattached_media", "25 * * * *"),
    Periodic("sweep_files", "40 3 * * *"),
    Periodic("forget_wishes", "35 * * * *"),
    Periodic("forget_expired_codes", "45 * * * *"),
    Periodic("forget_expired_tokens", "50 */6 * * *"),
    Periodic("drop_expired_mutes", "*/15 * * * *"),
    Periodic("forget_job_log", "55 * * * *"),
    Periodic("forget_parked_jobs", "20 4 * * *"),
)
