"""Who follows, blocks and mutes whom."""

from sqlalchemy import Boolean, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Name, Time, metadata, moment, needed, refers, serial

follows = Table(
    "follows",
    metadata,
    serial(),
    refers("follower_id", "accounts.id"),
    refers("followed_id", "accounts.id"),
    needed("accepted", Boolean),  # false: a request that waits for an answer
    needed("show_boosts", Boolean, "true"),
    Column("languages", ARRAY(Text)),  # null: all
    Column("uri", Name),  # of the Follow activity, when it came from elsewhere
    moment(),
    # With what is asked of a pair: else a plan may look through all followers of somebody for one.
    Index(
        "follows_pair_key",
        "follower_id",
        "followed_id",
        unique=True,
        postgresql_include=["accepted", "show_boosts"],
    ),
    Index("follows_followed_id_idx", "followed_id", "id", postgresql_include=["follower_id", "accepted"]),
    Index("follows_follower_id_idx", "follower_id", "id", postgresql_include=["followed_id", "accepted"]),
    Index("follows_requests_idx", "followed_id", "id", postgresql_where=text("not accepted")),
    Index("follows_uri_key", "uri", unique=True, postgresql_where=text("uri is not null")),
)

blocks = Table(
    "blocks",
    metadata,
    serial(),
    refers("blocker_id", "accounts.id"),
    refers("blocked_id", "accounts.id"),
    moment(),
    Index("blocks_pair_key", "blocker_id", "blocked_id", unique=True),
    Index("blocks_blocked_id_idx", "blocked_id", "blocker_id"),
    Index("blocks_blocker_id_idx", "blocker_id", "id"),
)

mutes = Table(
    "mutes",
    metadata,
    serial(),
    refers("muter_id", "accounts.id"),
    refers("muted_id", "accounts.id"),
    needed("notifications", Boolean, "true"),  # hide their notifications too
    Column("expires_at", Time),  # null: for ever
    moment(),
    Index("mutes_pair_key", "muter_id", "muted_id", unique=True),
    Index("mutes_muted_id_idx", "muted_id"),
    Index("mutes_muter_id_idx", "muter_id", "id"),
    Index("mutes_expires_at_idx", "expires_at", postgresql_where=text("expires_at is not null")),
)

subscriptions = Table(
    "subscriptions",  # tell me of every status; also without a follow
    metadata,
    serial(),
    refers("subscriber_id", "accounts.id"),
    refers("target_id", "accounts.id"),
    moment(),
    Index("subscriptions_pair_key", "subscriber_id", "target_id", unique=True),
    Index("subscriptions_target_id_idx", "target_id", "id", postgresql_include=["subscriber_id"]),
)

domain_blocks = Table(
    "domain_blocks",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    needed("host", Name),
    moment(),
    Index("domain_blocks_pair_key", "account_id", "host", unique=True),
    Index("domain_blocks_account_id_idx", "account_id", "id"),
)

account_notes = Table(
    "account_notes",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    refers("target_id", "accounts.id", primary_key=True),
    needed("note", Text),
    Index("account_notes_target_id_idx", "target_id"),
)
