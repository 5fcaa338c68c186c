"""The filters of those who read, as one process keeps them: every page is read through them, and they rarely change."""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from barbelo.db.bus import LiveEvent
from barbelo.db.database import Reader
from barbelo.domain.events import FiltersChanged
from barbelo.domain.timelines.filtering import NO_FILTERS, Filters
from barbelo.domain.timelines.filters import list_filters
from barbelo.kernel.ids import AccountId

MOST_ACCOUNTS = 10_000
"""Beyond it whoever has not read for longest is forgotten."""


class FilterCache:
    """Dropped when they change: here at once (`forget`), elsewhere by the bus (`heard`)."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, Filters] = OrderedDict()
        self._changes = 0

    async def of(self, reader: Reader, account_id: AccountId) -> Filters:
        """Read when they are not there; what was read before a change that came meanwhile is not kept."""
        found = self._kept.get(account_id)
        if found is None:
            changes = self._changes
            found = Filters(await list_filters(reader, account_id)) or NO_FILTERS
            if changes != self._changes:
                return found
            self._kept[account_id] = found
            if len(self._kept) > MOST_ACCOUNTS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(account_id)
        return found

    def forget(self, account_id: UUID) -> None:
        self._changes += 1
        self._kept.pop(account_id, None)

    def forget_all(self) -> None:
        """For the bus: something was missed."""
        self._changes += 1
        self._kept.clear()

    def heard(self, told: Sequence[LiveEvent]) -> None:
        """For the bus: what happened in any process."""
        for event in told:
            if event.name == FiltersChanged.__name__:
                self.forget(UUID(event.fields["account_id"]))
