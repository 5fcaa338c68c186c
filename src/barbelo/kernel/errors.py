"""One taxonomy of errors. The domain names the *kind*; each door has one table of answers.

No HTTP number stands here: the same `NotFound` is a 404 to a client, a dropped activity to a
neighbour and a discarded job to the worker.
"""

from typing import ClassVar


class BarbeloError(Exception):
    """Something that can go wrong and is not our bug.

    `message` is for the person who asked (English, no secrets); `code` is for programs and
    stays the same when the wording changes; `data` are facts that a door may show beside it.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class Invalid(BarbeloError):
    """The wish makes no sense. `field` in `data` names the parameter where there is one."""

    code = "invalid"


class Unauthenticated(BarbeloError):
    """We do not know who is asking. `sent` in `data`: credentials came, but they are no good."""

    code = "unauthenticated"


class NotAllowed(BarbeloError):
    """We know who is asking, and the answer is no."""

    code = "not_allowed"


class NotFound(BarbeloError):
    """Absent, or not for you: the two look exactly alike."""

    code = "not_found"

    def __init__(self, message: str = "Record not found", **data: object) -> None:
        super().__init__(message, **data)


class Gone(BarbeloError):
    """It was here once."""

    code = "gone"


class Conflict(BarbeloError):
    """It is already so, or somebody else was faster."""

    code = "conflict"


class TooLarge(Invalid):
    """More bytes, parts or levels than we are willing to read."""

    code = "too_large"


class TooMany(BarbeloError):
    """Slower, please. `retry_after_s` counts whole seconds."""

    code = "too_many"

    def __init__(self, message: str = "Throttled", *, retry_after_s: int, **data: object) -> None:
        super().__init__(message, retry_after_s=retry_after_s, **data)
        self.retry_after_s = retry_after_s


class Overloaded(BarbeloError):
    """We have no room for this now; asking again after `retry_after_s` seconds may work."""

    code = "overloaded"

    def __init__(
        self, message: str = "The server is busy", *, retry_after_s: int = 1, **data: object
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s, **data)
        self.retry_after_s = retry_after_s


class Refused(BarbeloError):
    """A policy (MRF) said no; `policy` is its name."""

    code = "refused"

    def __init__(self, message: str, *, policy: str) -> None:
        super().__init__(message, policy=policy)


class Malformed(BarbeloError):
    """An outside party sent nonsense; `source` says who or what."""

    code = "malformed"

    def __init__(self, message: str, *, source: str) -> None:
        super().__init__(message, source=source)


class Unreachable(BarbeloError):
    """An outside party is silent; `host` says which."""

    code = "unreachable"

    def __init__(self, message: str, *, host: str) -> None:
        super().__init__(message, host=host)
