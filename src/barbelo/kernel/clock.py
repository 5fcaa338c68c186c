"""The one clock. Whoever needs the time is given it, so a test can set it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present as an aware UTC datetime."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def unix_ms(moment: datetime) -> int:
    """Whole milliseconds since the Unix epoch."""
    return int(moment.timestamp() * 1000)


def from_unix_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def monotonic_s() -> float:
    """Seconds that never step back; for measuring how long something takes."""
    return time.monotonic()
