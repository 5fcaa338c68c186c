"""PostgreSQL's own log: one file, one older one, both bounded."""

import os

from barbelo.db.server.folders import careful, own_as_folder

NAME = "postgres.log"
OLDER = "postgres.log.1"
LIMIT_BYTES = 8 << 20


class Log:
    """`<data>/log/postgres.log`, opened for appending; the descriptor is what PostgreSQL writes to."""

    def __init__(self, folder_fd: int) -> None:
        self._folder_fd = os.dup(folder_fd)
        self.fd = self._open(NAME, os.O_RDWR)
        own_as_folder(self.fd, folder_fd)
        self._said_before = os.fstat(self.fd).st_size

    def keep_small(self) -> None:
        """Beyond the limit, copy to the older file and begin anew.

        PostgreSQL holds this very file, so it is emptied and not renamed; a line written in
        between may be lost.
        """
        if os.fstat(self.fd).st_size <= LIMIT_BYTES:
            return
        with open(self._open(OLDER, os.O_WRONLY | os.O_TRUNC), "wb") as older:  # noqa: PTH123 -- by descriptor
            copied = 0
            while block := os.pread(self.fd, 1 << 20, copied):
                copied += older.write(block)
        os.ftruncate(self.fd, 0)
        self._said_before = 0

    def mark(self) -> None:
        """From here on `last_words` tells."""
        self._said_before = os.fstat(self.fd).st_size

    def last_words(self, lines: int = 6) -> str:
        """The last lines since the mark, for an error message."""
        size = os.fstat(self.fd).st_size
        start = max(self._said_before, size - 4096)
        text = os.pread(self.fd, max(size - start, 0), start).decode("utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._folder_fd)

    def _open(self, name: str, how: int) -> int:
        flags = how | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | careful(self._folder_fd)
        return os.open(name, flags, 0o600, dir_fd=self._folder_fd)
