"""What this server says it is and can do: the one place for levels, features and limits.

Clients choose by it what they offer, so it says what is served now and nothing else. A line is added here in the same
commit that brings the thing. Instance v1 and v2 and nodeinfo tell the same facts, each in its own words.
Source: reference/pleroma 7, reference/mastodon 1.
"""

from typing import Final, Literal

from msgspec import Struct

from barbelo import __version__
from barbelo.config.sections.limits import Limits
from barbelo.config.sections.people import Instance
from barbelo.config.settings import Settings

MASTODON_LEVEL: Final = "2.7.2"
"""Clients expect everything up to this version of Mastodon's API; it rises when a whole version is served."""

PLEROMA_LEVEL: Final = "2.0.0"
"""The same for Pleroma's API."""

MASTODON_API_VERSION: Final = 0
"""`api_versions.mastodon`: 2 and above stand for capabilities of Mastodon 4.3 and later; 0 promises none of them."""

SOFTWARE: Final = "Barbelo"

FEATURES: Final = (
    "pleroma_api",
    "mastodon_api",
    "polls",
    "editing",
    "pleroma_emoji_reactions",
    "pleroma_custom_emoji_reactions",
    "pleroma_explicit_addressing",  # `to` of a new status
    "pleroma:bookmark_folders",
    "multifetch",  # `GET /api/v1/statuses?ids[]=`
    "pleroma:api/v1/notifications:include_types_filter",
    "v2_suggestions",
    "profile_directory",
)
"""What is always there, in Pleroma's words. Source: reference/pleroma 7.3."""


def software_version() -> str:
    """As nodeinfo says it: the level of Pleroma, then ours."""
    return f"{PLEROMA_LEVEL}+barbelo.{__version__}"


def instance_version() -> str:
    """As the instance entity says it. Clients read the number in front, and look for `(compatible; Pleroma …)`."""
    return f"{MASTODON_LEVEL} (compatible; Pleroma {software_version()})"


def features() -> list[str]:
    return list(FEATURES)


class Implementation(Struct, frozen=True, kw_only=True):
    """Who we are, where `software.name` says whom we are like."""

    name: str
    version: str
    repository: str


def implementation(instance: Instance) -> Implementation:
    return Implementation(name=SOFTWARE, version=__version__, repository=instance.source_url)


class FederationFacts(Struct, frozen=True, kw_only=True):
    """Pleroma's `federation` object. What policies do is told once there are policies."""

    enabled: bool


def federation_facts(settings: Settings) -> FederationFacts:
    return FederationFacts(enabled=settings.federation.enabled)


class PollLimits(Struct, frozen=True, kw_only=True):
    """Counts, characters, and seconds, in Pleroma's words."""

    max_options: int
    max_option_chars: int
    min_expiration: int
    max_expiration: int


def poll_limits(limits: Limits) -> PollLimits:
    return PollLimits(
        max_options=limits.poll_options,
        max_option_chars=limits.poll_option_characters,
        min_expiration=limits.poll_min_expiration_s,
        max_expiration=limits.poll_max_expiration_s,
    )


class UploadLimits(Struct, frozen=True, kw_only=True):
    """Bytes of the largest file of each kind. `general` is an attachment."""

    general: int
    image: int
    avatar: int
    banner: int
    background: int


def upload_limits(limits: Limits) -> UploadLimits:
    """No file is larger than the largest that the door lets through."""
    most = limits.upload_bytes
    return UploadLimits(
        general=most,
        image=min(most, limits.image_bytes),
        avatar=min(most, limits.avatar_bytes),
        banner=min(most, limits.banner_bytes),
        background=min(most, limits.background_bytes),
    )


Reach = Literal["public", "authenticated"]


class TimelinesAccess(Struct, frozen=True, kw_only=True):
    """Who may read the timelines of everybody, written here or elsewhere."""

    local: Reach
    remote: Reach


def timelines_access(instance: Instance) -> TimelinesAccess:
    return TimelinesAccess(
        local="authenticated" if instance.restricts("timelines_local") else "public",
        remote="authenticated" if instance.restricts("timelines_federated") else "public",
    )
