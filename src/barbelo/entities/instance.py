"""What the server says of itself, versions 1 and 2, with Pleroma's part in both.

Source: docs.joinmastodon.org/entities/Instance and V1_Instance; reference/pleroma 7.1, 7.2; reference/mastodon 13.
"""

from msgspec import Struct
from msgspec.structs import asdict

from barbelo.config.sections.limits import Limits
from barbelo.config.settings import Settings
from barbelo.domain.accounts.featured_tags import MOST as MOST_FEATURED_TAGS
from barbelo.domain.settings.features import (
    MASTODON_API_VERSION,
    FederationFacts,
    PollLimits,
    TimelinesAccess,
    features,
    federation_facts,
    instance_version,
    poll_limits,
    timelines_access,
    upload_limits,
)
from barbelo.domain.settings.stats import Stats
from barbelo.entities.account import HEADER, Account
from barbelo.gateways.picture import ACCEPTED
from barbelo.kernel.urls import Urls
from barbelo.text.length import CHARS_PER_URL
from barbelo.text.plain import to_plain

ICON, ICON_SIZE = "icon.png", "96x96"
"""Below `/static/`."""


class Rule(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Rule."""

    id: str
    text: str
    hint: str = ""
    translations: dict[str, dict[str, str]] = {}


def render_rules(rules: tuple[str, ...]) -> list[Rule]:
    """Their ids are their places, from 1."""
    return [Rule(id=str(number), text=text) for number, text in enumerate(rules, 1)]


class AccountsConfiguration(Struct, frozen=True, kw_only=True):
    """Characters and counts."""

    max_featured_tags: int = MOST_FEATURED_TAGS
    max_pinned_statuses: int
    max_display_name_length: int
    max_note_length: int
    max_avatar_description_length: int
    max_header_description_length: int
    max_profile_fields: int
    profile_field_name_limit: int
    profile_field_value_limit: int


class StatusesConfiguration(Struct, frozen=True, kw_only=True):
    max_characters: int
    max_media_attachments: int
    characters_reserved_per_url: int = CHARS_PER_URL


class MediaConfiguration(Struct, frozen=True, kw_only=True):
    """Bytes, pixels of one picture, characters of a description. Videos are not accepted: nothing is small enough."""

    supported_mime_types: list[str]
    description_limit: int
    image_size_limit: int
    image_matrix_limit: int
    video_size_limit: int = 0
    video_matrix_limit: int = 0
    video_frame_rate_limit: int = 0


class PollsConfiguration(Struct, frozen=True, kw_only=True):
    """Characters and seconds."""

    max_options: int
    max_characters_per_option: int
    min_expiration: int
    max_expiration: int


class Configuration(Struct, frozen=True, kw_only=True):
    """What version 1 tells of it."""

    accounts: AccountsConfiguration
    statuses: StatusesConfiguration
    media_attachments: MediaConfiguration
    polls: PollsConfiguration


class InstanceUrls(Struct, frozen=True, kw_only=True):
    """Pages that are not there have no address."""

    streaming: str
    status: str | None = None
    about: str | None = None
    privacy_policy: str | None = None
    terms_of_service: str | None = None


class Vapid(Struct, frozen=True, kw_only=True):
    """Empty: nothing is pushed. Typed clients insist on the key."""

    public_key: str = ""


class Translation(Struct, frozen=True, kw_only=True):
    enabled: bool = False


class FeedsAccess(Struct, frozen=True, kw_only=True):
    live_feeds: TimelinesAccess
    hashtag_feeds: TimelinesAccess


class ConfigurationV2(Configuration, frozen=True, kw_only=True):
    urls: InstanceUrls
    vapid: Vapid = Vapid()
    translation: Translation = Translation()
    timelines_access: FeedsAccess
    limited_federation: bool = False


class FieldsLimits(Struct, frozen=True, kw_only=True):
    max_fields: int
    max_remote_fields: int
    name_length: int
    value_length: int


class Metadata(Struct, frozen=True, kw_only=True):
    account_activation_required: bool
    features: list[str]
    federation: FederationFacts
    fields_limits: FieldsLimits
    post_formats: tuple[str, ...]
    birthday_required: bool = False
    birthday_min_age: int = 0


class MetadataV2(Metadata, frozen=True, kw_only=True):
    avatar_upload_limit: int
    background_upload_limit: int
    banner_upload_limit: int
    description_limit: int


class PleromaStats(Struct, frozen=True, kw_only=True):
    """People who were here in the last 30 days."""

    mau: int


class InstancePleroma(Struct, frozen=True, kw_only=True):
    metadata: Metadata
    stats: PleromaStats


class StreamingApi(Struct, frozen=True, kw_only=True):
    streaming_api: str


class Counts(Struct, frozen=True, kw_only=True):
    user_count: int
    status_count: int
    domain_count: int


class InstanceV1(Struct, frozen=True, kw_only=True):
    """`uri` is the bare host. No `vapid_public_key` is given while nothing is pushed: clients take it for a promise."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: StreamingApi
    stats: Counts
    thumbnail: str
    languages: tuple[str, ...]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: Configuration
    contact_account: Account | None
    rules: list[Rule]
    max_toot_chars: int
    max_media_attachments: int
    poll_limits: PollLimits
    upload_limit: int
    avatar_upload_limit: int
    background_upload_limit: int
    banner_upload_limit: int
    description_limit: int
    pleroma: InstancePleroma


class ActiveUsers(Struct, frozen=True, kw_only=True):
    active_month: int


class Usage(Struct, frozen=True, kw_only=True):
    users: ActiveUsers


class Thumbnail(Struct, frozen=True, kw_only=True):
    url: str
    blurhash: str | None = None


class Icon(Struct, frozen=True, kw_only=True):
    src: str
    size: str


class Registrations(Struct, frozen=True, kw_only=True):
    """Apps may sign up by themselves: no page has to be opened for it, so `url` is null."""

    enabled: bool
    approval_required: bool
    reason_required: bool = False
    message: str | None = None
    min_age: int | None = None
    url: str | None = None


class ApiVersions(Struct, frozen=True, kw_only=True):
    mastodon: int = MASTODON_API_VERSION


class Contact(Struct, frozen=True, kw_only=True):
    email: str
    account: Account | None


class InstanceV2(Struct, frozen=True, kw_only=True):
    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: Usage
    thumbnail: Thumbnail
    icon: list[Icon]
    languages: tuple[str, ...]
    configuration: ConfigurationV2
    registrations: Registrations
    api_versions: ApiVersions = ApiVersions()
    contact: Contact
    rules: list[Rule]
    pleroma: InstancePleroma


def render_v1(settings: Settings, urls: Urls, stats: Stats, contact: Account | None) -> InstanceV1:
    about, limits, files = settings.instance, settings.limits, upload_limits(settings.limits)
    return InstanceV1(
        uri=urls.host,
        title=about.title,
        short_description=about.short_description,
        description=about.description or about.short_description,
        email=about.contact_email,
        version=instance_version(),
        urls=StreamingApi(streaming_api=urls.streaming),
        stats=Counts(user_count=stats.users, status_count=stats.local_posts, domain_count=stats.domains),
        thumbnail=urls.static(HEADER),
        languages=about.languages,
        registrations=about.registrations_open,
        approval_required=about.approval_required,
        invites_enabled=about.invites_enabled,
        configuration=_configuration(limits),
        contact_account=contact,
        rules=render_rules(about.rules),
        max_toot_chars=limits.status_characters,
        max_media_attachments=limits.media_attachments,
        poll_limits=poll_limits(limits),
        upload_limit=files.general,
        avatar_upload_limit=files.avatar,
        background_upload_limit=files.background,
        banner_upload_limit=files.banner,
        description_limit=limits.description_characters,
        pleroma=InstancePleroma(metadata=_metadata(settings), stats=PleromaStats(mau=stats.active_month)),
    )


def render_v2(settings: Settings, urls: Urls, stats: Stats, contact: Account | None) -> InstanceV2:
    about = settings.instance
    access = timelines_access(about)
    return InstanceV2(
        domain=urls.host,
        title=about.title,
        version=instance_version(),
        source_url=about.source_url,
        description=about.short_description or to_plain(about.description),
        usage=Usage(users=ActiveUsers(active_month=stats.active_month)),
        thumbnail=Thumbnail(url=urls.static(HEADER)),
        icon=[Icon(src=urls.static(ICON), size=ICON_SIZE)],
        languages=about.languages,
        configuration=ConfigurationV2(
            **asdict(_configuration(settings.limits)),
            urls=InstanceUrls(streaming=urls.streaming),
            timelines_access=FeedsAccess(live_feeds=access, hashtag_feeds=access),
        ),
        registrations=Registrations(
            enabled=about.registrations_open, approval_required=about.approval_required
        ),
        contact=Contact(email=about.contact_email, account=contact),
        rules=render_rules(about.rules),
        pleroma=InstancePleroma(metadata=_metadata_v2(settings), stats=PleromaStats(mau=stats.active_month)),
    )


def _configuration(limits: Limits) -> Configuration:
    polls = poll_limits(limits)
    return Configuration(
        accounts=AccountsConfiguration(
            max_pinned_statuses=limits.pinned_statuses,
            max_display_name_length=limits.name_characters,
            max_note_length=limits.bio_characters,
            max_avatar_description_length=limits.description_characters,
            max_header_description_length=limits.description_characters,
            max_profile_fields=limits.fields,
            profile_field_name_limit=limits.field_name_characters,
            profile_field_value_limit=limits.field_value_characters,
        ),
        statuses=StatusesConfiguration(
            max_characters=limits.status_characters, max_media_attachments=limits.media_attachments
        ),
        media_attachments=MediaConfiguration(
            supported_mime_types=[kind.mime for kind in ACCEPTED],
            description_limit=limits.description_characters,
            image_size_limit=upload_limits(limits).image,
            image_matrix_limit=limits.image_pixels,
        ),
        polls=PollsConfiguration(
            max_options=polls.max_options,
            max_characters_per_option=polls.max_option_chars,
            min_expiration=polls.min_expiration,
            max_expiration=polls.max_expiration,
        ),
    )


def _metadata(settings: Settings) -> Metadata:
    about, limits = settings.instance, settings.limits
    return Metadata(
        account_activation_required=about.confirmation_required,
        features=features(),
        federation=federation_facts(settings),
        fields_limits=FieldsLimits(
            max_fields=limits.fields,
            max_remote_fields=limits.remote_fields,
            name_length=limits.field_name_characters,
            value_length=limits.field_value_characters,
        ),
        post_formats=about.post_formats,
    )


def _metadata_v2(settings: Settings) -> MetadataV2:
    files = upload_limits(settings.limits)
    return MetadataV2(
        **asdict(_metadata(settings)),
        avatar_upload_limit=files.avatar,
        background_upload_limit=files.background,
        banner_upload_limit=files.banner,
        description_limit=settings.limits.description_characters,
    )
