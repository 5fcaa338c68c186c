"""The supervisor of `barbelo serve`, with small stand-ins for web and worker that keep to the same rules."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barbelo.cli.supervise import EX_CONFIG, Child, Plan, is_ready
from barbelo.db.server.leftovers import find_leftovers

# A web: answers /readyz when the database does, finishes a slow request after SIGTERM, then leaves.
WEB = """
import asyncio, asyncpg, os, pathlib, signal, sys

port, notes = int(sys.argv[1]), pathlib.Path(sys.argv[2])

async def serve(reader, writer):
    path = (await reader.readline()).split()[1]
    status = 200
    if path == b"/slow":
        await asyncio.sleep(1)
    try:
        connection = await asyncpg.connect(os.environ["BARBELO_DATABASE_URL"])
        await connection.fetch("select 1")
        await connection.close()
    except (OSError, asyncpg.PostgresError):
        status = 503
    writer.write(b"HTTP/1.1 %d x\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n" % status)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    busy.discard(asyncio.current_task())

busy = set()

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(lambda r, w: busy.add(asyncio.ensure_future(serve(r, w))), "127.0.0.1", port)
    (notes / "web").write_text(str(os.getpid()))
    await stop.wait()
    server.close()
    while busy:
        await asyncio.sleep(0.01)
    (notes / "web-left").touch()

asyncio.run(main())
"""

WORKER = """
import os, pathlib, signal, sys, time
notes = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: (notes.joinpath("worker-left").touch(), sys.exit(0)))
(notes / "worker").write_text(str(os.getpid()))
while True: time.sleep(60)
"""

STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1], "stubborn").write_text(str(os.getpid()))
while True: time.sleep(60)
"""


class Run:
    """One supervisor at work, told its plan as `barbelo serve` tells it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.output = folder / "output"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def python(self, name: str, code: str, *args: object) -> Child:
        return Child(name, [sys.executable, "-c", code, *map(str, args)])

    @property
    def web(self) -> Child:
        return self.python("web", WEB, self.port, self.folder)

    @property
    def worker(self) -> Child:
        return self.python("worker", WORKER, self.folder)

    def start(self, *children: Child, **more: object) -> None:
        plan = Plan(
            str(self.data), children, ready_at=f"127.0.0.1:{self.port}", ready_text="open the page", **more
        )
        begin = (
            "import sys; from barbelo.cli.supervise import *; become_supervisor(Plan.from_json(sys.argv[1]))"
        )
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", begin, plan.to_json()],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; it said:\n{self.output.read_text()}"
            time.sleep(0.02)

    def pid(self, name: str) -> int:
        """The process id that a child noted."""
        self.until(lambda: (self.folder / name).exists() and (self.folder / name).read_text())
        return int((self.folder / name).read_text())

    def until_ready(self) -> None:
        self.until(lambda: "open the page" in self.output.read_text())

    def postgres(self) -> tuple[int, ...]:
        try:
            inside = os.open(self.data / "postgres" / "cluster", os.O_RDONLY)
        except FileNotFoundError:
            return ()
        try:
            return find_leftovers(inside, None).others
        finally:
            os.close(inside)

    def signal(self, signum: int) -> None:
        self.process.send_signal(signum)

    def code(self, seconds: float = 20) -> int:
        return self.process.wait(seconds)


@pytest.fixture
def run() -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))
    run = Run(folder)
    yield run
    if run.process is not None:
        run.process.kill()
        run.process.wait()
    run.until(lambda: not run.postgres())
    shutil.rmtree(folder)


@contextmanager
def request(port: int, path: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield link


def alive(pid: int) -> bool:
    """Running, and not merely unburied: a container's process 1 may not care for orphans."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_plan_survives_being_written_down():
    plan = Plan(
        "/data", [Child("web", ["a", "b"], {"X": "1"})], [Child("migrate", ["c"])], ready_at="127.0.0.1:1"
    )
    assert Plan.from_json(plan.to_json()) == plan
    assert json.loads(plan.to_json())["data_dir"] == "/data"


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_requests_finish_then_stops_the_database_and_leaves_nothing(run, signum):
    run.start(run.web, run.worker)
    run.until_ready()
    pids = [run.pid("web"), run.pid("worker"), *run.postgres()]
    assert len(pids) > 4
    with request(run.port, "/slow") as slow:
        time.sleep(0.3)
        run.signal(signum)
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    assert run.code() == 0
    assert (run.folder / "web-left").exists()
    assert (run.folder / "worker-left").exists()
    assert not [pid for pid in pids if alive(pid)]


def test_the_commands_that_come_first_have_a_database_and_a_failing_one_ends_it_all(run):
    note = "import os, sys; open(sys.argv[1], 'w').write(os.environ['BARBELO_DATABASE_URL']); sys.exit(int(sys.argv[2]))"
    run.start(
        run.web,
        first=[
            run.python("migrate", note, run.folder / "one", 0),
            run.python("seed", note, run.folder / "two", 3),
        ],
    )
    assert run.code() == 1
    assert (run.folder / "one").read_text().startswith("postgresql://barbelo@/barbelo?host=/")
    assert (run.folder / "two").exists()
    assert not (run.folder / "web").exists()
    assert "seed failed (exit code 3)" in run.output.read_text()
    assert not run.postgres()


