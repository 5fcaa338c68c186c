"""What clients may say of a status that they want to publish or change. Source: reference/pleroma 3.2."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from barbelo.api.moments import Moment
from barbelo.config.settings import Settings
from barbelo.db.database import Reader
from barbelo.domain.conversations.queries import UNKNOWN, get_talk
from barbelo.domain.statuses.compose import NO_PARENT, Limits, Wish
from barbelo.domain.statuses.polls import PollLimits, PollWish
from barbelo.domain.statuses.publish import NO_MEDIA
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import ConversationId, MediaId, find_flake, get_integer
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility
from barbelo.text.languages import is_language

Wished = Literal["public", "unlisted", "private", "direct", "local"]
"""Visibilities that a client may ask for. An empty one means the account's own."""


class NotYet(Struct, frozen=True, kw_only=True):
    """What a status cannot be given yet.

    Whoever asks for one of these is told so: a status that appears now and for ever is not what they wished for.
    """

    quote_id: str | None = None
    quoted_status_id: str | None = None


class NewPoll(Struct, frozen=True, kw_only=True):
    """`expires_in` counts seconds."""

    options: list[str] = []
    expires_in: int | None = None
    multiple: bool = False
    hide_totals: bool = False

    def wish(self) -> PollWish | None:
        """None for the empty poll that some forms send along."""
        if not self.options:
            return None
        if self.expires_in is None:
            raise Invalid("Missing field: poll.expires_in.", field="poll.expires_in")
        return PollWish(
            options=self.options,
            expires_in_s=self.expires_in,
            multiple=self.multiple,
            hide_totals=self.hide_totals,
        )


class Words(NotYet, frozen=True, kw_only=True):
    """What a new status and a new version of one have in common."""

    status: str = ""
    spoiler_text: str = ""
    content_type: str = "text/plain"
    media_ids: list[str] = []
    sensitive: bool | None = None
    language: str | None = None
    poll: NewPoll | None = None
    to: list[str] | None = None

    def wish(self, settings: Settings) -> Wish:
        """Raises `Invalid` for what is not there yet, or can never be."""
        for name in NotYet.__struct_fields__:
            if getattr(self, name):
                raise Invalid(f"{name} is not supported yet", field=name)
        formats = settings.instance.post_formats
        return Wish(
            text=self.status,
            content_type=self.content_type if self.content_type in formats else "text/plain",
            spoiler_text=self.spoiler_text,
            sensitive=self.sensitive,
            language=self.language if self.language and is_language(self.language) else None,
            media_ids=[media_id_of(text) for text in self.media_ids],
            poll=self.poll.wish() if self.poll else None,
            to=self.to,
        )


class NewStatus(Words, frozen=True, kw_only=True):
    """`expires_in` counts seconds; `preview` shows what it would be, and publishes nothing."""

    visibility: Wished | None = None
    in_reply_to_id: str | None = None
    in_reply_to_conversation_id: str | None = None
    expires_in: int | None = None
    scheduled_at: Moment | None = None
    preview: bool = False

    def wish(self, settings: Settings) -> Wish:
        parent = find_flake(self.in_reply_to_id) if self.in_reply_to_id else None
        if self.in_reply_to_id and parent is None:
            raise Invalid(NO_PARENT, field="in_reply_to_id")
        return replace(
            Words.wish(self, settings),
            visibility=Visibility(self.visibility) if self.visibility else None,
            in_reply_to_id=parent,
            expires_in_s=self.expires_in,
        )


async def continuing(reader: Reader, viewer: Viewer, new: NewStatus, wish: Wish) -> Wish:
    """`wish`, with the conversation that it is to continue. Raises `Invalid` for one that is not the viewer's."""
    name = new.in_reply_to_conversation_id
    if not name:
        return wish
    try:
        talk = await get_talk(reader, viewer.id, ConversationId(get_integer(name)))
    except NotFound:
        raise Invalid(UNKNOWN, field="in_reply_to_conversation_id") from None
    return replace(wish, talk=talk)


def limits_of(settings: Settings) -> Limits:
    allowed = settings.limits
    return Limits(
        characters=allowed.status_characters,
        media=allowed.media_attachments,
        poll=PollLimits(
            options=allowed.poll_options,
            characters=allowed.poll_option_characters,
            shortest_s=allowed.poll_min_expiration_s,
            longest_s=allowed.poll_max_expiration_s,
        ),
        safe_dm_mentions=settings.instance.safe_dm_mentions,
    )


def media_id_of(text: str) -> MediaId:
    try:
        return MediaId(get_integer(text))
    except NotFound:
        raise Invalid(NO_MEDIA, field="media_ids") from None
