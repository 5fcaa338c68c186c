"""What a job is: a function with ids in, present state read, safe to run twice; its limits stand beside it.

    @job(limit=20)
    async def push_notification(notice: NotificationCreated, *, db: Database, push: WebPush) -> None: ...

The payload (an event, or a struct of its own; none for what the clock starts) is decoded into the type
of the first parameter. The parameters after the star are what the worker was built with, by name.
How a job that fails goes on is told in `jobs/verdict.py`.
"""

import inspect
import random
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Final, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

FIRST_DELAY_S = 10.0
GROWTH = 3.0
LONGEST_DELAY_S = 6 * 3600.0
JITTER = 0.2
LONGEST_RUN_S = 600.0
"""A job that takes longer is ended and counts as failed, unless it names a limit of its own."""


def backoff_s(attempt: int) -> float:
    """Seconds before retry number `attempt` (from 1): 10, 30, 90, ... at most six hours, jittered by 20 %."""
    delay_s = min(FIRST_DELAY_S * GROWTH ** min(attempt - 1, 20), LONGEST_DELAY_S)
    return delay_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- spreads load, guards nothing


class Share(Enum):
    """What a job may return instead of nothing."""

    MORE = "more"
    """It has done its share, and there is more: it is run again, after others had their turn."""


MORE: Final = Share.MORE

Run = Callable[..., Awaitable[Share | None]]
F = TypeVar("F", bound=Run)


class Job(Struct, frozen=True, kw_only=True):
    """A function of `jobs/work`, and how it is to be run.

    `limit`: at most so many at the same time, over all workers; 0 is no limit. `retry`: seconds before
    retry number n. `longest_s`: how long one run may take.
    """

    name: str
    run: Run
    payload: Any
    """The type that the payload is decoded into; None when the job has no payload."""
    needs: tuple[str, ...]
    limit: int
    retry: Callable[[int], float]
    longest_s: float

    async def call(self, payload: bytes | None, have: dict[str, object]) -> Share | None:
        """Run it once. Raises `msgspec.ValidationError` and `DecodeError` for a payload that is not its own."""
        given = {name: have[name] for name in self.needs}
        if self.payload is None:
            return await self.run(**given)
        return await self.run(msgspec.json.decode(payload or b"null", type=self.payload), **given)


JOBS: Final[dict[str, Job]] = {}
"""All jobs by name, filled by `@job` when their files are imported (`jobs/worker.py` does)."""


def job(
    *,
    limit: int = 0,
    retry: Callable[[int], float] = backoff_s,
    longest_s: float = LONGEST_RUN_S,
    registry: dict[str, Job] = JOBS,
) -> Callable[[F], F]:
    """Register a function as the job of its name. It stays a function that can be called as it is."""

    def register(function: F) -> F:
        name = function.__name__
        if name in registry:
            raise TypeError(f"There are two jobs named {name}")
        payload, needs = _read_signature(function)
        registry[name] = Job(
            name=name,
            run=function,
            payload=payload,
            needs=needs,
            limit=limit,
            retry=retry,
            longest_s=longest_s,
        )
        return function

    return register


def _read_signature(function: Run) -> tuple[Any, tuple[str, ...]]:
    """The payload's type, and the names of the things needed. Raises TypeError for another form."""
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__name__} is not an async function")
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters.values()
    needs = tuple(one.name for one in parameters if one.kind is one.KEYWORD_ONLY)
    first = [one for one in parameters if one.kind is not one.KEYWORD_ONLY]
    if len(first) > 1 or any(one.kind is not one.POSITIONAL_OR_KEYWORD for one in first):
        raise TypeError(f"{function.__name__} may have one payload; what else it needs goes behind a *")
    if first and first[0].name not in hints:
        raise TypeError(f"The payload of {function.__name__} has no type")
    return (hints[first[0].name] if first else None), needs
