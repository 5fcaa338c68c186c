"""The socket on which HTTP is served."""

import socket
import sys
import time
from typing import NoReturn

from barbelo.cli.supervise import EX_CONFIG
from barbelo.config.settings import Settings

BACKLOG = 2048
PATIENCE_S = 3.0


def listen(settings: Settings) -> socket.socket:
    """Open it. Exits with a sentence when that cannot be."""
    try:
        sock = _bound(settings, shared=settings.server.web_processes > 1)
    except OSError as error:
        _refuse(settings, error)
    sock.listen(BACKLOG)
    sock.set_inheritable(False)
    return sock


def check_free(settings: Settings) -> None:
    """Exits with a sentence when somebody else listens there, whose `/readyz` would be taken for ours.

    Gives those a moment whose supervisor was killed, and who are just leaving.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return _bound(settings, shared=False).close()
        except OSError as error:
            if time.monotonic() > deadline:
                _refuse(settings, error)
        time.sleep(0.05)


def _bound(settings: Settings, *, shared: bool) -> socket.socket:
    """Raises `OSError`."""
    address = settings.server.listen_address
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((address.host, address.port))
    except OSError:
        sock.close()
        raise
    return sock


def _refuse(settings: Settings, error: OSError) -> NoReturn:
    print(f"barbelo: cannot listen on {settings.server.listen}: {error.strerror}", file=sys.stderr)
    raise SystemExit(EX_CONFIG)
