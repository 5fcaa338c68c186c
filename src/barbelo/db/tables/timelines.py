"""The home feed, notifications and how far somebody has read."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text

from barbelo.db.tables.metadata import Name, Time, metadata, moment, needed, refers, serial

home_feed = Table(
    "home_feed",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    refers("status_id", "statuses.id", primary_key=True),
    Index("home_feed_status_id_idx", "status_id"),
)

notifications = Table(
    "notifications",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("from_account_id", "accounts.id"),
    needed("kind", Name),
    refers("status_id", "statuses.id", nullable=True),
    Column("emoji", Name),  # of a reaction
    Column("group_key", Name),  # the same for what is shown as one line; null: stands alone
    needed("filtered", Boolean, "false"),  # kept back by the policy of who is told
    Column("read_at", Time),
    moment(),
    Index("notifications_account_id_idx", "account_id", text("id desc")),
    Index("notifications_from_account_id_idx", "from_account_id"),
    Index("notifications_status_id_idx", "status_id", postgresql_where=text("status_id is not null")),
    Index(
        "notifications_group_idx",
        "account_id",
        "group_key",
        text("id desc"),
        postgresql_where=text("group_key is not null"),
    ),
    Index(
        "notifications_filtered_idx",
        "account_id",
        "from_account_id",
        text("id desc"),
        postgresql_where=text("filtered"),
    ),
    Index("notifications_unread_idx", "account_id", "id", postgresql_where=text("read_at is null")),
    Index(
        "notifications_once_key",
        "account_id",
        "from_account_id",
        "kind",
        "status_id",
        "emoji",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text(
            "kind in ('mention', 'favourite', 'reblog', 'follow', 'follow_request', 'status', 'poll',"
            " 'pleroma:emoji_reaction')"
        ),
    ),
)

markers = Table(
    "markers",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    Column("timeline", Name, primary_key=True),
    needed("last_read_id", Text),
    needed("version", Integer, "1"),
    moment("updated_at"),
)
