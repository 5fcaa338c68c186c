"""`barbelo serve`: from the settings to the plan that the supervisor follows."""

import sys

from barbelo.cli.listening import check_free
from barbelo.cli.supervise import Child, Plan, become_supervisor
from barbelo.config.load import Loaded
from barbelo.config.secrets import load_secrets

READY = """
Barbelo is ready: {url}

  Make the first account      barbelo user create NAME --admin
  Look at it                  open {url} in a browser
  Connect an app              give it the address {url}

Stop with Ctrl-C. Everything is kept in {data}
"""
GRACE_BEYOND_S = 5.0
"""What a process gets on top of the grace of its requests before it is killed."""


def serve(loaded: Loaded) -> None:
    """Become the supervisor; does not return."""
    settings = loaded.settings
    check_free(settings)
    settings.server.data_path.mkdir(parents=True, exist_ok=True)
    load_secrets(settings.server.data_path)  # made before two processes want them at once
    server = settings.server
    base = [sys.executable, "-m", "barbelo.cli.main"]
    config = ["--config", str(loaded.file)] if loaded.file else []
    children = [
        Child(
            "web" if server.web_processes == 1 else f"web {number}",
            [*base, "web", *config, "--process", str(number)],
        )
        for number in range(server.web_processes)
    ]
    children.append(Child("worker", [*base, "worker", *config]))
    address = server.listen_address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    become_supervisor(
        Plan(
            data_dir=str(server.data_path),
            children=children,
            database_url=settings.database.url or None,
            shared_buffers_mb=settings.database.shared_buffers_mb,
            ready_at=f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}",
            ready_text=READY.format(url=server.url, data=server.data_path.resolve()),
            grace_s=server.shutdown_grace_s + GRACE_BEYOND_S,
        )
    )
