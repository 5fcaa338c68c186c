"""Hashtags that people follow. What statuses have is in `status_tags`."""

from sqlalchemy import Index, Table

from barbelo.db.tables.metadata import Name, metadata, moment, needed, refers, serial

followed_tags = Table(
    "followed_tags",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    needed("tag", Name),  # as in `status_tags`
    moment(),
    Index("followed_tags_pair_key", "account_id", "tag", unique=True),
    Index("followed_tags_account_id_idx", "account_id", "id", postgresql_include=["tag"]),
    Index("followed_tags_tag_idx", "tag", "id", postgresql_include=["account_id"]),
)
