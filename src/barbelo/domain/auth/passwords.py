"""Passwords: hashed with Argon2id; what Pleroma (PBKDF2) and Mastodon (bcrypt) kept is verified and replaced.

Hashing is heavy on purpose. It runs in a bounded pool of threads, never on the event loop, and
before a transaction is opened.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Protocol, TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

MOST_BYTES = 4096
"""A longer password is wrong without being read."""

T = TypeVar("T")

_BCRYPT_BYTES = 72  # all that bcrypt ever looks at; Mastodon cut there without a word


class Pool(Protocol):
    """Runs a function in a thread, so many at a time. Raises `Overloaded` when too many wait."""

    async def run(self, fn: Callable[[], T], /) -> T: ...


class Verdict(Struct, frozen=True):
    """`better`: the password was right, and this hash of it should take the place of the old one."""

    right: bool
    better: str | None = None


_WRONG = Verdict(right=False)


class Passwords:
    """`memory_kib` and `passes` are the cost of one hash; see the settings `auth.password_*`."""

    def __init__(self, pool: Pool, *, memory_kib: int, passes: int) -> None:
        self._pool = pool
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._decoy = _decoy(memory_kib, passes)

    async def hash(self, password: str) -> str:
        """Raises `Overloaded`."""
        return await self._pool.run(lambda: self._argon2.hash(_bytes(password)))

    async def check(self, password: str, kept: str | None) -> Verdict:
        """Whether `password` is the one that `kept` was made of. Raises `Overloaded`.

        `kept` None stands for an account that does not exist: it costs the same work, so that the
        time of an answer does not tell which names there are.
        """
        return await self._pool.run(lambda: self._check(_bytes(password), kept))

    def _check(self, password: bytes, kept: str | None) -> Verdict:
        if kept is None or len(password) > MOST_BYTES:
            return self._pretend(password[:MOST_BYTES])
        if kept.startswith("$argon2"):
            if not self._is_argon2(password, kept):
                return _WRONG
            return Verdict(
                True, self._argon2.hash(password) if self._argon2.check_needs_rehash(kept) else None
            )
        verify = next((verify for prefix, verify in _OLDER.items() if kept.startswith(prefix)), None)
        if verify is None:  # no login by password
            return self._pretend(password)
        return Verdict(True, self._argon2.hash(password)) if verify(password, kept) else _WRONG

    def _is_argon2(self, password: bytes, kept: str) -> bool:
        try:
            return self._argon2.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    def _pretend(self, password: bytes) -> Verdict:
        self._is_argon2(password, self._decoy)
        return _WRONG


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _decoy(memory_kib: int, passes: int) -> str:
    """A hash of the usual cost that no password has."""
    salt, tag = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${tag}"


def _is_pbkdf2(password: bytes, kept: str) -> bool:
    """Pleroma's `$pbkdf2-sha512$160000$salt$hash`. Raises nothing: what cannot be read is wrong."""
    try:
        _, _, rounds, salt, tag = kept.split("$")
        wanted = _ab64(tag)
        made = hashlib.pbkdf2_hmac("sha512", password, _ab64(salt), int(rounds), len(wanted))
    except (ValueError, OverflowError):
        return False
    return hmac.compare_digest(made, wanted)


def _ab64(text: str) -> bytes:
    """Base64 as passlib and Pleroma write it: `.` for `+`, no padding. Raises `ValueError`."""
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)


def _is_bcrypt(password: bytes, kept: str) -> bool:
    try:
        return bcrypt.checkpw(password[:_BCRYPT_BYTES], kept.encode())
    except ValueError:
        return False


_OLDER: dict[str, Callable[[bytes, str], bool]] = {
    "$pbkdf2-sha512$": _is_pbkdf2,
    "$2a$": _is_bcrypt,
    "$2b$": _is_bcrypt,
    "$2y$": _is_bcrypt,
}
