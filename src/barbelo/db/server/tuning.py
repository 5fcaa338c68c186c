"""PostgreSQL's settings for a small machine, each with its reason.

All are given on the command line, so neither a hand-edited file nor ALTER SYSTEM makes them
untrue. What an administrator wants otherwise goes through our own configuration.
"""

from collections.abc import Mapping

from barbelo.db.server.failures import PostgresFailed

PORT = 5432

OURS = {
    "listen_addresses": "",  # never on the network: the private folder is the password
    "unix_socket_directories": "..",  # seen from the cluster, so no path is too long for the server
    "unix_socket_permissions": "0700",  # its own user, and root
    "port": str(PORT),
    "logging_collector": "off",  # the log is the descriptor we hand it
    "log_destination": "stderr",
}
"""The building's own walls: a wish to change one of these is refused."""

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""On: a 2xx means on the disk."""

SMALL = {
    "cluster_name": "barbelo",  # process titles
    "max_connections": "60",
    "jit": "off",  # queries of milliseconds, compilers of hundreds
    "huge_pages": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",  # two cores, short queries: parallel workers only queue
    "max_logical_replication_workers": "0",  # one process less
    "autovacuum_max_workers": "2",
    "autovacuum_work_mem": "32MB",
    "work_mem": "8MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",  # solid disks
    # The disk stays small, and recovery after kill -9 reads at most this much.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # People's words stay out of the log: no statement texts, no DETAIL with the values of a row.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def settings_for(
    major: int, wished: Mapping[str, str], *, shared_buffers_mb: int, fsync: bool
) -> dict[str, str]:
    """Everything that is said to PostgreSQL `major`; `wished` wins over our defaults, not over our walls.

    Raises `PostgresFailed` for a wish that would move the socket, the port or the log, or weaken durability.
    """
    for name in wished:
        if name in OURS or name in DURABLE:
            raise PostgresFailed(f"The PostgreSQL setting '{name}' of the embedded server cannot be changed")
    # PostgreSQL 18 starts three processes for reading ahead; a small cache has no use for them.
    io = {"io_method": "sync"} if major >= 18 else {}
    durable = dict.fromkeys(DURABLE, "on" if fsync else "off")
    return {**SMALL, **io, "shared_buffers": f"{shared_buffers_mb}MB", **wished, **durable, **OURS}


def as_arguments(settings: Mapping[str, str]) -> list[str]:
    """The settings as words of a command line: `-c name=value`."""
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
