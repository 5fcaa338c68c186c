"""Accounts as they were rendered last: most of those on a page were on the page before.

Nobody has to say what has changed. Whoever reads statuses reads with them which transactions wrote the rows of their
authors (`xmin`), and what was rendered from other rows is not found. It must not be asked inside of a transaction:
that sees rows of its own in between, which all carry its one number.
"""

from typing import Generic, NamedTuple, TypeVar

from barbelo.entities.emoji import NO_EMOJIS, EmojiMap
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

MOST = 1_000
"""About 4 MB. Beyond it, whoever was rendered first is forgotten."""

T = TypeVar("T")


class AccountVersion(NamedTuple):
    """The transactions that wrote the row of an account, and of its login (None: there is none)."""

    account: int
    login: int | None


class Eyes(NamedTuple):
    """For whom an account is rendered: everybody else sees the same."""

    own: bool
    staff: bool

    @classmethod
    def of(cls, viewer: Viewer | None, account_id: AccountId) -> "Eyes":
        if viewer is None:
            return cls(own=False, staff=False)
        return cls(own=viewer.id == account_id, staff=viewer.is_admin or viewer.is_moderator)


class KnownAccounts(Generic[T]):
    """The memory of one process: `T` as it was rendered with one map of emoji and one set of addresses."""

    def __init__(self) -> None:
        self._entries: dict[tuple[AccountId, Eyes], tuple[AccountVersion, T]] = {}
        self._emojis: EmojiMap = NO_EMOJIS
        self._urls: Urls | None = None

    def rendered_with(self, urls: Urls, emojis: EmojiMap) -> None:
        """Say what the next questions and answers are about; with other emoji everybody is rendered anew."""
        if self._emojis is not emojis or self._urls != urls:
            self._entries.clear()
            self._emojis, self._urls = emojis, urls

    def find(self, account_id: AccountId, eyes: Eyes, version: AccountVersion) -> T | None:
        entry = self._entries.get((account_id, eyes))
        return entry[1] if entry is not None and entry[0] == version else None

    def keep(self, account_id: AccountId, eyes: Eyes, version: AccountVersion, account: T) -> None:
        key = (account_id, eyes)
        self._entries.pop(key, None)
        if len(self._entries) >= MOST:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (version, account)
