"""Custom emoji as clients see them, and the map of ours that every process keeps."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

from barbelo.domain.emojis.queries import LocalEmoji
from barbelo.kernel.urls import Urls
from barbelo.text.emoji import shortcodes


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
