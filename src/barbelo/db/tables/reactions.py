"""Emoji reactions: one row for each emoji that somebody has put on a status."""

from sqlalchemy import Column, Index, Table, Text

from barbelo.db.tables.metadata import Name, metadata, moment, needed, refers, serial

reactions = Table(
    "reactions",
    metadata,
    serial(),
    refers("status_id", "statuses.id"),
    refers("account_id", "accounts.id"),
    needed("emoji", Name),  # the character, fully qualified; or `name` or `name@host` of a custom one
    Column("url", Text),  # the picture of a custom one
    moment(),
    Index("reactions_once_key", "status_id", "account_id", "emoji", unique=True),
    Index("reactions_status_id_idx", "status_id", "id"),
    Index("reactions_account_id_idx", "account_id"),
)
