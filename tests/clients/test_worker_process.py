"""`barbelo worker` as it is started: it works, is small, shows its figures, and leaves when told to."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clients.server import free_port
from jobs_cast import is_quiet, put_down, until

IDLE_S = 5.0
MOST_MB = 75
MOST_OF_A_CORE = 0.01


@pytest.fixture
def metrics_port() -> int:
    return free_port()


@pytest.fixture
def worker(database, tmp_path, metrics_port) -> Iterator[subprocess.Popen[bytes]]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BARBELO_")}
    ours = {
        "BARBELO_DATABASE_URL": database.dsn,
        "BARBELO_DATA_DIR": str(tmp_path / "data"),
        "BARBELO_SERVER__METRICS_LISTEN": f"127.0.0.1:{metrics_port - 1}",  # the web process would have this one
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "barbelo.cli.main", "worker"],
        env=clean | ours,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.wait()
    process.stderr.close()


async def work_is_done(database) -> None:
    await put_down(database, "trim_feeds")
    await until(lambda: is_quiet(database), 20)


async def test_it_runs_the_jobs_of_the_house_and_counts_them(database, worker, metrics_port):
    await work_is_done(database)
    await until(lambda: counts(metrics_port), 5)


async def counts(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    return (
        'barbelo_jobs_finished_total{job="trim_feeds",outcome="done"} 1.0' in text
        and 'barbelo_job_seconds_count{job="trim_feeds"} 1.0' in text
        and "barbelo_jobs_waiting " in text
        and "barbelo_jobs_oldest_seconds " in text
        and 'barbelo_database_connections{state="idle"}' in text
    )


async def test_it_works_also_where_its_figures_cannot_be_shown(database, metrics_port, request):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", metrics_port))
        taken.listen()
        worker = request.getfixturevalue("worker")
        await work_is_done(database)
        worker.terminate()
        said = await asyncio.to_thread(worker.stderr.read)
    assert b"metrics.refused" in said
    assert worker.wait(5) == 0


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_it_leaves_at_once_when_it_is_told_to_and_has_nothing_to_do(database, worker, signum):
    await work_is_done(database)
    began = time.monotonic()
    worker.send_signal(signum)
    assert await asyncio.to_thread(worker.wait, 15) == 0
    assert time.monotonic() - began < 8  # its jobs would have ten seconds


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
async def test_it_is_small_and_quiet_while_it_has_nothing_to_do(database, worker):
    await work_is_done(database)
    await asyncio.sleep(1)
    before = cpu_s(worker.pid)
    await asyncio.sleep(IDLE_S)
    used = (cpu_s(worker.pid) - before) / IDLE_S
    size = pss_mb(worker.pid)
    sys.stdout.write(f"{size:.1f} MB, {used:.2%} of a core\n")
    assert size < MOST_MB
    assert used <= MOST_OF_A_CORE


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