def test_children_get_the_given_database_and_no_postgresql_is_started(run):
    note = "import os, sys; open(sys.argv[1], 'w').write(os.environ['BARBELO_DATABASE_URL']); sys.exit(0)"
    run.start(
        run.worker,
        first=[run.python("look", note, run.folder / "url")],
        database_url="postgresql://elsewhere/x",
    )
    run.pid("worker")
    assert (run.folder / "url").read_text() == "postgresql://elsewhere/x"
    assert not run.data.exists()
    run.signal(signal.SIGTERM)
    assert run.code() == 0


@pytest.mark.parametrize("victim", ["web", "worker"])
def test_a_child_that_died_comes_back(run, victim):
    run.start(run.web, run.worker)
    run.until_ready()
    first = run.pid(victim)
    os.kill(first, signal.SIGKILL)
    run.until(lambda: run.pid(victim) != first)
    run.until(lambda: is_ready(f"127.0.0.1:{run.port}"))
    assert f"{victim} has died (SIGKILL)" in run.output.read_text()
    assert run.output.read_text().count("open the page") == 1


def test_a_killed_postgresql_comes_back_and_the_web_stays(run):
    run.start(run.web, run.worker)
    run.until_ready()
    web = run.pid("web")
    postmaster = json.loads((run.data / "postgres.lock").read_text())["postmaster"]
    os.kill(postmaster, signal.SIGKILL)
    run.until(lambda: "PostgreSQL is back" in run.output.read_text(), 10)
    run.until(lambda: is_ready(f"127.0.0.1:{run.port}"), 10)
    assert run.pid("web") == web
    assert json.loads((run.data / "postgres.lock").read_text())["postmaster"] != postmaster


def test_a_killed_supervisor_takes_everything_with_it_and_the_next_start_serves(run):
    run.start(run.web, run.worker)
    run.until_ready()
    pids = [run.pid("web"), run.pid("worker"), *run.postgres()]
    run.signal(signal.SIGKILL)
    run.code()
    run.start(run.web, run.worker)
    run.until_ready()
    assert not [pid for pid in pids if alive(pid)]


def test_a_child_that_overstays_is_killed_and_a_second_signal_does_not_wait(run):
    stubborn = run.python("stubborn", STUBBORN, run.folder)
    run.start(stubborn, grace_s=1.0)
    pid = run.pid("stubborn")
    run.signal(signal.SIGTERM)
    assert run.code() == 0
    assert not alive(pid)
    (run.folder / "stubborn").unlink()
    run.start(stubborn, grace_s=300.0)
    run.pid("stubborn")
    run.signal(signal.SIGTERM)
    time.sleep(0.5)
    run.signal(signal.SIGTERM)
    assert run.code(10) == 0


def test_a_stop_while_everything_is_still_starting_is_clean(run):
    run.start(run.web, run.worker)
    run.until(lambda: "new database" in run.output.read_text())
    run.signal(signal.SIGTERM)
    assert run.code() == 0
    assert not run.postgres()


def test_a_child_whose_configuration_is_wrong_is_not_started_again(run):
    run.start(run.python("web", f"import sys; print('port taken'); sys.exit({EX_CONFIG})"), run.worker)
    assert run.code() == 1
    assert "web does not come up (exit code 78)" in run.output.read_text()
    assert run.output.read_text().count("port taken") == 1


def test_a_child_that_never_comes_up_is_given_up_after_some_tries(run):
    run.start(run.python("web", "print('hello'); raise SystemExit(1)"))
    assert run.code(30) == 1
    assert run.output.read_text().count("hello") == 5


def test_a_second_supervisor_for_the_folder_is_refused(run):
    run.start(run.web)
    run.until_ready()
    second = Plan(str(run.data), [run.worker]).to_json()
    code = "import sys; from barbelo.cli.supervise import *; sys.exit(Supervisor(Plan.from_json(sys.argv[1])).run())"
    refused = subprocess.run(
        [sys.executable, "-c", code, second], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert f"in use by process {run.process.pid}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_as_process_1_of_a_container_it_buries_orphans(run):
    unshare = ["unshare", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("may not make a process namespace here")
    plan = Plan(
        str(run.data),
        [
            Child(
                "parent",
                [
                    "/bin/sh",
                    "-c",
                    f"touch {run.folder}/begun; while true; do (sleep 0.1 &); sleep 0.15; done",
                ],
            )
        ],
    )
    code = "import sys; from barbelo.cli.supervise import *; become_supervisor(Plan.from_json(sys.argv[1]))"
    with run.output.open("wb") as output:
        run.process = subprocess.Popen(
            [*unshare, "--kill-child", sys.executable, "-c", code, plan.to_json()],
            stdout=output,
            stderr=output,
        )
    run.until(lambda: children(run.process.pid))
    (first,) = children(run.process.pid)
    run.until((run.folder / "begun").exists)
    time.sleep(1.5)  # some ten orphans die
    zombies = [pid for pid in children(first) if not alive(pid)]
    assert len(zombies) <= 1  # the one that died just now
    os.kill(first, signal.SIGTERM)
    assert run.code() == 0


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_what_waits_for_months_is_small(run):
    run.start(run.web, run.worker)
    run.until_ready()
    rollup = Path(f"/proc/{run.process.pid}/smaps_rollup").read_text()
    pss_mib = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    sys.stdout.write(f"the supervisor holds {pss_mib:.1f} MiB (PSS)\n")
    assert pss_mib < 16
    loaded = Path(f"/proc/{run.process.pid}/maps").read_text()
    assert "msgspec" not in loaded
    assert "asyncpg" not in loaded
