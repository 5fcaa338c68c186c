"""Starts `barbelo serve` on a folder of its own, and stops it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from machine import Household

CONFIG = Path(__file__).resolve().parent.parent / "examples" / "acceptance.toml"
PATIENCE_S = 60.0
FIRST = "/api/v1/timelines/public?limit=1"
"""What is asked first: an answer needs the door, the database and its tables."""


class Server:
    """A server with its embedded PostgreSQL: fsync on, rate limits off, cheap passwords."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = f"http://127.0.0.1:{_free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def in_new_folder(cls) -> "Server":
        return cls(Path(tempfile.mkdtemp(prefix="barbelo-bench-")))

    def start(self) -> float:
        """Seconds until the first answer. Raises `RuntimeError` with its log when there is none."""
        with (self.folder / "bench.log").open("ab") as log:
            began_at = time.perf_counter()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "barbelo.cli.main", "serve", "--config", str(CONFIG)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        while not self._answers():
            if self._process.poll() is not None or time.perf_counter() - began_at > PATIENCE_S:
                raise RuntimeError((self.folder / "bench.log").read_text()[-3000:])
            time.sleep(0.01)
        return time.perf_counter() - began_at

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BARBELO_")}
        return kept | {
            "BARBELO_DATA_DIR": str(self.folder / "data"),
            "BARBELO_URL": self.base,
            "BARBELO_LISTEN": self.base.removeprefix("http://"),
            "BARBELO_LOG__LEVEL": "warning",
        }

    def _answers(self) -> bool:
        connection = HTTPConnection(self.base.removeprefix("http://"), timeout=5)
        try:
            connection.request("GET", FIRST)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def household(self) -> Household:
        assert self._process is not None
        return Household(self._process.pid)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
