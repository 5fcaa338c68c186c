"""What people show on their profiles, and whom they do not want to be shown again."""

from sqlalchemy import Index, Table, Text

from barbelo.db.tables.metadata import Name, metadata, moment, needed, refers, serial

endorsements = Table(
    "endorsements",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("target_id", "accounts.id"),
    moment(),
    Index("endorsements_pair_key", "account_id", "target_id", unique=True),
    Index("endorsements_account_id_idx", "account_id", "id"),
    Index("endorsements_target_id_idx", "target_id"),
)

featured_tags = Table(
    "featured_tags",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    needed("tag", Name),  # as in `status_tags`
    needed("name", Text),  # as its owner writes it
    moment(),
    Index("featured_tags_pair_key", "account_id", "tag", unique=True),
)

dismissed_suggestions = Table(
    "dismissed_suggestions",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    refers("target_id", "accounts.id", primary_key=True),
    Index("dismissed_suggestions_target_id_idx", "target_id"),
)
