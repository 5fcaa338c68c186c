"""The people: what the instance is and who may join, how they sign in, how other servers are met."""

from typing import Annotated, Final, Literal

from msgspec import Struct

from barbelo.config.keys import Note, key
from barbelo.config.reading import read_web_address

RESTRICTED_USERNAMES: Final = (
    ".well-known", "~", "about", "activities", "api", "auth", "check_password", "dev", "friend-requests",
    "inbox", "internal", "main", "media", "nodeinfo", "notice", "oauth", "objects", "ostatus_subscribe",
    "pleroma", "proxy", "push", "registration", "relay", "settings", "status", "tag", "user-search",
    "user_exists", "users", "web", "verify_credentials", "update_credentials", "relationships", "search",
    "confirmation_resend", "mfa",
)  # fmt: skip
"""Pleroma's list: names that are, or once were, parts of a path."""

PostFormat = Literal["text/plain", "text/html", "text/markdown", "text/bbcode"]

Restrictable = Literal[
    "timelines_local",
    "timelines_federated",
    "profiles_local",
    "profiles_remote",
    "activities_local",
    "activities_remote",
]


class Instance(Struct, frozen=True, kw_only=True):
    """What this server says of itself, and who may join and look."""

    title: Annotated[str, key("Name of the instance.")] = "Barbelo"
    short_description: Annotated[str, key("One sentence about the instance, plain text.")] = ""
    description: Annotated[str, key("More about the instance; HTML is allowed.")] = ""
    contact_email: Annotated[str, key("Public e-mail address of who runs the instance.")] = ""
    contact_account: Annotated[str, key("User name of a local account that can be asked for help.")] = ""
    languages: Annotated[tuple[str, ...], key("Languages spoken here, as ISO 639-1 codes.")] = ("en",)
    rules: Annotated[tuple[str, ...], key("Rules of the instance, one sentence each.")] = ()
    registrations_open: Annotated[bool, key("Anybody may make an account.")] = False
    approval_required: Annotated[bool, key("A new account waits until it is approved.")] = False
    confirmation_required: Annotated[bool, key("A new account waits until it is confirmed.")] = False
    invites_enabled: Annotated[bool, key("Closed registrations can be passed with an invitation.")] = False
    restricted_usernames: Annotated[tuple[str, ...], key("Names that nobody can register.")] = (
        RESTRICTED_USERNAMES
    )
    public: Annotated[
        bool, key("Guests may look around; false restricts everything that `restrict_*` can restrict.")
    ] = True
    restrict_timelines_local: Annotated[bool, key("Guests do not see the local timeline.")] = False
    restrict_timelines_federated: Annotated[bool, key("Guests do not see the federated timeline.")] = False
    restrict_profiles_local: Annotated[bool, key("Guests do not see profiles of local people.")] = False
    restrict_profiles_remote: Annotated[bool, key("Guests do not see profiles of remote people.")] = False
    restrict_activities_local: Annotated[bool, key("Guests do not see statuses of local people.")] = False
    restrict_activities_remote: Annotated[bool, key("Guests do not see statuses of remote people.")] = False
    limit_to_local_content: Annotated[
        Literal["off", "unauthenticated", "all"],
        key("Who finds remote people and statuses only where this server already shows them."),
    ] = "unauthenticated"
    post_formats: Annotated[
        tuple[PostFormat, ...], key("Formats in which a status may be written; others count as plain text.")
    ] = ("text/plain", "text/html", "text/markdown", "text/bbcode")
    safe_dm_mentions: Annotated[
        bool, key("In a direct message only the mentions at its start address somebody.")
    ] = False
    nodeinfo_name: Annotated[str, key("Software name in nodeinfo; clients choose by it what they offer.")] = (
        "pleroma"
    )
    source_url: Annotated[
        str,
        key(
            "Where the source code of this server can be had; who changes the program has to offer theirs (AGPL).",
            Note(read=read_web_address),
        ),
    ] = "https://barbelo.example/source"

    def restricts(self, what: Restrictable) -> bool:
        """Whether guests are kept from `what`. Source: reference/pleroma 10.4."""
        restricted: bool = getattr(self, f"restrict_{what}")
        return restricted or not self.public


class Auth(Struct, frozen=True, kw_only=True):
    """Signing in: passwords, tokens, the browser's cookie."""

    password_grant: Annotated[
        bool, key("Apps may sign in with name and password (OAuth password grant).")
    ] = True
    password_min_characters: Annotated[int, key("Shortest password that is accepted.", ge=1, le=128)] = 8
    password_memory_kib: Annotated[
        int, key("Memory that Argon2 needs for one password.", ge=8192, le=1_048_576)
    ] = 32_768
    password_passes: Annotated[int, key("Passes that Argon2 makes over that memory.", ge=1, le=20)] = 3
    cheap_passwords: Annotated[
        bool, key("Hash passwords in no time and with no strength, for tests.", Note(test_when=True))
    ] = False
    token_lifetime_s: Annotated[
        int, key("How long an access token is good; the default is a hundred years.", ge=60, le=3_153_600_000)
    ] = 3_153_600_000
    code_lifetime_s: Annotated[int, key("How long an authorization code is good.", ge=10, le=3600)] = 600
    rotate_refresh_tokens: Annotated[
        bool, key("A refresh token is good once and is answered with a new one.")
    ] = False
    session_lifetime_s: Annotated[int, key("How long a browser stays signed in.", ge=60, le=315_360_000)] = (
        5_184_000
    )
    cookie_name: Annotated[
        str, key("Name of the session cookie; over https it is set with the prefix `__Host-` as well.")
    ] = "_pleroma_key"

    @property
    def password_cost(self) -> tuple[int, int]:
        """Memory in KiB and passes for Argon2."""
        return (64, 1) if self.cheap_passwords else (self.password_memory_kib, self.password_passes)


class Federation(Struct, frozen=True, kw_only=True):
    """Other servers."""

    enabled: Annotated[bool, key("Talk with other servers.")] = True
    allow_loopback: Annotated[
        bool,
        key("Reach out to this machine's own and to private addresses, for tests.", Note(test_when=True)),
    ] = False
    allow_http: Annotated[bool, key("Reach out over plain http, for tests.", Note(test_when=True))] = False
