"""`barbelo serve`: PostgreSQL, then the web and the worker, kept alive together by one small process.

Standard library only. The command line and the settings are large; what waits for months should not
be, so `become_supervisor` replaces the process that had read them by one that knows only the plan.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

from barbelo.db.server import PostgresFailed, PostgresServer, StartCancelled
from barbelo.db.server.postgres import say_to_stderr
from barbelo.db.server.process import dies_with_parent
from barbelo.kernel.errors import BarbeloError

EX_CONFIG = 78
"""A child that exits with this has found what no restart can mend. Source: sysexits.h."""

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
TICK_S = 5.0
STANDING_S = 10.0  # whoever has lived so long has come up
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
TRIES = 5  # of a child that has never come up
READY_TIMEOUT_S = 1.0


class Child(NamedTuple):
    """A process of ours: its name in messages, its command line, and environment beyond our own."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = {}


class Plan(NamedTuple):
    """All that the supervisor knows. It can be written down as JSON.

    `database_url` None: the embedded PostgreSQL of `data_dir`. Every process finds the database's
    address in BARBELO_DATABASE_URL. `first` run one after the other to their ends (migrations)
    before `children` start. `ready_at` is where `GET /readyz` is asked, `host:port` or the path of a
    unix socket; at its first 200 `ready_text` is printed. `grace_s` is what a child gets to finish.
    """

    data_dir: str
    children: Sequence[Child]
    first: Sequence[Child] = ()
    database_url: str | None = None
    shared_buffers_mb: int = 64
    postgres_settings: Mapping[str, str] = {}
    ready_at: str = ""
    ready_text: str = ""
    grace_s: float = 10.0

    def to_json(self) -> str:
        plan = self._asdict()
        for name in ("children", "first"):
            plan[name] = [child._asdict() for child in plan[name]]
        return json.dumps(plan, default=dict)  # a Mapping that is no dict

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        plan = json.loads(text)
        for name in ("children", "first"):
            plan[name] = [Child(**child) for child in plan[name]]
        return cls(**plan)


class GaveUp(BarbeloError):
    """A child cannot be brought up; the message says which and why."""

    code = "gave_up"


def become_supervisor(plan: Plan) -> NoReturn:
    """Replace this process, with all it has imported, by a supervisor that follows `plan`.

    The process id stays, so systemd and containers see one process. The plan may hold a password
    and therefore goes by an unlinked file, not by the command line.
    """
    with tempfile.TemporaryFile() as paper:
        paper.write(plan.to_json().encode())
        paper.flush()
        os.set_inheritable(paper.fileno(), True)
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, [sys.executable, "-m", "barbelo.cli.supervise", str(paper.fileno())])  # noqa: S606 -- ourselves


