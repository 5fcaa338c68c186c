"""Nodeinfo 2.0 and 2.1: what other servers, statistics and many clients read about this one.

Source: reference/pleroma 7.3, reference/federation 4.3, nodeinfo.diaspora.software/schema.html.
"""

from typing import Final

from msgspec import UNSET, Struct, UnsetType

from barbelo.config.sections.limits import Limits
from barbelo.config.settings import Settings
from barbelo.domain.settings.features import (
    FederationFacts,
    Implementation,
    PollLimits,
    features,
    federation_facts,
    implementation,
    poll_limits,
    software_version,
    upload_limits,
)
from barbelo.domain.settings.staff import list_staff
from barbelo.domain.settings.stats import Stats
from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, encode
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound

VERSIONS: Final = ("2.0", "2.1")
"""In this order: readers of emoji packs take the last."""
SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
TAGS = ("nodeinfo",)


class Software(Struct, frozen=True, kw_only=True):
    name: str
    version: str
    repository: str | UnsetType = UNSET


class Services(Struct, frozen=True, kw_only=True):
    inbound: list[str] = []
    outbound: list[str] = []


class Users(Struct, frozen=True, kw_only=True, rename="camel"):
    total: int
    active_month: int
    active_halfyear: int


class Usage(Struct, frozen=True, kw_only=True, rename="camel"):
    users: Users
    local_posts: int


class Suggestions(Struct, frozen=True, kw_only=True):
    enabled: bool = False


class NodeUploadLimits(Struct, frozen=True, kw_only=True):
    """Bytes."""

    general: int
    avatar: int
    banner: int
    background: int


class NodeFieldsLimits(Struct, frozen=True, kw_only=True, rename="camel"):
    """Counts and characters."""

    max_fields: int
    max_remote_fields: int
    name_length: int
    value_length: int


class NodeMetadata(Struct, frozen=True, kw_only=True, rename="camel"):
    """Pleroma's words, and `implementation`: ours."""

    node_name: str
    node_description: str
    private: bool
    suggestions: Suggestions = Suggestions()
    staff_accounts: list[str]
    federation: FederationFacts
    poll_limits: PollLimits
    post_formats: tuple[str, ...]
    upload_limits: NodeUploadLimits
    fields_limits: NodeFieldsLimits
    account_activation_required: bool
    invites_enabled: bool
    mailer_enabled: bool = False
    features: list[str]
    restricted_nicknames: tuple[str, ...]
    skip_thread_containment: bool = True
    implementation: Implementation


class NodeInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    version: str
    software: Software
    protocols: tuple[str, ...] = ("activitypub",)
    services: Services = Services()
    open_registrations: bool
    usage: Usage
    metadata: NodeMetadata


class NodeLink(Struct, frozen=True, kw_only=True):
    rel: str
    href: str


class NodeLinks(Struct, frozen=True, kw_only=True):
    links: list[NodeLink]


@get("/.well-known/nodeinfo", auth="none", crowd="federation", tags=TAGS)
async def nodeinfo_links(ctx: Ctx) -> NodeLinks:
    """Where nodeinfo is to be had, in which versions."""
    return NodeLinks(
        links=[
            NodeLink(rel=SCHEMA + version, href=f"{ctx.urls.base}/nodeinfo/{version}.json")
            for version in VERSIONS
        ]
    )


@get("/nodeinfo/{version}", auth="none", crowd="federation", tags=TAGS)
async def nodeinfo(ctx: Ctx, version: str) -> Bytes:
    """This server in the words of nodeinfo; `version` is 2.0 or 2.1, with or without `.json`."""
    if version not in VERSIONS:
        raise NotFound("Nodeinfo schema version not handled")
    stats: Stats = await ctx.gateways.stats.current(ctx.db)
    hidden = ctx.settings.instance.restricts("profiles_local")
    staff = [] if hidden else await list_staff(ctx.db)
    body = encode(write_nodeinfo(version, ctx.settings, stats, staff))
    return Bytes(body, f'application/json; profile="{SCHEMA}{version}#"; charset=utf-8')


def write_nodeinfo(version: str, settings: Settings, stats: Stats, staff: list[str]) -> NodeInfo:
    """`staff` are the ids of those who run the place."""
    instance = settings.instance
    return NodeInfo(
        version=version,
        software=Software(
            name=instance.nodeinfo_name,
            version=software_version(),
            repository=UNSET if version == "2.0" else instance.source_url,
        ),
        open_registrations=instance.registrations_open,
        usage=Usage(
            users=Users(
                total=stats.users, active_month=stats.active_month, active_halfyear=stats.active_half_year
            ),
            local_posts=stats.local_posts,
        ),
        metadata=_metadata(settings, staff),
    )


def _metadata(settings: Settings, staff: list[str]) -> NodeMetadata:
    instance = settings.instance
    return NodeMetadata(
        node_name=instance.title,
        node_description=instance.description or instance.short_description,
        private=not instance.public,
        staff_accounts=staff,
        federation=federation_facts(settings),
        poll_limits=poll_limits(settings.limits),
        post_formats=instance.post_formats,
        upload_limits=_upload_limits(settings.limits),
        fields_limits=_fields_limits(settings.limits),
        account_activation_required=instance.confirmation_required,
        invites_enabled=instance.invites_enabled,
        features=features(),
        restricted_nicknames=instance.restricted_usernames,
        implementation=implementation(instance),
    )


def _upload_limits(limits: Limits) -> NodeUploadLimits:
    files = upload_limits(limits)
    return NodeUploadLimits(
        general=files.general, avatar=files.avatar, banner=files.banner, background=files.background
    )


def _fields_limits(limits: Limits) -> NodeFieldsLimits:
    return NodeFieldsLimits(
        max_fields=limits.fields,
        max_remote_fields=limits.remote_fields,
        name_length=limits.field_name_characters,
        value_length=limits.field_value_characters,
    )
