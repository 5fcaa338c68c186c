"""Logins of our accounts, OAuth apps, codes and tokens. Secrets are kept as SHA-256 only."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Name, Time, document, metadata, moment, needed, refers, serial

users = Table(
    "users",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    Column("email", Text),
    Column("email_key", Name, unique=True),  # lower case
    needed("password_hash", Text),
    needed("is_admin", Boolean, "false"),
    needed("is_moderator", Boolean, "false"),
    Column("confirmed_at", Time),
    Column("approved_at", Time),
    needed("sign_up_reason", Text, "''"),
    needed("password_reset_required", Boolean, "false"),
    needed("locale", Text, "'en'"),
    needed("default_visibility", Text, "'public'"),
    needed("default_sensitive", Boolean, "false"),
    Column("default_language", Text),
    document("preferences"),  # switches of the account that only its owner sees
    document("settings_store"),  # {front end: anything}
    needed("follow_requests_count", Integer, "0"),
    Column("last_active_at", Time),  # an authenticated request, to the hour
    Column("feed_built_at", Time),  # null: there is no home feed
    Column("feed_floor", Uuid()),  # below this status the feed is not complete; null: nothing is below
    moment(),
    Index("users_last_active_at_idx", "last_active_at"),
    Index("users_waiting_idx", "account_id", postgresql_where=text("approved_at is null")),
)

oauth_apps = Table(
    "oauth_apps",
    metadata,
    serial(),
    Column("client_id", Name, nullable=False, unique=True),
    needed("secret_hash", LargeBinary),
    needed("name", Text),
    Column("website", Text),
    needed("redirect_uris", ARRAY(Text)),
    needed("scopes", ARRAY(Text)),
    needed("trusted", Boolean, "false"),
    refers("account_id", "accounts.id", nullable=True, gone="set null"),  # who made it, if somebody did
    moment(),
    Column("last_used_at", Time),
    Index("oauth_apps_account_id_idx", "account_id", postgresql_where=text("account_id is not null")),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    serial(),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    refers("app_id", "oauth_apps.id"),
    refers("account_id", "accounts.id"),
    needed("redirect_uri", Text),
    needed("scopes", ARRAY(Text)),
    Column("challenge", Text),  # PKCE, S256
    Column("used_at", Time),  # a second use is an attack: the tokens of the first one end
    moment("expires_at"),
    moment(),
    Index("oauth_codes_app_id_idx", "app_id"),
    Index("oauth_codes_account_id_idx", "account_id"),
    Index("oauth_codes_expires_at_idx", "expires_at"),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    serial(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("refresh_hash", LargeBinary, unique=True),
    Column("spent_refresh_hash", LargeBinary, unique=True),  # the one that this row's took the place of
    refers("app_id", "oauth_apps.id"),
    refers("account_id", "accounts.id", nullable=True),  # null: the app itself
    refers("code_id", "oauth_codes.id", nullable=True, gone="set null"),
    needed("scopes", ARRAY(Text)),
    moment(),
    moment("expires_at", nullable=True),
    Column("last_used_at", Time),
    Index("oauth_tokens_account_id_idx", "account_id"),
    Index("oauth_tokens_app_id_idx", "app_id"),
    Index("oauth_tokens_code_id_idx", "code_id", postgresql_where=text("code_id is not null")),
    Index("oauth_tokens_expires_at_idx", "expires_at", postgresql_where=text("expires_at is not null")),
)
