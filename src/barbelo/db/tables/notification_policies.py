"""Whose notifications somebody wants: the policy, whom it does not concern, and who waits behind it."""

from sqlalchemy import Index, Table, Text

from barbelo.db.tables.metadata import metadata, moment, needed, refers, serial

notification_policies = Table(
    "notification_policies",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    # accept, filter (keep back as a request) or drop
    needed("for_not_following", Text, "'accept'"),
    needed("for_not_followers", Text, "'accept'"),
    needed("for_new_accounts", Text, "'accept'"),
    needed("for_private_mentions", Text, "'accept'"),
    needed("for_limited_accounts", Text, "'accept'"),
)

notification_permissions = Table(
    "notification_permissions",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    refers("from_account_id", "accounts.id", primary_key=True),
    Index("notification_permissions_from_account_id_idx", "from_account_id"),
)

notification_requests = Table(
    "notification_requests",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("from_account_id", "accounts.id"),
    moment(),
    moment("updated_at"),
    Index("notification_requests_pair_key", "account_id", "from_account_id", unique=True),
    Index("notification_requests_account_id_idx", "account_id", "id"),
    Index("notification_requests_from_account_id_idx", "from_account_id"),
)
