"""Whom the last requests came from, kept for a few seconds: one client asks many times in a row.

Dropped when a token is revoked or an account changes, here at once and elsewhere by the bus.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec import Struct, to_builtins

from barbelo.db.bus import LiveEvent
from barbelo.domain import events
from barbelo.kernel.clock import monotonic_s
from barbelo.kernel.ids import AccountId, TokenId

KEPT_S = 5.0
MOST = 10_000
"""Beyond it the oldest is forgotten."""

T = TypeVar("T")

_OF_ACCOUNT = {
    kind.__name__ for kind in (events.AccountSuspended, events.AccountRestored, events.ProfileChanged)
}
_REVOKED = events.TokensRevoked.__name__


class Entry(Struct, Generic[T], frozen=True):
    value: T
    until_s: float
    about: tuple[Hashable, ...]


class Recent(Generic[T]):
    """A small memory of `T` by the digest of what was sent. Not shared between processes."""

    def __init__(self, now_s: Callable[[], float] = monotonic_s, kept_s: float = KEPT_S) -> None:
        self._now_s = now_s
        self._kept_s = kept_s
        self._entries: dict[bytes, Entry[T]] = {}
        self._keys: dict[Hashable, set[bytes]] = {}
        self.generation = 0
        """Counts what was dropped: an answer of the database from before that must not be kept."""

    def find(self, key: bytes) -> T | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until_s <= self._now_s():
            self._drop(key)
            return None
        return entry.value

    def keep(self, key: bytes, value: T, about: "About", asked_at: int) -> None:
        """`asked_at` is the `generation` from before the database was asked."""
        if asked_at != self.generation:
            return
        self._drop(key)
        if len(self._entries) >= MOST:
            self._drop(next(iter(self._entries)))
        kept_s = min(self._kept_s, about.lasts_s)
        entry = Entry(value, self._now_s() + kept_s, about.subjects)
        self._entries[key] = entry
        for subject in entry.about:
            self._keys.setdefault(subject, set()).add(key)

    def heard(self, told: Sequence[LiveEvent]) -> None:
        """For the bus: what happened in any process."""
        for event in told:
            self._apply(event.name, event.fields)

    def happened(self, told: Sequence[object]) -> None:
        """What a transaction of this process has just committed (`tx.live`); the bus is a moment later."""
        for event in told:
            self._apply(type(event).__name__, to_builtins(event))

    def forget_all(self) -> None:
        """For the bus: something was missed."""
        self.generation += 1
        self._entries.clear()
        self._keys.clear()

    def _apply(self, name: str, fields: dict[str, Any]) -> None:
        account = fields.get("account_id")
        if name in _OF_ACCOUNT:
            self._forget(UUID(account))
        elif name == _REVOKED:
            ids = fields["token_ids"]
            for subject in ids or [UUID(account)]:
                self._forget(subject)

    def _forget(self, subject: Hashable) -> None:
        self.generation += 1
        for key in list(self._keys.get(subject, ())):
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        for subject in entry.about if entry else ():
            keys = self._keys[subject]
            keys.discard(key)
            if not keys:
                del self._keys[subject]


class About(Struct, frozen=True, kw_only=True):
    """Whom an entry speaks of: when one of them changes, it is dropped. `lasts_s`: how long it can be true."""

    subjects: tuple[AccountId | TokenId, ...]
    lasts_s: float = KEPT_S

    @classmethod
    def of(
        cls,
        token_id: TokenId | None,
        account_id: AccountId | None,
        expires_at: datetime | None,
        now: datetime,
    ) -> "About":
        """An entry is not kept beyond the end of its token."""
        lasts_s = KEPT_S if expires_at is None else (expires_at - now).total_seconds()
        return cls(subjects=tuple(one for one in (token_id, account_id) if one is not None), lasts_s=lasts_s)
