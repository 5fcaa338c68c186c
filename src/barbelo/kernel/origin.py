"""Where something comes from: this server, or another one."""

from enum import StrEnum


class Origin(StrEnum):
    LOCAL = "local"
    REMOTE = "remote"
