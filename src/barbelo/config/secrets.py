"""Secrets of the instance: made on first start, each in a file of its own, for its owner's eyes only.

`<data_dir>/secrets/<name>` holds one secret as text. A file appears whole or not at all, so
processes that start together for the first time agree on one value.
"""

import errno
import os
import stat
from binascii import hexlify, unhexlify
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import fields

from barbelo.kernel.errors import BarbeloError

KEY_BYTES: Final = 32
_LARGEST_BYTES: Final = 10_000
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_TO_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_TO_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class BadSecret(BarbeloError):
    """A secret is there but can't be trusted or read; the message says which file, and what to do."""

    code = "bad_secret"


class Secrets(Struct, frozen=True):
    """All secrets of one instance."""

    session_key: bytes
    """Signs cookies and forms. A new one signs everybody out of the pages, and breaks nothing else."""

    def __repr__(self) -> str:
        return "Secrets(***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:  # a pretty printer must not walk over the fields
        return []


def _make_key() -> bytes:
    return hexlify(os.urandom(KEY_BYTES))


def _read_key(text: bytes) -> bytes:
    value = unhexlify(text)
    if len(value) < KEY_BYTES:
        raise ValueError(f"shorter than {KEY_BYTES} bytes")
    return value


class _Kind(Struct, frozen=True):
    make: Callable[[], bytes]
    """Gives the text for the file."""
    read: Callable[[bytes], bytes]
    """Gives the secret, or raises `ValueError`."""


_KINDS: Final = {"session_key": _Kind(_make_key, _read_key)}


def load_secrets(data_dir: Path) -> Secrets:
    """Read the secrets, and make those that are missing. Blocking; a few small files.

    Raises `BadSecret` for an empty, broken or too widely readable file, `OSError` where the folder
    can't be used. As root, what is made here goes to the owner of `data_dir`.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _folder(data_dir) as data, _subfolder(data, data_dir / "secrets") as folder:
        return Secrets(*(_load(folder, field.name, _KINDS[field.name]) for field in fields(Secrets)))


class _Folder(Struct, frozen=True):
    """An open folder. Root works by descriptor, for in another's folder a path may lead anywhere."""

    path: Path
    fd: int
    owner: tuple[int, int]
    """User and group of the data folder."""


@contextmanager
def _folder(path: Path, *, dir_fd: int | None = None, flags: int = 0) -> Iterator[_Folder]:
    fd = os.open(path if dir_fd is None else path.name, _FOLDER | flags, dir_fd=dir_fd)
    try:
        found = os.fstat(fd)
        yield _Folder(path, fd, (found.st_uid, found.st_gid))
    finally:
        os.close(fd)


@contextmanager
def _subfolder(data: _Folder, path: Path) -> Iterator[_Folder]:
    with suppress(FileExistsError):
        os.mkdir(path.name, 0o700, dir_fd=data.fd)
    with _folder(path, dir_fd=data.fd, flags=os.O_NOFOLLOW) as opened:
        if opened.owner != data.owner and os.geteuid() == 0:
            os.fchown(opened.fd, *data.owner)
        yield _Folder(path, opened.fd, data.owner)


def _load(folder: _Folder, name: str, kind: _Kind) -> bytes:
    text = _read(folder, name)
    if text is None:
        _create(folder, name, kind.make() + b"\n")
        text = _read(folder, name) or b""
    file = folder.path / name
    if not text.strip():
        raise BadSecret(f"{file} is empty. Restore it from a backup, or delete it to have a new one made.")
    try:
        return kind.read(text.strip())
    except ValueError as error:
        raise BadSecret(f"{file} is damaged ({error}). Restore it from a backup, or delete it.") from None


def _read(folder: _Folder, name: str) -> bytes | None:
    try:
        descriptor = os.open(name, _TO_READ, dir_fd=folder.fd)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise BadSecret(f"{folder.path / name} can't be read: {why}.") from error
    try:
        _check_owner(folder, name, os.fstat(descriptor))
        return os.read(descriptor, _LARGEST_BYTES)
    finally:
        os.close(descriptor)


def _check_owner(folder: _Folder, name: str, found: os.stat_result) -> None:
    file = folder.path / name
    if not stat.S_ISREG(found.st_mode):
        raise BadSecret(f"{file} is no ordinary file.")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise BadSecret(f"{file} can be read or changed by others (mode {mode:04o}): chmod 600 it.")
    if found.st_uid not in {os.geteuid(), folder.owner[0]}:
        raise BadSecret(f"{file} belongs to somebody else (user id {found.st_uid}): chown it.")


def _create(folder: _Folder, name: str, text: bytes) -> None:
    """Write beside, then link into place: the link fails where another process was faster."""
    beside = f".{name}.{os.getpid()}.{hexlify(os.urandom(4)).decode()}"
    descriptor = os.open(beside, _TO_MAKE, 0o600, dir_fd=folder.fd)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
            opened.flush()
            if os.geteuid() == 0:
                os.fchown(descriptor, *folder.owner)
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(beside, name, src_dir_fd=folder.fd, dst_dir_fd=folder.fd, follow_symlinks=False)
    finally:
        os.unlink(beside, dir_fd=folder.fd)
    os.fsync(folder.fd)
