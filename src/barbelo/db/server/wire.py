"""Just enough of PostgreSQL's protocol to ask whether it is ready and to say one sentence.

The driver would cost the supervisor more memory than all the rest of it.
Source: postgresql.org/docs/18/protocol-message-formats.html (protocol 3.0).
"""

import socket
import struct

PROTOCOL = 196608  # 3.0
MESSAGE_BYTES = 1 << 20  # no answer to a sentence of ours comes near

NOT_NOW = "57P"  # starting up, recovering, shutting down
NO_SUCH_DATABASE = "3D000"
TOO_MANY_CONNECTIONS = "53300"


class RefusedByServer(Exception):
    """PostgreSQL answered with an error; `sqlstate` is its five-letter code."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{message} ({sqlstate})")
        self.sqlstate = sqlstate


def ask(
    path: str, database: str, sql: str | None = None, *, user: str, timeout_s: float = 10
) -> dict[str, str]:
    """Connect to the unix socket at `path`, run `sql` when given, and give the server's parameters.

    These hold `server_encoding`, `server_version`, `in_hot_standby` and the like. `timeout_s`
    bounds each silence, not the whole. Raises OSError when nobody answers, `RefusedByServer` when
    the answer is an error.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(timeout_s)
        link.connect(path)
        words = ("user", user, "database", database, "application_name", "barbelo supervisor", "")
        hello = struct.pack("!i", PROTOCOL) + b"".join(word.encode() + b"\0" for word in words)
        link.sendall(struct.pack("!i", len(hello) + 4) + hello)
        parameters = _listen(link)
        if sql is not None:
            link.settimeout(None)  # CREATE DATABASE takes as long as the disk does
            link.sendall(_message(b"Q", sql.encode() + b"\0"))
            _listen(link)
        link.sendall(_message(b"X", b""))
    return parameters


def _listen(link: socket.socket) -> dict[str, str]:
    """Read messages until the server is ready for the next query."""
    parameters: dict[str, str] = {}
    while True:
        kind, length = struct.unpack("!ci", _exactly(link, 5))
        if not 4 <= length <= MESSAGE_BYTES:
            raise ConnectionError(f"a message of {length} bytes: this is not PostgreSQL")
        body = _exactly(link, length - 4)
        if kind == b"S":
            name, value, _ = body.split(b"\0", 2)
            parameters[name.decode()] = value.decode()
        elif kind == b"R" and struct.unpack("!i", body[:4]) != (0,):
            raise RefusedByServer("28000", "the server asks for a password on its private socket")
        elif kind == b"E":
            fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
            raise RefusedByServer(fields.get(b"C", "XX000"), fields.get(b"M", "unknown error"))
        elif kind == b"Z":
            return parameters


def _exactly(link: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = link.recv(size - len(parts))
        if not part:
            raise ConnectionError("the server closed the connection")
        parts += part
    return bytes(parts)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