class _Watched:
    """A child and how it has fared."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.due_at = 0.0
        self.patience = _Patience()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class _Patience:
    """How long to wait before the next try: longer after each quick death, from the start after a long life."""

    def __init__(self) -> None:
        self.deaths = 0  # quick ones, in a row
        self.stood = False  # it has come up at least once
        self._began_at = 0.0

    def begin(self) -> None:
        self._began_at = time.monotonic()

    def died(self) -> float:
        """Note a death and give the seconds until the next try."""
        if time.monotonic() - self._began_at >= STANDING_S:
            self.stood = True
            self.deaths = 0
        self.deaths += 1
        return float(min(FIRST_DELAY_S * 2 ** (self.deaths - 1), LONGEST_DELAY_S))


class Supervisor:
    """Follows one plan until a signal ends it. `say` gets a sentence for the administrator's log."""

    def __init__(self, plan: Plan, *, say: Callable[[str], None] = say_to_stderr) -> None:
        self._plan = plan
        self._say = say
        self._postgres: PostgresServer | None = None
        if plan.database_url is None:
            self._postgres = PostgresServer(
                Path(plan.data_dir),
                shared_buffers_mb=plan.shared_buffers_mb,
                settings=plan.postgres_settings,
                say=say,
            )
        self._postgres_patience = _Patience()
        self._postgres_due_at = 0.0
        self._watched = [_Watched(child) for child in plan.children]
        self._ready = not plan.ready_at
        self._began_at = time.monotonic()
        self._signals = 0
        self._wake_read, self._wake_write = os.pipe()

    def run(self) -> int:
        """Start everything, keep it alive, stop it in order. Gives the exit code: 0 after a clean stop."""
        before = self._listen()
        try:
            self._start_database()
            for child in self._plan.first:
                self._run_first(child)
            while not self._stopping():
                self._tend()
                self._sleep(self._next_tick_s())
        except StartCancelled:
            return 0
        except BarbeloError as error:
            self._say(error.message)
            return 1
        else:
            return 0
        finally:
            self._stop_children()
            if self._postgres is not None:
                self._postgres.stop(hurried=self._hurried)
            self._deafen(before)

    # Signals only count and wake; what they mean is decided in the loop.

    def _listen(self) -> dict[signal.Signals, object]:
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

        def count(_signum: int, _frame: object) -> None:
            self._signals += 1

        before: dict[signal.Signals, object] = {signum: signal.signal(signum, count) for signum in STOPS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return before

    def _deafen(self, before: dict[signal.Signals, object]) -> None:
        signal.set_wakeup_fd(-1)
        for signum, handler in before.items():
            signal.signal(signum, handler)  # type: ignore[arg-type]  # as it was given to us
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _stopping(self) -> bool:
        return self._signals > 0

    def _hurried(self) -> bool:
        return self._signals > 1

    def _sleep(self, seconds: float) -> None:
        """Wait for a signal, at most so long."""
        if select.select([self._wake_read], [], [], max(seconds, 0))[0]:
            with suppress(BlockingIOError):
                os.read(self._wake_read, 4096)

    # Starting.

    def _start_database(self) -> None:
        if self._postgres is not None:
            self._postgres_patience.begin()
            self._postgres.start(cancelled=self._stopping)

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        """Start a child in a session of its own: a Ctrl-C reaches us, and we tell the others in order."""
        url = self._plan.database_url if self._postgres is None else self._postgres.dsn
        try:
            return subprocess.Popen(  # noqa: S603 -- the plan's own words, no shell
                child.argv,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "BARBELO_DATABASE_URL": url or "", **child.env},
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- one thread
            )
        except OSError as error:
            raise GaveUp(f"Cannot start {child.name}: {error}") from error

    def _run_first(self, child: Child) -> None:
        """Run a command to its end. Raises `GaveUp` when it fails, `StartCancelled` when we are to stop."""
        watched = _Watched(child)
        watched.process = self._spawn(child)
        self._watched.append(watched)
        while watched.alive() and not self._stopping():
            self._sleep(TICK_S)
        if self._stopping():
            raise StartCancelled(f"Stopped while {child.name} ran")
        self._watched.remove(watched)
        if watched.process.returncode != 0:
            raise GaveUp(f"{child.name} failed (exit code {watched.process.returncode}); nothing was started")

    # Keeping alive.

    def _tend(self) -> None:
        self._tend_postgres()
        for watched in self._watched:
            self._tend_child(watched)
        if not self._ready and is_ready(self._plan.ready_at):
            self._ready = True
            for watched in self._watched:
                watched.patience.stood = True
            if self._plan.ready_text:
                with suppress(OSError):  # nobody reads it any more
                    print(self._plan.ready_text, flush=True)
        if os.getpid() == 1:
            self._reap_strangers()

    def _tend_postgres(self) -> None:
        """Bring PostgreSQL back when it died. The children stay, and connect again."""
        if self._postgres is None or time.monotonic() < self._postgres_due_at:
            return
        try:
            code = self._postgres.poll()
            if code is None:
                return
            self._say(f"PostgreSQL has died ({_how(code)}); starting it again")
            self._start_database()
            self._say("PostgreSQL is back")
        except PostgresFailed as error:
            self._say(error.message)
            self._postgres_due_at = time.monotonic() + self._postgres_patience.died()

    def _tend_child(self, watched: _Watched) -> None:
        """Start what is not running and due; note a death once."""
        if watched.alive():
            return
        if watched.process is not None:
            code = watched.process.returncode
            watched.process = None
            delay_s = watched.patience.died()
            watched.due_at = time.monotonic() + delay_s
            name = watched.child.name
            if code == EX_CONFIG or (not watched.patience.stood and watched.patience.deaths >= TRIES):
                raise GaveUp(f"{name} does not come up ({_how(code)}); what it said stands above")
            self._say(f"{name} has died ({_how(code)}); starting it again in {delay_s:.1f} s")
        elif time.monotonic() >= watched.due_at:
            watched.process = self._spawn(watched.child)
            watched.patience.begin()

    def _reap_strangers(self) -> None:
        """In a container we are process 1 and inherit orphans: bury the dead ones that no `Popen` waits for."""
        ours = {watched.process.pid for watched in self._watched if watched.process}
        ours |= (
            {self._postgres.pid} if self._postgres is not None and self._postgres.pid is not None else set()
        )
        with suppress(ChildProcessError):  # nobody left
            while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if found.si_pid in ours:
                    return
                os.waitpid(found.si_pid, 0)

    def _next_tick_s(self) -> float:
        """Seconds until there may be something to do without a signal."""
        now = time.monotonic()
        waits = [watched.due_at - now for watched in self._watched if watched.process is None]
        waits += [self._postgres_due_at - now] if self._postgres_due_at > now else []
        if not self._ready:
            waits.append(0.05 if now - self._began_at < STANDING_S else 1.0)
        return min([TICK_S, *waits])

    # Stopping.

    def _stop_children(self) -> None:
        """SIGTERM to all, time to finish what they are at, SIGKILL to who overstays or when we are hurried."""
        for watched in self._watched:
            if watched.process is not None and watched.alive():
                watched.process.terminate()
        deadline = time.monotonic() + self._plan.grace_s
        while any(watched.alive() for watched in self._watched):
            left = deadline - time.monotonic()
            if left <= 0 or self._hurried():
                self._kill_children()
                return
            self._sleep(min(left, 1.0))

    def _kill_children(self) -> None:
        for watched in self._watched:
            if watched.process is not None and watched.alive():
                self._say(f"{watched.child.name} does not stop; killing it")
                with suppress(ProcessLookupError):
                    os.killpg(watched.process.pid, signal.SIGKILL)  # its session, with children of its own
                watched.process.wait()


def is_ready(address: str) -> bool:
    """Whether `GET /readyz` at `host:port`, or at a unix socket's path, is answered with 200."""
    family, target = _where(address)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as link:
            link.settimeout(READY_TIMEOUT_S)
            link.connect(target)
            link.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            start = b""
            while len(start) < 12 and (part := link.recv(64)):  # "HTTP/1.1 200"
                start += part
    except OSError:
        return False
    return start.startswith(b"HTTP/1.") and start[8:12] == b" 200"


def _where(address: str) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """A listening address as one to connect to: all of them (`0.0.0.0`, `[::]`) means this machine."""
    if address.startswith("/"):
        return socket.AF_UNIX, address
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    here = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}
    host = here.get(host, host)
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, int(port))


def _how(code: int) -> str:
    """An exit code in words: `exit code 1`, `SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def main() -> int:
    """`python -m barbelo.cli.supervise FD`: follow the plan that lies in this open file."""
    with open(int(sys.argv[1]), encoding="utf-8") as paper:  # noqa: PTH123 -- by descriptor
        paper.seek(0)
        plan = Plan.from_json(paper.read())
    return Supervisor(plan).run()


if __name__ == "__main__":
    sys.exit(main())
