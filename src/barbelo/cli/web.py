"""`barbelo web`: one process that answers HTTP."""

import asyncio

import uvicorn

from barbelo.app import open_app
from barbelo.cli.listening import listen
from barbelo.cli.serving import NotMigrated, begin_log, opened_database, stand_still
from barbelo.cli.supervise import EX_CONFIG
from barbelo.config.logging import get_logger
from barbelo.config.metrics import MetricsServer, watch_loop_lag
from barbelo.config.secrets import load_secrets
from barbelo.config.settings import Settings
from barbelo.kernel.errors import Conflict

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
    sock = listen(settings)  # before there is a database: whoever comes early waits instead of being refused
    async with opened_database(settings, dsn) as database, open_app(settings, secrets, database) as app:
        lag = asyncio.create_task(watch_loop_lag(), name="loop lag")
        address = settings.server.metrics_address(process)
        metrics = MetricsServer(address) if address else None
        stand_still()
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
