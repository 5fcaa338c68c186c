"""`barbelo web`: one process that answers HTTP."""

import asyncio
import socket
import sys

import uvicorn

from barbelo.app import open_app
from barbelo.cli.serving import NotMigrated, begin_log, opened_database
from barbelo.cli.supervise import EX_CONFIG
from barbelo.config.logging import get_logger
from barbelo.config.metrics import MetricsServer, watch_loop_lag
from barbelo.config.secrets import load_secrets
from barbelo.config.settings import Settings
from barbelo.kernel.errors import Conflict

BACKLOG = 2048
KEEP_ALIVE_S = 65  # longer than the usual 60 of a proxy in front, which would otherwise lose the race


def run(settings: Settings, dsn: str, process: int = 0) -> int:
    """Serve until a signal ends it. Gives the exit code."""
    begin_log(settings, "web" if settings.server.web_processes == 1 else f"web-{process}")
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(_serve(settings, dsn, process))
    except (NotMigrated, Conflict) as error:
        get_logger(__name__).error("start.refused", reason=error.message)
        return EX_CONFIG
    return 0


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415  # not on every platform

    return uvloop.new_event_loop()


async def _serve(settings: Settings, dsn: str, process: int) -> None:
    secrets = load_secrets(settings.server.data_path)
    sock = _listening(settings)
    async with opened_database(settings, dsn) as database, open_app(settings, secrets, database) as app:
        lag = asyncio.create_task(watch_loop_lag(), name="loop lag")
        address = settings.server.metrics_address(process)
        metrics = MetricsServer(address) if address else None
        try:
            await uvicorn.Server(_config(app, settings)).serve(sockets=[sock])
        finally:
            lag.cancel()
            if metrics is not None:
                metrics.close()


def _config(app: object, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # their protocol names each ASGI message
        http="httptools",
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,  # ours is in http/access
        log_config=None,
        proxy_headers=False,  # ours are in http/limits
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(int(settings.server.shutdown_grace_s), 1),
    )


def _listening(settings: Settings) -> socket.socket:
    """Bound before the database is waited for: whoever comes early waits in the queue instead of being refused."""
    address = settings.server.listen_address
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.server.web_processes > 1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((address.host, address.port))
    except OSError as error:
        print(f"barbelo: cannot listen on {settings.server.listen}: {error.strerror}", file=sys.stderr)
        raise SystemExit(EX_CONFIG) from None
    sock.listen(BACKLOG)
    sock.set_inheritable(False)
    return sock
