"""How a job that raised an error goes on, by the kind of the error.

| error | then |
|---|---|
| `Conflict` | done: it is so already |
| `Invalid`, `Unauthenticated`, `NotAllowed`, `NotFound`, `Gone`, `Refused`, `Malformed` | discarded: no second try can end otherwise |
| `TooMany`, `Unreachable`: another server | put back for when it said, or with growing delays; parked after 12 tries |
| `Overloaded`, PostgreSQL away: we ourselves | put back until it is over; no try is counted |
| anything else: our bug | put back; parked after 3 tries |

Source: ARCHITECTURE 7.
"""

import random
import traceback
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from barbelo.kernel import errors

TRIES = 3
"""Of a job that fails in a way we have not thought of."""
TRIES_OUTSIDE = 12
"""Of a job that another server does not answer: about two days."""
FIRST_STALL_S = 1.0
LONGEST_STALL_S = 60.0
LONGEST_WISH_S = 86_400.0
"""A server that asks us to come back later than in a day is asked after a day."""
REASON_LENGTH = 1000

_HERE = Path(__file__).parent  # the work itself lies deeper, in jobs/work
_HOUSE = _HERE.parent
_DRIVER = Path(asyncpg.__file__).parent


class Outcome(StrEnum):
    DONE = "done"
    DISCARDED = "discarded"
    PUT_BACK = "put_back"
    PARKED = "parked"


class Tries(Struct, frozen=True, kw_only=True):
    """What a job has been through, kept with it in the queue. `reason` is of the last time."""

    failures: int = 0
    """Our bugs."""
    waits: int = 0
    """Another server was silent or slow."""
    stalls: int = 0
    """We had no room, or no database, in a row."""
    suspected: int = 0
    """It was begun as the only suspect of a worker's death, and has not come to an end."""
    reason: str = ""


class Verdict(Struct, frozen=True, kw_only=True):
    """`after_s` and `tries` belong to what is put back; `reason` is empty for what went well."""

    outcome: Outcome
    after_s: float = 0
    tries: Tries = Tries()
    reason: str = ""
    bug: bool = False


WELL = Verdict(outcome=Outcome.DONE)

_HOPELESS = (
    errors.Invalid,
    errors.Unauthenticated,
    errors.NotAllowed,
    errors.NotFound,
    errors.Gone,
    errors.Refused,
    errors.Malformed,
)
DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,  # it is starting or stopping
    asyncpg.InternalClientError,  # its farewell came while we were silent, and the driver stumbles over it
)
_DATABASE_BUSY = (
    asyncpg.InsufficientResourcesError,  # no connection left, no disk left
    asyncpg.TransactionRollbackError,  # a deadlock: two were in each other's way
    asyncpg.LockNotAvailableError,
)


def read_tries(headers: Mapping[str, Any] | None) -> Tries:
    """From the queue's row; a note that is not ours counts as none."""
    try:
        return msgspec.convert(headers or {}, Tries)
    except msgspec.ValidationError:
        return Tries()


def judge(error: BaseException, tries: Tries, retry: Callable[[int], float]) -> Verdict:
    """What becomes of a job that raised `error`. `retry` gives the seconds before retry number n."""
    worst = _worst(error)
    reason = reason_of(worst)
    if isinstance(worst, errors.Conflict):
        return Verdict(outcome=Outcome.DONE)
    if isinstance(worst, _HOPELESS):
        return Verdict(outcome=Outcome.DISCARDED, reason=reason)
    if isinstance(worst, (errors.TooMany, errors.Unreachable)):
        return _wait(worst, tries, retry, reason)
    if _is_ours_for_now(worst):
        return stall(tries, reason, getattr(worst, "retry_after_s", 0))
    return _fail(tries, retry, reason)


def stall(tries: Tries, reason: str, at_least_s: float = 0) -> Verdict:
    """Put back without counting a try."""
    doubled_s = FIRST_STALL_S * 2 ** min(tries.stalls, 10)
    after_s = max(at_least_s, min(doubled_s, LONGEST_STALL_S)) * random.uniform(1, 1.2)  # noqa: S311 -- spreads load
    counted = replace(tries, stalls=tries.stalls + 1, suspected=0, reason=reason)
    return Verdict(outcome=Outcome.PUT_BACK, after_s=after_s, tries=counted, reason=reason)


def _wait(
    error: errors.TooMany | errors.Unreachable, tries: Tries, retry: Callable[[int], float], reason: str
) -> Verdict:
    waits = tries.waits + 1
    if waits >= TRIES_OUTSIDE:
        return Verdict(outcome=Outcome.PARKED, reason=f"{reason}, after {waits} tries")
    after_s = retry(waits)
    if isinstance(error, errors.TooMany):
        after_s = min(error.retry_after_s, LONGEST_WISH_S) * random.uniform(1, 1.2)  # noqa: S311 -- spreads load
    counted = replace(tries, waits=waits, stalls=0, suspected=0, reason=reason)
    return Verdict(outcome=Outcome.PUT_BACK, after_s=after_s, tries=counted, reason=reason)


def _fail(tries: Tries, retry: Callable[[int], float], reason: str) -> Verdict:
    failures = tries.failures + 1
    if failures >= TRIES:
        return Verdict(outcome=Outcome.PARKED, reason=f"{reason}, after {failures} tries", bug=True)
    counted = replace(tries, failures=failures, stalls=0, suspected=0, reason=reason)
    return Verdict(outcome=Outcome.PUT_BACK, after_s=retry(failures), tries=counted, reason=reason, bug=True)


def _is_ours_for_now(error: BaseException) -> bool:
    if isinstance(error, (errors.Overloaded, *DATABASE_AWAY, *_DATABASE_BUSY)):
        return True
    if isinstance(
        error, asyncpg.InterfaceError
    ):  # said of a connection that was closed under us, and of mistakes
        return "clos" in str(error)
    # No socket there, nobody listens, no answer in time: an error of the system, but from within the driver.
    return isinstance(error, OSError) and any(
        _DRIVER in Path(frame.filename).parents for frame in traceback.extract_tb(error.__traceback__)
    )


def _worst(error: BaseException) -> BaseException:
    """Of the errors in a group, the one that decides: our bug, then our stall, then others' silence."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    leaves = [_worst(one) for one in error.exceptions]
    return max(leaves, key=_weight)


def _weight(error: BaseException) -> int:
    if isinstance(error, (errors.Conflict, *_HOPELESS)):
        return 0
    if isinstance(error, (errors.TooMany, errors.Unreachable)):
        return 1
    return 2 if _is_ours_for_now(error) else 3


def reason_of(error: BaseException) -> str:
    """`KeyError: 'x' (jobs/work/tell.py:31)`: the error, and the last line of ours that it came through."""
    told = f"{type(error).__name__}: {error}".replace("\0", "")[:REASON_LENGTH]
    ours = [
        f"{Path(frame.filename).relative_to(_HOUSE)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if _HOUSE in Path(frame.filename).parents and Path(frame.filename).parent != _HERE
    ]
    return f"{told} ({ours[-1]})" if ours else told
