"""Who PostgreSQL runs as: ourselves, or, since it refuses to run as root, somebody smaller.

Nobody is created and no folder above the data is opened up. Source: docs/decisions/001.
"""

import os
import pwd
from pathlib import Path
from typing import NamedTuple

from barbelo.db.server.failures import PostgresFailed

SYSTEM_USERS = ("barbelo", "nobody")
"""Asked in this order when root starts us and the data folder is root's."""


class Owner(NamedTuple):
    """The system user of every PostgreSQL process and of every file in its cluster."""

    uid: int
    gid: int
    name: str

    @property
    def differs(self) -> bool:
        """Whether processes must change to this user, which only root can do."""
        return self.uid != os.geteuid()


def choose_owner(data_dir: Path, cluster: Path) -> Owner:
    """Keep the owner that the cluster has; a new one goes to the data folder's, `barbelo`, or `nobody`.

    As a normal user: ourselves. Raises `PostgresFailed` when the cluster is somebody else's and we
    are not root, or when root finds no user to run it as.
    """
    kept = _status(cluster)
    if os.geteuid() != 0:
        return _ourselves(cluster, kept)
    if kept is not None and kept.st_uid != 0:
        return _by_uid(kept.st_uid) or Owner(kept.st_uid, kept.st_gid, f"user {kept.st_uid}")
    folder = _status(data_dir)
    # `initdb` refuses a user without a name, as containers often have; the next ones have one.
    named = _by_uid(folder.st_uid) if folder is not None and folder.st_uid != 0 else None
    if named is not None:
        return named
    for name in SYSTEM_USERS:
        found = _by_name(name)
        if found is not None:
            return found
    raise PostgresFailed(
        "PostgreSQL refuses to run as root, and this machine has neither a user 'barbelo' nor 'nobody'. "
        "Give the data folder to the user it shall run as (chown), or start Barbelo as a normal user."
    )


def check_has_name(owner: Owner) -> None:
    """`initdb` looks its user up and stops when there is none; say so in words that help.

    Raises `PostgresFailed`.
    """
    if _by_uid(owner.uid) is None:
        raise PostgresFailed(
            f"User id {owner.uid} has no name in the system's user list, and PostgreSQL's initdb insists on one. "
            "Add a line for it to /etc/passwd, run the container as a user that has one, or set database_url."
        )


def _ourselves(cluster: Path, kept: os.stat_result | None) -> Owner:
    uid, gid = os.geteuid(), os.getegid()
    if kept is not None and kept.st_uid != uid:
        holder = _by_uid(kept.st_uid)
        raise PostgresFailed(
            f"The database in {cluster} belongs to {holder.name if holder else f'user {kept.st_uid}'}, "
            f"and this process is user {uid}. Start Barbelo as that user or as root, "
            "or give the whole data folder to one user (chown -R)."
        )
    return _by_uid(uid) or Owner(uid, gid, f"user {uid}")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _by_uid(uid: int) -> Owner | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Owner(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _by_name(name: str) -> Owner | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return None if entry.pw_uid == 0 else Owner(entry.pw_uid, entry.pw_gid, entry.pw_name)
