"""Custom emoji as clients see them, and the map of ours that every process keeps."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import asyncpg
import structlog
from msgspec import Struct

from barbelo.db.bus import Listener, LiveEvent
from barbelo.db.database import Reader
from barbelo.domain.emojis.queries import LocalEmoji, list_local
from barbelo.domain.events import EmojisChanged
from barbelo.kernel.errors import Overloaded
from barbelo.kernel.urls import Urls
from barbelo.text.emoji import shortcodes

log = structlog.get_logger(__name__)

RETRY_S = 1.0


class CustomEmoji(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/CustomEmoji; `tags` are Pleroma's (reference/pleroma 2.9)."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None = None
    tags: list[str] = []


EmojiMap = Mapping[str, CustomEmoji]
NO_EMOJIS: EmojiMap = MappingProxyType({})


def render_emojis(emojis: Iterable[LocalEmoji], urls: Urls) -> dict[str, CustomEmoji]:
    """Our own emoji by shortcode."""
    return {
        emoji.shortcode: CustomEmoji(
            shortcode=emoji.shortcode,
            url=urls.emoji(emoji.path),
            static_url=urls.emoji(emoji.path),
            visible_in_picker=emoji.visible_in_picker,
            category=emoji.category,
            tags=emoji.tags,
        )
        for emoji in emojis
    }


def used_in(text: str, remote: Mapping[str, str], ours: EmojiMap) -> list[CustomEmoji]:
    """The emoji that occur in `text`. What came from elsewhere brings its own: `remote` is {shortcode: url}."""
    if remote:
        return [
            CustomEmoji(shortcode=shortcode, url=url, static_url=url, visible_in_picker=False)
            for shortcode, url in remote.items()
        ]
    if not ours or ":" not in text:
        return []
    return [ours[shortcode] for shortcode in shortcodes(text) if shortcode in ours]


class EmojiCache:
    """Our emoji as one process keeps them. `current` is a whole map at any time, replaced and never changed."""

    def __init__(self, urls: Urls) -> None:
        self.current: EmojiMap = NO_EMOJIS
        self._urls = urls
        self._stale = False
        self._task: asyncio.Task[None] | None = None

    async def load(self, reader: Reader) -> None:
        self.current = render_emojis(await list_local(reader), self._urls)

    def heard(self, reader: Reader) -> Listener:
        """For the bus: reads them again when they were changed, in any process."""

        def listener(told: Sequence[LiveEvent]) -> None:
            if any(event.name == EmojisChanged.__name__ for event in told):
                self.reload(reader)

        return listener

    def reload(self, reader: Reader) -> None:
        """Read them again soon, in a task of its own. A change during the reading makes it read once more."""
        self._stale = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._catch_up(reader), name="emojis")

    async def _catch_up(self, reader: Reader) -> None:
        while self._stale:
            self._stale = False
            try:
                await self.load(reader)
            except (
                OSError,
                TimeoutError,
                Overloaded,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
            ) as error:
                log.warning("emojis.not_read", reason=str(error))
                self._stale = True
                await asyncio.sleep(RETRY_S)
