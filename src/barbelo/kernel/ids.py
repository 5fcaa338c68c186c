"""Identifiers: flakes for what people link to, plain integers for the rest.

A flake is 128 bits: 64 of milliseconds since the Unix epoch, 48 that name the process, 16 that
count within a millisecond. It is stored as `uuid` and shown as a base62 number in ASCII order
(18 characters in our time), so ids of one length sort as text the way they sort in time.
The form is Pleroma's own; a Pleroma database keeps its ids.
"""

import secrets
import threading
from datetime import datetime
from functools import lru_cache
from typing import NewType
from uuid import UUID

from barbelo.kernel.clock import Clock, from_unix_ms, system_clock, unix_ms
from barbelo.kernel.errors import NotFound

AccountId = NewType("AccountId", UUID)
StatusId = NewType("StatusId", UUID)
MediaId = NewType("MediaId", int)
NotificationId = NewType("NotificationId", int)
ReportId = NewType("ReportId", UUID)
ThreadId = NewType("ThreadId", int)
ConversationId = NewType("ConversationId", int)
AppId = NewType("AppId", int)
TokenId = NewType("TokenId", int)

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_LONGEST = 22  # 62 ** 22 > 2 ** 128
_INTEGERS_END = 2**63  # PostgreSQL's bigint


@lru_cache(4096)  # a page spells the same few dozen again and again
def encode(flake: UUID) -> str:
    """Base62 without padding, as Pleroma prints it."""
    number, digits = flake.int, ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits or "0"


def find_flake(text: str) -> UUID | None:
    """The flake that `text` spells, or None when it spells none."""
    if not 0 < len(text) <= _LONGEST:
        return None
    number = 0
    for character in text:
        value = _VALUE.get(character)
        if value is None:
            return None
        number = number * 62 + value
    return UUID(int=number) if number < 1 << 128 else None


def get_flake(text: str) -> UUID:
    """Like `find_flake`. Raises `NotFound`: an id that cannot be is an id that is not there."""
    flake = find_flake(text)
    if flake is None:
        raise NotFound
    return flake


def get_integer(text: str) -> int:
    """A positive bigint. Raises `NotFound` for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and 0 < (number := int(text)) < _INTEGERS_END:
        return number
    raise NotFound


def made_at(flake: UUID) -> datetime:
    """When the thing that carries this id was published, to the millisecond."""
    return from_unix_ms(flake.int >> 64)


def floor_at(moment: datetime) -> UUID:
    """The smallest flake of that millisecond: for comparing ids with times."""
    return UUID(int=unix_ms(moment) << 64)


class FlakeSource:
    """Hands out flakes that are unique, and ordered within this process.

    When the clock steps back, time stands still for the ids until it has caught up. When a
    millisecond's 65,536 numbers are used up, the next millisecond is begun early.
    """

    def __init__(self, clock: Clock = system_clock, node: int | None = None) -> None:
        self._clock = clock
        self._node = (secrets.randbits(48) if node is None else node) & (2**48 - 1)
        self._last_ms = 0
        self._counter = 0
        self._lock = threading.Lock()

    def next(self) -> UUID:
        with self._lock:
            now = unix_ms(self._clock())
            if now > self._last_ms:
                self._last_ms, self._counter = now, 0
            else:
                self._counter += 1
                if self._counter > 0xFFFF:
                    self._last_ms, self._counter = self._last_ms + 1, 0
            return UUID(int=self._last_ms << 64 | self._node << 16 | self._counter)

    def at(self, published: datetime) -> UUID:
        """An id for something published earlier, elsewhere.

        Clamped to [1970, now]: a post from the future would otherwise stay on top. The low 64
        bits are random, for nothing orders two old posts of one millisecond.
        """
        milliseconds = min(max(unix_ms(published), 0), unix_ms(self._clock()))
        return UUID(int=milliseconds << 64 | secrets.randbits(64))
