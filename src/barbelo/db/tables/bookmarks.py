"""Folders in which somebody keeps their bookmarks. The bookmarks themselves hang on statuses."""

from sqlalchemy import Column, Index, Table, Text

from barbelo.db.tables.metadata import Name, flake, metadata, moment, needed, refers

bookmark_folders = Table(
    "bookmark_folders",
    metadata,
    flake(),
    refers("account_id", "accounts.id"),
    needed("name", Name),
    Column("emoji", Text),  # one Unicode emoji, or the shortcode of a custom one between colons
    moment(),
    Index("bookmark_folders_name_key", "account_id", "name", unique=True),
)
