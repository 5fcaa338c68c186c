"""What processes cost, read from /proc: the figures to trust on a machine that does other things too."""

import os
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class Cpu(NamedTuple):
    """CPU seconds used so far by the server's own processes and by PostgreSQL's."""

    server_s: float
    postgres_s: float

    def __sub__(self, earlier: "Cpu") -> "Cpu":
        return Cpu(self.server_s - earlier.server_s, self.postgres_s - earlier.postgres_s)

    @property
    def all_s(self) -> float:
        return self.server_s + self.postgres_s


class Process(NamedTuple):
    """One process; `pss_mib`: its memory, shared pages counted in parts."""

    pid: int
    name: str
    is_postgres: bool
    pss_mib: float


class Household:
    """All processes below one, the supervisor."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def cpu(self) -> Cpu:
        server = postgres = 0.0
        for pid in self._members():
            used_s = _cpu_s(pid)
            if _is_postgres(pid):
                postgres += used_s
            else:
                server += used_s
        return Cpu(server, postgres)

    def processes(self) -> list[Process]:
        return [Process(pid, _name(pid), _is_postgres(pid), _pss_mib(pid)) for pid in self._members()]

    def _members(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for entry in PROC.iterdir():
            if entry.name.isdigit() and (fields := _stat(int(entry.name))):
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        found, waiting = [], [self._pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting += children.get(pid, [])
        return found


def _stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` after the name; empty when the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_s(pid: int) -> float:
    """To the nanosecond for what lives, to the tick for children that were buried."""
    total_ns = 0
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            total_ns += int((task / "schedstat").read_text().split()[0])
    except OSError:
        pass
    fields = _stat(pid)
    buried = sum(int(ticks) for ticks in fields[13:15]) / _TICKS if fields else 0.0
    return total_ns / 1e9 + buried


def _is_postgres(pid: int) -> bool:
    return _name(pid) == "postgres"


def _name(pid: int) -> str:
    """`web`, `worker`, `supervise`, `postgres`, ..."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    if words[0].startswith("postgres") or words[0].endswith("/postgres"):
        return "postgres"
    known = ("web", "worker", "barbelo.cli.supervise")
    return next((word.rpartition(".")[2] for word in words if word in known), Path(words[0]).name)


def _pss_mib(pid: int) -> float:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def busy_cores(since: tuple[float, float] | None = None) -> tuple[float, float]:
    """(CPU seconds of the whole machine, seconds), both so far, or since an earlier answer."""
    fields = [int(ticks) for ticks in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    now = ((sum(fields) - fields[3] - fields[4]) / _TICKS, float((PROC / "uptime").read_text().split()[0]))
    return now if since is None else (now[0] - since[0], now[1] - since[1])


def describe() -> dict[str, object]:
    """The machine in a few words."""
    cpu = [line for line in (PROC / "cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory_kib = int((PROC / "meminfo").read_text().split()[1])
    return {
        "cpu": cpu[0].partition(":")[2].strip() if cpu else "unknown",
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 1024**2, 1),
        "load": round(os.getloadavg()[0], 1),
    }
