"""`PostgresServer`: the embedded PostgreSQL as a child of this process."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from types import TracebackType
from typing import Self
from urllib.parse import quote

from barbelo.db.server import wire
from barbelo.db.server.binaries import find_binaries
from barbelo.db.server.cluster import SUPERUSER, Asked, Cluster, Say
from barbelo.db.server.copies import reachable
from barbelo.db.server.failures import FolderClosed, PostgresFailed, StartCancelled
from barbelo.db.server.folders import open_below, open_data
from barbelo.db.server.locks import ServerLock
from barbelo.db.server.log import Log
from barbelo.db.server.owner import choose_owner
from barbelo.db.server.process import Place, check_main_thread, spawn
from barbelo.db.server.shortpath import SOCKET, ShortPath, fits
from barbelo.db.server.tuning import PORT, as_arguments, settings_for

ROLE = DATABASE = "barbelo"
# Not a superuser: a hole in a query must not become a shell. It may make databases, for tests and restores.
MAKE_ROLE = f"""DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
CREATE ROLE {ROLE} LOGIN CREATEDB IN ROLE pg_monitor; END IF; END $$"""
MAKE_DATABASE = f"CREATE DATABASE {DATABASE} OWNER {ROLE}"

RECOVERY_WAIT_S = 900.0  # reading back 256 MB of WAL takes seconds; a very slow disk may take minutes
FAST_STOP_S = 60.0
HURRIED_STOP_S = 5.0
IMMEDIATE_STOP_S = 10.0


def never() -> bool:
    return False


def say_to_stderr(text: str) -> None:
    """A sentence for whoever reads the log; if nobody does any more, that is no reason to stop."""
    with suppress(OSError):
        print(f"barbelo: {text}", file=sys.stderr, flush=True)  # noqa: T201 -- the light process has no other voice


class PostgresServer:
    """The PostgreSQL server of one data folder, from `start` to `stop`.

    It dies with the thread that started it, which must be the main one. `settings` are
    PostgreSQL's own words (`{"work_mem": "16MB"}`) and win over our defaults; `bin_dir` names the one
    folder to take `postgres` and `initdb` from; `fsync` is false only in tests, whose data is for
    nobody; `say` gets a sentence whenever a person would wonder.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        shared_buffers_mb: int = 64,
        settings: Mapping[str, str] | None = None,
        bin_dir: Path | None = None,
        fsync: bool = True,
        say: Say = say_to_stderr,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._shared_buffers_mb = shared_buffers_mb
        self._settings = settings or {}
        self._bin_dir = bin_dir
        self._fsync = fsync
        self._say = say
        self._lock = ServerLock(self.data_dir)
        self._open = ExitStack()
        self._cluster: Cluster | None = None
        self._log: Log | None = None
        self._short: ShortPath | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, or None while none runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def dsn(self) -> str:
        """Where the driver connects to; it stays the same when PostgreSQL dies and is started again."""
        return (
            f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._socket_folder()), safe='/')}&port={PORT}"
        )

    def start(self, *, cancelled: Asked = never) -> str:
        """Start PostgreSQL, made first if need be, and give its DSN once it answers.

        To be called again after it died (`poll`). `cancelled` is asked now and then; true ends the
        start. Raises `AlreadyRunning`, `PostgresFailed`, `StartCancelled`.
        """
        check_main_thread()
        if self.pid is not None:
            return self.dsn
        died = self._cluster is not None
        try:
            cluster, log = self._enter()
            self._launch(cluster, log, cancelled)
            self._wait_until_ready(cluster, log, cancelled)
        except BaseException as error:
            self._end()
            if (
                not died
            ):  # otherwise the folder stays ours, with the address that clients know, for another try
                self._leave()
            if isinstance(error, PermissionError):
                raise FolderClosed(self.data_dir, error) from error
            if isinstance(error, OSError):  # a full or read-only disk, a link where a folder should be
                raise PostgresFailed(f"Cannot start PostgreSQL in {self.data_dir}: {error}") from error
            raise
        self._tell(ready=True)
        return self.dsn

    def poll(self) -> int | None:
        """None while PostgreSQL runs, its exit code (minus the signal) once it is dead.

        To be called every few seconds: it also keeps the log small and the short socket path in place.
        """
        if self._process is None:
            raise RuntimeError("PostgreSQL has not been started")
        code = self._process.poll()
        if code is None and self._log is not None:
            self._log.keep_small()
            if self._short is not None:
                self._short.mend()
        return code

    def stop(self, *, hurried: Asked = never) -> None:
        """Stop in good order: no new connections, open transactions rolled back, all on the disk.

        `hurried` is asked now and then; true shortens the wait. Stopping twice is stopping once.
        """
        if self.pid is not None:
            self._signal(SIGINT)
            if not self._gone_within(FAST_STOP_S, hurried):
                self._say("PostgreSQL takes too long to stop; ending it at once (the next start recovers)")
        self._end()
        self._leave()

    def _enter(self) -> tuple[Cluster, Log]:
        """Take the data folder: its lock, its descriptors, its log."""
        if self._cluster is not None and self._log is not None:
            return self._cluster, self._log
        data_fd = open_data(self.data_dir)
        self._open.callback(os.close, data_fd)
        self._lock.acquire(data_fd)
        self._open.callback(self._lock.release)
        self._cluster = Cluster(
            self.data_dir, data_fd, choose_owner(self.data_dir, self.data_dir / "postgres" / "cluster")
        )
        self._open.callback(self._cluster.close)
        log_fd = open_below(data_fd, "log")
        self._open.callback(os.close, log_fd)
        self._log = Log(log_fd)
        self._open.callback(self._log.close)
        if not fits(self._cluster.path):
            self._short = ShortPath(self._cluster.path, self._lock.left.get("short_path"))
            self._open.callback(self._short.remove)
        self._tell(ready=False)
        return self._cluster, self._log

    def _launch(self, cluster: Cluster, log: Log, cancelled: Asked) -> None:
        """Start the postmaster as the cluster's owner, holding the lock of the living."""
        lock = cluster.claim(self._say, cancelled)
        try:
            major = cluster.major()
            binaries = reachable(find_binaries(major, self._bin_dir), cluster.owner, cluster.path, cluster.fd)
            settings = settings_for(
                binaries.major, self._settings, shared_buffers_mb=self._shared_buffers_mb, fsync=self._fsync
            )
            if major is None:
                self._say(f"Making a new database with PostgreSQL {binaries.version} in {cluster.path}")
                cluster.make(binaries, lock, log)
            inside = cluster.open()
            try:
                cluster.tidy(inside)
                log.mark()
                self._process = spawn(
                    [binaries.program("postgres"), "-D", cluster.directory(inside), *as_arguments(settings)],
                    Place(cluster.owner, (inside, lock), log.fd),
                    death_signal=SIGINT,
                )
            finally:
                os.close(inside)
        finally:
            os.close(lock)

    def _wait_until_ready(self, cluster: Cluster, log: Log, cancelled: Asked) -> None:
        """Wait for a true connection, through crash recovery if there is one."""
        began = time.monotonic()
        ask_at = say_at = began + 5
        while True:
            now = time.monotonic()
            if cluster.seems_ready() or now > ask_at:
                if self._answers():
                    return
                ask_at = now + 5
            if self._process is None or self._process.poll() is not None:
                code = self._process and self._process.returncode
                raise PostgresFailed(
                    f"PostgreSQL stopped while starting (exit code {code}). It said:\n{log.last_words()}"
                )
            if cancelled():
                raise StartCancelled("Stopped while PostgreSQL was starting")
            if now - began > RECOVERY_WAIT_S:
                raise PostgresFailed(
                    f"PostgreSQL is not ready after {RECOVERY_WAIT_S:.0f} s. It said:\n{log.last_words()}"
                )
            if now > say_at:
                self._say(
                    "PostgreSQL is still starting; after an unclean stop it first puts its files in order"
                )
                say_at = now + 30
            time.sleep(0.002 if now - began < 1 else 0.05)

    def _answers(self) -> bool:
        """Whether our database takes connections; it is created when the server has none yet."""
        path = str(self._socket_folder() / SOCKET)
        try:
            parameters = wire.ask(path, DATABASE, user=SUPERUSER)
        except OSError:
            return False
        except wire.RefusedByServer as refusal:
            if refusal.sqlstate == wire.NO_SUCH_DATABASE:
                wire.ask(path, SUPERUSER, MAKE_ROLE, user=SUPERUSER)
                wire.ask(path, SUPERUSER, MAKE_DATABASE, user=SUPERUSER)
                return False
            if refusal.sqlstate.startswith(wire.NOT_NOW):
                return False
            if refusal.sqlstate == wire.TOO_MANY_CONNECTIONS:  # our clients were faster
                return True
            raise PostgresFailed(f"PostgreSQL refuses us: {refusal}") from refusal
        encoding = parameters.get("server_encoding")
        if encoding != "UTF8":
            raise PostgresFailed(f"The database's encoding is {encoding}; Barbelo needs UTF8")
        return True

    def _socket_folder(self) -> Path:
        if self._short is not None:
            return self._short.path
        return self.data_dir / "postgres"

    def _tell(self, *, ready: bool) -> None:
        """Write into the lock file what other processes of ours need."""
        short = {} if self._short is None else {"short_path": str(self._short.folder)}
        dsn = {"dsn": self.dsn, "postmaster": self.pid} if ready else {}
        self._lock.tell(**dsn, **short)

    def _end(self) -> None:
        """End what still runs, without ceremony."""
        if self.pid is not None:
            self._signal(SIGQUIT)
            if not self._gone_within(IMMEDIATE_STOP_S, never):
                self._signal(SIGKILL)
                self._gone_within(IMMEDIATE_STOP_S, never)

    def _leave(self) -> None:
        """Let go of the data folder."""
        self._open.close()
        self._cluster = self._log = self._short = None

    def _signal(self, signum: int) -> None:
        if self._process is not None:
            self._process.send_signal(signum)

    def _gone_within(self, seconds: float, hurried: Asked) -> bool:
        began = time.monotonic()
        hurrying = False
        while self.pid is not None:
            waited = time.monotonic() - began
            if not hurrying and hurried():
                hurrying = True
                seconds = min(seconds, waited + HURRIED_STOP_S)
            if waited > seconds:
                return False
            time.sleep(0.005 if waited < 1 else 0.05)
        return True
