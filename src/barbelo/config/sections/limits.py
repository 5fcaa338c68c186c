"""How much and how often. All numbers that bound what people send stand here."""

from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from barbelo.config.keys import Note, key
from barbelo.config.reading import Rates, rates, read_rates

OFF = Rates(None, None)


class Limits(Struct, frozen=True, kw_only=True):
    """How much: text, files, bodies.

    Source of the defaults: reference/pleroma 3.3, 7.1.
    """

    status_characters: Annotated[int, key("Longest status, its subject included.", ge=1)] = 5000
    description_characters: Annotated[int, key("Longest description of an attachment.", ge=0)] = 5000
    media_attachments: Annotated[int, key("Attachments of one status.", ge=0, le=1000)] = 16
    poll_options: Annotated[int, key("Options of one poll.", ge=2, le=100)] = 20
    poll_option_characters: Annotated[int, key("Longest option of a poll.", ge=1, le=5000)] = 200
    poll_min_expiration_s: Annotated[int, key("Shortest time that a poll runs.", ge=0, le=86_400)] = 0
    poll_max_expiration_s: Annotated[int, key("Longest time that a poll runs.", ge=86_400)] = 31_536_000
    pinned_statuses: Annotated[int, key("Statuses that one account may pin.", ge=0, le=100)] = 5
    username_characters: Annotated[int, key("Longest user name at registration.", ge=1, le=100)] = 30
    name_characters: Annotated[int, key("Longest display name.", ge=1)] = 100
    bio_characters: Annotated[int, key("Longest biography.", ge=0)] = 5000
    fields: Annotated[int, key("Fields of a profile.", ge=0, le=100)] = 10
    remote_fields: Annotated[int, key("Fields kept of a remote profile.", ge=0, le=100)] = 20
    field_name_characters: Annotated[int, key("Longest name of a profile field.", ge=1)] = 512
    field_value_characters: Annotated[int, key("Longest value of a profile field.", ge=1)] = 2048
    registration_reason_characters: Annotated[
        int, key("Longest reason given when asking for an account.", ge=0)
    ] = 500
    upload_bytes: Annotated[int, key("Largest file that may be uploaded.", ge=1)] = 16_000_000
    image_bytes: Annotated[int, key("Largest image that may be uploaded.", ge=1)] = 16_000_000
    image_pixels: Annotated[int, key("Width times height of the largest image that is decoded.", ge=1)] = (
        50_000_000
    )
    avatar_bytes: Annotated[int, key("Largest avatar.", ge=1)] = 2_000_000
    banner_bytes: Annotated[int, key("Largest header image of a profile.", ge=1)] = 4_000_000
    background_bytes: Annotated[int, key("Largest background image of a profile.", ge=1)] = 4_000_000
    body_bytes: Annotated[int, key("Largest body of a request, files apart.", ge=1024)] = 1_000_000
    json_depth: Annotated[int, key("Deepest nesting of JSON and of bracketed names.", ge=4, le=200)] = 32
    param_count: Annotated[int, key("Parameters of one request.", ge=10, le=100_000)] = 1000


def rate(description: str) -> Meta:
    return key(description, Note(read=read_rates))


class RateLimits(Struct, frozen=True, kw_only=True):
    """How often: `10 / 60 s`, `guest 10 / 60 s, user 30 / 60 s` or `off`.

    Guests are counted by address, signed-in people by account.

    Source: reference/pleroma 11.3; `api` and `media_upload` as Mastodon has them.
    """

    enabled: Annotated[bool, key("Keep to the limits below.", Note(test_when=False))] = True
    api: Annotated[str, rate("Requests to the API, all together.")] = "guest 300 / 300 s, user 1500 / 300 s"
    authentication: Annotated[str, rate("Attempts to sign in.")] = "15 / 60 s"
    app_account_creation: Annotated[str, rate("New accounts.")] = "25 / 1800 s"
    oauth_app_creation: Annotated[str, rate("New OAuth apps.")] = "5 / 900 s"
    timeline: Annotated[str, rate("Pages of one timeline.")] = "3 / 0.5 s"
    search: Annotated[str, rate("Searches.")] = "guest 10 / 1 s, user 30 / 1 s"
    relations_actions: Annotated[str, rate("Following and unfollowing.")] = "10 / 10 s"
    relation_id_action: Annotated[str, rate("Following and unfollowing the same account.")] = "2 / 60 s"
    statuses_actions: Annotated[str, rate("Posting, deleting, boosting, favouriting.")] = "15 / 10 s"
    status_id_action: Annotated[str, rate("Boosting or favouriting the same status, and undoing it.")] = (
        "3 / 60 s"
    )
    media_upload: Annotated[str, rate("Uploads.")] = "30 / 1800 s"

    def buckets(self) -> dict[str, Rates]:
        """What each bucket allows, by name; nothing is limited when the limits are not enabled."""
        texts: dict[str, Any] = asdict(self)
        enabled = texts.pop("enabled")
        return {name: rates(text) if enabled else OFF for name, text in texts.items()}
