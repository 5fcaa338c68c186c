"""Setting up the log: one line per happening, on standard error, as JSON or for people to read.

structlog is the front that our code writes to; uvicorn's and every other library's stdlib logging
comes out of the same door, with the same request id and the same masks. `set_up_logging` alone is
light and enough for a process that only watches; `get_logger` is what imports structlog.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any, Final

from barbelo.config.log_lines import complete, render_json, render_text
from barbelo.config.sections.machine import Log

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

Facts = MutableMapping[str, Any]

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_QUIET: Final = ("asyncio", "pyvips", "multipart", "python_multipart", "websockets", "aiosqlite", "pgqueuer")
"""Libraries whose small talk nobody needs: heard from `warning` on."""


def set_up_logging(log: Log, process: str, *, stream: IO[str] | None = None) -> None:
    """Write what the standard library's loggers are told, one line each. Called once per process.

    `process` (`web`, `worker`, ...) stands in every line. uvicorn must be started with
    `log_config=None`, or it would undo this.
    """
    _door.open(log, process, stream or sys.stderr)
    handler = _Handler()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = LEVELS[log.level]
    root.setLevel(max(level, logging.INFO))  # debug is for our own lines: libraries print headers there
    logging.getLogger("barbelo").setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)


def set_up_structlog(log: Log, process: str, *, stream: IO[str] | None = None) -> None:
    """`set_up_logging`, and structlog's loggers and context variables as well: for web, worker, command line."""
    set_up_logging(log, process, stream=stream)
    structlog = _import_structlog()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _name_level, _end],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[log.level]),
        logger_factory=lambda *_: _door,
        cache_logger_on_first_use=False,
    )
    _door.context = structlog.contextvars.get_contextvars


def get_logger(name: str) -> "FilteringBoundLogger":
    """The logger of a module: `log = ...(__name__)`, then `log.info("Follow accepted", follower=id)`.

    The text is a sentence that stays the same; what differs goes into facts. Never a body, never a token
    (facts named `code`, `token`, `password` and the like come out masked).
    """
    logger: FilteringBoundLogger = _import_structlog().get_logger(source=name)
    return logger


def log_context(**facts: object) -> AbstractContextManager[None]:
    """Say these facts (`request_id`, `job`, ...) in every line of this task until the block ends."""
    bound: AbstractContextManager[None] = _import_structlog().contextvars.bound_contextvars(**facts)
    return bound


class _Door:
    """Where all lines go out. One write per line, so lines of several threads and processes stay whole."""

    def __init__(self) -> None:
        self.render: Callable[[Mapping[str, Any]], str] = render_text
        self.stream: IO[str] = sys.stderr
        self.first: dict[str, Any] = {}
        self.context: Callable[[], Mapping[str, Any]] = dict

    def open(self, log: Log, process: str, stream: IO[str]) -> None:
        json = log.format == "json" or (log.format == "auto" and not stream.isatty())
        self.render = render_json if json else render_text
        self.stream = stream
        self.first = {"process": process, "pid": os.getpid()}

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Write one line. A log that can't be written must not stop the work."""
        try:
            self.stream.write(self.render(complete(self.first, facts)) + "\n")
            self.stream.flush()
        except (OSError, ValueError):
            pass

    msg = debug = info = warning = error = critical = exception = fatal = tell


_door: Final = _Door()


class _Handler(logging.Handler):
    """Brings what libraries tell the standard library to the same door."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = record.getMessage().rstrip()
        except Exception:  # noqa: BLE001 a library's bad format string is not our end
            event = str(record.msg)
        facts: dict[str, Any] = {"level": record.levelname.lower(), "event": event, "source": record.name}
        if record.exc_info:
            facts["exc_info"] = record.exc_info
        _door.tell({**_door.context(), **facts})


def _name_level(_logger: object, method: str, facts: Facts) -> Facts:
    facts["level"] = "error" if method == "exception" else method
    return facts


def _end(_logger: object, _method: str, facts: Facts) -> tuple[tuple[Facts], dict[str, Any]]:
    """What structlog calls the door with."""
    return (facts,), {}


def _import_structlog() -> Any:
    """Import structlog without rich, which it would load for coloured tracebacks: 4 MiB per process."""
    if "structlog" not in sys.modules and "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment] # the documented way to make an import fail
        try:
            import structlog  # noqa: PLC0415 imported where the log is set up, for the light processes
        finally:
            del sys.modules["rich"]
        return structlog
    import structlog  # noqa: PLC0415 as above

    return structlog
