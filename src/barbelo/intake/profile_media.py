"""Pictures of a profile: looked at, made small and safe, kept; before any transaction is opened."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from barbelo.domain.accounts.profile import Picture
from barbelo.gateways.images import Images
from barbelo.gateways.picture import Portrait
from barbelo.gateways.sniff import Kind, get_kind
from barbelo.gateways.storage import Storage
from barbelo.kernel.errors import TooLarge


class PictureLimits(Struct, frozen=True, kw_only=True):
    """Largest files, as they are uploaded."""

    avatar_bytes: int
    header_bytes: int
    background_bytes: int


class Darkroom(Struct, frozen=True):
    """What it takes to make a picture. Every method raises `Invalid` for what is none, `TooLarge`, `Overloaded`."""

    images: Images
    storage: Storage
    limits: PictureLimits

    async def avatar(self, source: Path) -> Picture:
        """The middle square; what moves gets a still."""
        _check_size(source, self.limits.avatar_bytes)
        return await self._portrait(source, self.images.avatar)

    async def header(self, source: Path) -> Picture:
        """Three to one; what moves gets a still."""
        _check_size(source, self.limits.header_bytes)
        return await self._portrait(source, self.images.header)

    async def background(self, source: Path) -> Picture:
        """As it is, without what it tells about its maker."""
        _check_size(source, self.limits.background_bytes)
        kind = get_kind(source)
        with _workshop() as folder:
            made = await self.images.attachment(source, kind, Path(folder))
            return Picture(await self._keep(made.original.path))

    async def _portrait(
        self, source: Path, make: Callable[[Path, Kind, Path], Awaitable[Portrait]]
    ) -> Picture:
        kind = get_kind(source)
        with _workshop() as folder:
            made = await make(source, kind, Path(folder))
            still = await self._keep(made.still.path) if made.still else None
            return Picture(await self._keep(made.picture.path), still)

    async def _keep(self, path: Path) -> str:
        return (await self.storage.put(path, suffix=path.suffix)).path


def _workshop() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="barbelo-profile-", ignore_cleanup_errors=True)


def _check_size(source: Path, most_bytes: int) -> None:
    if source.stat().st_size > most_bytes:
        raise TooLarge("File is too large")
