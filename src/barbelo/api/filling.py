"""Pages from which something is left out after they were read, and which are full all the same."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from barbelo.kernel.paging import Page

MOST_READINGS = 10
"""For one page: a reader whose filters hide nearly all is given what was found until then, and the way on."""

Row = TypeVar("Row")
Shown = TypeVar("Shown")


async def filled(
    page: Page[Any],
    read: Callable[[Page[Any]], Awaitable[list[Row]]],
    show: Callable[[list[Row]], Awaitable[list[Shown]]],
    cursor: Callable[[Row], Any],
) -> tuple[list[Shown], list[Row]]:
    """What is shown of a page, and all rows that were read for it, newest first.

    `read` gives rows and `show` those of them that are shown; for each that is not, another one is read.
    """
    shown: list[Shown] = []
    rows: list[Row] = []
    rest = page
    for _ in range(MOST_READINGS):
        found = await read(rest)
        kept = await show(found)
        shown, rows = (kept + shown, found + rows) if page.upwards else (shown + kept, rows + found)
        missing = page.limit - len(shown)
        if missing <= 0 or len(found) < rest.limit:
            break
        edge = {"min_id": cursor(found[0])} if page.upwards else {"max_id": cursor(found[-1])}
        rest = replace(rest, limit=missing, skip=0, **edge)
    return shown, rows
