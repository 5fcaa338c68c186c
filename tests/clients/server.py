"""`barbelo serve` as a real process, with a data folder, a port and a PostgreSQL of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from barbelo.db.server.process import dies_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent
ACCEPTANCE = ROOT / "examples" / "acceptance.toml"
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 30.0
EVERY_SCOPE = "read write follow push"
PAGE = 40
OOB = "urn:ietf:wg:oauth:2.0:oob"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One server for tests from outside; `with` starts it and stops it, and its folder goes with it.

    `variables` are more of its environment, beyond the four that docs/admin/testing.md names.
    """

    def __init__(self, **variables: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))  # short, for the socket's name
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log_file = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        clean = {name: text for name, text in os.environ.items() if not name.startswith("BARBELO_")}
        self.environment = clean | {
            "BARBELO_DATA_DIR": str(self.folder / "data"),
            "BARBELO_URL": self.url,
            "BARBELO_LISTEN": f"127.0.0.1:{self.port}",
            **variables,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Life.

    def start(self, within_s: float = READY_WITHIN_S) -> float:
        """Start it and wait until it is ready; the seconds that took."""
        began = time.monotonic()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "barbelo.cli.main", "serve", "--config", ACCEPTANCE],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A test run that is killed leaves no server behind. What runs after the fork is one system call.
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509
            )
        self.until_ready(within_s)
        return time.monotonic() - began

    def until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        deadline = time.monotonic() + within_s
        while not self.is_ready():
            code = self.process.poll()
            assert code is None, f"the server left with {code}; it said:\n{self.log()}"
            assert time.monotonic() < deadline, f"not ready within {within_s} s; it said:\n{self.log()}"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> int | None:
        """SIGTERM, as systemd would; the exit code. What is left after that is killed."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill_everything()
            raise AssertionError(f"the server does not stop; it said:\n{self.log()}") from None
        finally:
            self.process = None

    # Death.

    def pids(self, name: str) -> list[int]:
        """The supervisor's own children whose command line says `name`: `web`, `worker` or `postgres`."""
        return [pid for pid in _children(self.process.pid) if name in _command(pid)]

    def kill(self, name: str) -> None:
        """kill -9 of one part."""
        found = self.pids(name)
        assert found, f"there is no {name} to kill"
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    def kill_everything(self) -> None:
        """kill -9 of every process at once, the supervisor first, who would begin to start the others again."""
        for pid in [self.process.pid, *self._family()]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _family(self) -> list[int]:
        """All that descends from the supervisor, nearest first."""
        family: list[int] = []
        parents = [self.process.pid]
        while parents:
            children = [child for parent in parents for child in _children(parent)]
            family += children
            parents = children
        return family

    # What can be asked of it.

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def until_said(self, text: str, within_s: float = 10.0) -> str:
        """Wait until the log has this text; the whole of it."""
        deadline = time.monotonic() + within_s
        while text not in (said := self.log()):
            assert time.monotonic() < deadline, f"it does not say {text!r}:\n{said}"
            time.sleep(0.05)
        return said

    def cli(self, *words: str) -> str:
        """`barbelo WORDS` beside the running server, with the same environment; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "barbelo.cli.main", *words],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"barbelo {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def client(self) -> httpx.Client:
        """A plain HTTP client of this server; `with` closes it."""
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command(pid: int) -> list[str]:
    """The words of its command line; of the program itself only the last part of its path."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [words[0].rpartition("/")[2], *words[1:]]


# The walk of a program that comes from outside, as docs/admin/testing.md tells it.


def made_app(client: httpx.Client) -> dict[str, Any]:
    wishes = {"client_name": "tests", "redirect_uris": OOB, "scopes": EVERY_SCOPE}
    return good(client.post("/api/v1/apps", data=wishes))


def signed_up(client: httpx.Client, name: str, password: str) -> str:
    """A new account by the API; its token."""
    grant = {"grant_type": "client_credentials", "scope": EVERY_SCOPE, **secret_of(made_app(client))}
    app_token = good(client.post("/oauth/token", data=grant))["access_token"]
    wishes = {"username": name, "email": f"{name}@example.org", "password": password, "agreement": "true"}
    joined = good(client.post("/api/v1/accounts", data=wishes, headers=bearer(app_token)))
    return str(joined["access_token"])


def signed_in(client: httpx.Client, name: str, password: str) -> str:
    """The token of somebody who is known, by the password grant."""
    grant = {"grant_type": "password", "username": name, "password": password, "scope": EVERY_SCOPE}
    return str(good(client.post("/oauth/token", data=grant | secret_of(made_app(client))))["access_token"])


def every_post(client: httpx.Client, token: str, *, boosts: bool = True) -> list[dict[str, Any]]:
    """All that the holder of the token has written, walked by the `Link` header, newest first."""
    me = good(client.get("/api/v1/accounts/verify_credentials", headers=bearer(token)))
    found: list[dict[str, Any]] = []
    address = f"/api/v1/accounts/{me['id']}/statuses?limit={PAGE}&exclude_reblogs={not boosts}"
    while address:
        page = client.get(address, headers=bearer(token))
        found += good(page)
        address = page.links.get("next", {}).get("url", "")
    return found


def secret_of(app: dict[str, Any]) -> dict[str, str]:
    return {"client_id": app["client_id"], "client_secret": app["client_secret"]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def good(response: httpx.Response) -> Any:
    """The JSON of an answer that must be 200."""
    assert response.status_code == 200, f"{response.request.url}: {response.status_code} {response.text}"
    return response.json()
