"""Times as clients parse them. Source: reference/pleroma 1.4."""

from datetime import datetime


def iso(moment: datetime) -> str:
    """`2019-04-15T15:42:15.000Z`: UTC, always three digits of milliseconds."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def day_or_none(moment: datetime | None) -> str | None:
    """`2024-05-01`."""
    return None if moment is None else moment.date().isoformat()
