"""The machine: where the server listens and stores, its database, its log, its limits under load."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from barbelo.config.keys import Note, key
from barbelo.config.reading import (
    Address,
    address,
    read_database_url,
    read_folder,
    read_listen,
    read_networks,
    read_optional_listen,
    read_public_url,
)


class Server(Struct, frozen=True, kw_only=True):
    """Addresses, folders and processes."""

    url: Annotated[
        str,
        key(
            "Public address, as browsers and other servers see it. It becomes part of every id: choose it once.",
            Note(read=read_public_url, short="BARBELO_URL"),
        ),
    ] = "http://localhost:4000"
    listen: Annotated[
        str,
        key("Address on which HTTP is served.", Note(read=read_listen, short="BARBELO_LISTEN")),
    ] = "127.0.0.1:4000"
    trusted_proxies: Annotated[
        tuple[str, ...],
        key(
            "Addresses or networks (CIDR) of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
            Note(read=read_networks),
        ),
    ] = ()
    data_dir: Annotated[
        str,
        key(
            "Folder for everything that is kept: database, uploads, secrets.",
            Note(read=read_folder, short="BARBELO_DATA_DIR"),
        ),
    ] = "data"
    metrics_listen: Annotated[
        str,
        key(
            "Address for Prometheus, such as 127.0.0.1:9568; empty is off. The further processes of"
            " `barbelo serve` take the ports after it.",
            Note(read=read_optional_listen),
        ),
    ] = ""
    web_processes: Annotated[int, key("Processes that answer HTTP, in `barbelo serve`.", ge=1, le=64)] = 1
    shutdown_grace_s: Annotated[
        float, key("How long running requests may take to finish when the server stops.", ge=0, le=600)
    ] = 10

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir)

    @property
    def listen_address(self) -> Address:
        return address(self.listen)

    @property
    def secure(self) -> bool:
        """Whether the public address is https, and so cookies may be for https alone."""
        return self.url.startswith("https:")

    def metrics_address(self, process: int) -> Address | None:
        """Where process number `process` (0 = the first web process) shows its metrics; `None` is nowhere."""
        if not self.metrics_listen:
            return None
        first = address(self.metrics_listen)
        return Address(first.host, first.port + process if first.port else 0)


class DatabaseSettings(Struct, frozen=True, kw_only=True):
    """PostgreSQL: the embedded one, or yours."""

    url: Annotated[
        str,
        key(
            "postgresql:// address of your own PostgreSQL (15 or newer); empty is the embedded one.",
            Note(read=read_database_url, secrecy="password", short="BARBELO_DATABASE_URL"),
        ),
    ] = ""
    # Each holds 10 to 16 MB of plans once it has seen everything, and more than six at once do not go faster on 2 cores.
    pool_size: Annotated[int, key("Connections that each process may open.", ge=2, le=500)] = 6
    statement_timeout_s: Annotated[
        float, key("How long a single statement may run before PostgreSQL ends it.", ge=0.1, le=3600)
    ] = 15
    migrate_at_start: Annotated[bool, key("Bring the schema up to date at start.")] = True
    shared_buffers_mb: Annotated[
        int, key("Memory that the embedded PostgreSQL takes for its cache.", ge=16, le=65536)
    ] = 64


class Overload(Struct, frozen=True, kw_only=True):
    """What is answered at once in each process, by class; more is turned away with 503."""

    signed_in_requests: Annotated[
        int, key("Requests of signed-in people that are answered at the same time.", ge=1, le=10_000)
    ] = 64
    guest_requests: Annotated[
        int, key("Requests of guests that are answered at the same time.", ge=1, le=10_000)
    ] = 32
    federation_requests: Annotated[
        int, key("Requests of other servers that are answered at the same time.", ge=1, le=10_000)
    ] = 32
    queue_wait_ms: Annotated[
        int, key("How long a request may wait for its turn or for a database connection.", ge=1, le=10_000)
    ] = 150


class Log(Struct, frozen=True, kw_only=True):
    """What is told on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], key("The least weighty lines that are written.")
    ] = "info"
    format: Annotated[
        Literal["auto", "json", "text"], key("Form of a line; auto is text on a terminal, else json.")
    ] = "auto"
