"""Secrets of the instance: made on first start, each in a file of its own, for its owner's eyes only.

`<data_dir>/secrets/<name>` holds one secret as text. A file appears whole or not at all, so
processes that start together for the first time agree on one value.
"""

import os
import stat
from binascii import Error as NotHex
from binascii import hexlify, unhexlify
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import fields

from barbelo.kernel.errors import BarbeloError

KEY_BYTES: Final = 32
_LARGEST_BYTES: Final = 10_000


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
    can't be used. As root, new files go to the owner of `data_dir`.
    """
    folder = data_dir / "secrets"
    _make_folder(folder)
    return Secrets(*(_load(folder / field.name, _KINDS[field.name]) for field in fields(Secrets)))


def _load(file: Path, kind: _Kind) -> bytes:
    text = _read(file)
    if text is None:
        _create(file, kind.make() + b"\n")
        text = _read(file) or b""
    if not text.strip():
        raise BadSecret(f"{file} is empty. Restore it from a backup, or delete it to have a new one made.")
    try:
        return kind.read(text.strip())
    except (ValueError, NotHex) as error:
        raise BadSecret(f"{file} is damaged ({error}). Restore it from a backup, or delete it.") from None


def _read(file: Path) -> bytes | None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        _check_owner(file, os.fstat(descriptor))
        return opened.read(_LARGEST_BYTES)


def _check_owner(file: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadSecret(f"{file} is no ordinary file.")
    if found.st_mode & 0o077:
        raise BadSecret(
            f"{file} can be read or changed by others (mode {stat.S_IMODE(found.st_mode):04o}): chmod 600 it."
        )
    if found.st_uid not in {os.geteuid(), file.parent.parent.stat().st_uid}:
        raise BadSecret(f"{file} belongs to somebody else (user id {found.st_uid}): chown it.")


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    _give_to_owner(folder, folder.parent)


def _create(file: Path, text: bytes) -> None:
    """Write beside, then link into place: the link fails where another process was faster."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.{hexlify(os.urandom(4)).decode()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(descriptor)
        _give_to_owner(beside, file.parent.parent)
        with suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink()
    _sync_folder(file.parent)


def _give_to_owner(path: Path, data_dir: Path) -> None:
    if os.geteuid() == 0:
        owner = data_dir.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
